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
