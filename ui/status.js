const FOLLOW_MS = 2000;
let gone = false; // the server does not answer

const draw = () => {
  const { state, line, why } = gone ? { state: "failed", line: "Footnote does not answer; is it still running?", why: "" } : props.value;
  element.querySelector(".masthead").dataset.state = state;
  element.querySelector(".line").textContent = plain(line);
  element.querySelector(".why").textContent = plain(why);
  say("status", { ...props.value, state, line, why });
};

// The folder may change behind an open page: whoever looks at it is told, and who does not costs nothing.
const follow = async () => {
  if (document.hidden || !props.value.revision) return;
  const before = gone;
  const now = await server.revision("").catch(() => null);
  gone = !now;
  if (gone !== before) draw();
  if (now && now.revision !== props.value.revision) trigger("submit");
};

element.querySelector(".new").addEventListener("click", () => {
  say("close");
  say("open", { id: null });
  say("focus");
});
on("opened", draw);
watch("value", draw);
setInterval(follow, FOLLOW_MS);
draw();
