const form = element.querySelector("form");
const box = element.querySelector("textarea");
const [send, stop] = [element.querySelector(".send"), element.querySelector(".stop")];
let running = false;
let edited = false;

const grow = () => {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
};

const edit = (yes, words = "") => {
  edited = yes;
  element.querySelector(".editing").hidden = !yes;
  box.value = words;
  grow();
  box.focus();
};

const leave = () => {
  const [question, instead] = [box.value, edited];
  if (running || !question.trim()) return;
  edit(false);
  say("ask", { question, edited: instead });
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});
box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  leave();
});
stop.addEventListener("click", () => say("stop"));

// Which articles are asked: part of every question until it is changed.
const [since, until] = ["since", "until"].map((name) => element.querySelector(`[name=${name}]`));
const outlets = element.querySelector(".outlets");
const NAMED = 2; // outlets that are told by name

const ticked = () => [...outlets.querySelectorAll("input:checked")].map(({ value }) => value);

const limit = () => {
  const only = { since: since.value, until: until.value, outlets: ticked() };
  const count = only.outlets.length;
  const from = count > NAMED ? `${count} outlets` : only.outlets.join(" or ");
  const told = [only.since && `from ${only.since}`, only.until && `to ${only.until}`, from].filter(Boolean);
  element.querySelector(".limits .told").textContent = plain(told.length ? `Only articles ${told.join(", ")}` : "All articles are asked");
  const which = element.querySelector(".which");
  which.textContent = plain(`Articles asked: ${told.join(", ") || "all"}`);
  say("only", only);
};

const outlet = (kept) => (name) => {
  const box = el("input", { type: "checkbox", value: name });
  box.value = name; // as it is, also what is not shown of it
  box.checked = kept.includes(name);
  return el("label", {}, box, el("span", { dir: "auto" }, name));
};

// The outlets that there are now; what the reader ticked stays, where it is still there.
const offer = ({ outlets: offered }) => {
  patch(outlets, offered, outlet(ticked()));
  outlets.closest("fieldset").hidden = !offered.length;
  limit();
};

element.querySelector(".limits").addEventListener("change", limit);
element.querySelector(".all").addEventListener("click", () => {
  for (const date of [since, until]) date.value = "";
  for (const box of outlets.querySelectorAll("input")) box.checked = false;
  limit();
});
on("status", ({ state, outlets: offered }) => state === "ready" && offer({ outlets: offered }));

on("edit", ({ question }) => edit(true, question));
on("focus", () => box.focus());
on("drawn", (now) => {
  running = now.running;
  const held = document.activeElement;
  send.hidden = running;
  stop.hidden = !running;
  if (held === send || held === stop) box.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !typing(event) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
  }
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (document.querySelector(":popover-open")) return; // the browser closes it
  if (document.activeElement.closest("#article")) say("close");
  else if (running) say("stop");
  else if (edited) edit(false);
  else say("close");
});
box.focus();
say("opened");
