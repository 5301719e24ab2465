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
const limits = Object.fromEntries(["since", "until", "outlet"].map((name) => [name, element.querySelector(`[name=${name}]`)]));

const limit = () => {
  const only = Object.fromEntries(Object.entries(limits).map(([name, input]) => [name, input.value]));
  const told = [only.since && `from ${only.since}`, only.until && `to ${only.until}`, only.outlet].filter(Boolean);
  element.querySelector(".limits .told").textContent = plain(told.length ? `Only articles ${told.join(", ")}` : "All articles are asked");
  const which = element.querySelector(".which");
  which.textContent = told.length ? "Some" : "All";
  which.setAttribute("aria-label", plain(`Which articles are asked: ${told.join(", ") || "all"}`));
  say("only", only);
};

const offer = () => {
  const kept = limits.outlet.value;
  limits.outlet.replaceChildren(el("option", { value: "" }, "Any"), ...props.value.outlets.map((name) => el("option", { value: name }, name)));
  limits.outlet.value = props.value.outlets.includes(kept) ? kept : "";
};

element.querySelector(".limits").addEventListener("change", limit);
element.querySelector(".all").addEventListener("click", () => {
  for (const input of Object.values(limits)) input.value = "";
  limit();
});
watch("value", offer);
offer();

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
