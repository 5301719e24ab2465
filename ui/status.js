const FOLLOW_MS = 2000;
let gone = false; // the server does not answer
let looking = false; // a call is on its way: where the server is slow, they would pile up

const draw = () => {
  const { state, line, why } = gone ? { state: "failed", line: GONE, why: "" } : props.value;
  element.querySelector(".masthead").dataset.state = state;
  element.querySelector(".line").textContent = plain(line);
  element.querySelector(".why").textContent = plain(why);
  say("status", { ...props.value, state, line, why, gone });
};

// Who writes may be another now, or what is in the folder.
const refresh = () => trigger("submit", { model: chosen("model"), writer: chosen("writer") });

// The folder may change behind an open page: whoever looks at it is told, and who does not costs nothing.
const follow = async () => {
  if (document.hidden || looking) return;
  looking = true;
  const before = gone;
  const now = await server.revision("").catch(() => null);
  looking = false;
  gone = !now;
  if (gone !== before) draw();
  const { revision } = props.value; // none while it gets ready, which tells its own news
  if (now && (before || (revision && now.revision !== revision))) refresh();
};

element.querySelector(".new").addEventListener("click", () => {
  say("close");
  say("open", { id: null });
  say("focus");
});
on("opened", draw);
on("changed", refresh);
watch("value", draw);
setInterval(follow, FOLLOW_MS);
draw();
