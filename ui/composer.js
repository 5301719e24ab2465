const form = element.querySelector("form");
const box = element.querySelector("textarea");
const [send, stop] = [element.querySelector(".send"), element.querySelector(".stop")];
let running = false;
let edited = null; // the token of the question that is asked differently
let drafted = ""; // what was half typed when the last question came into the box
let chat = null; // whose question would be edited

const grow = () => {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
};

const write = (words) => {
  box.value = words;
  grow();
  tellLength();
};

const edit = ({ question, token }) => {
  if (!edited) drafted = box.value;
  edited = token;
  element.querySelector(".editing").hidden = false;
  write(question);
  box.focus();
};

const doneEditing = () => {
  edited = null;
  element.querySelector(".editing").hidden = true;
  write(drafted);
  drafted = "";
};

// Told before it is sent: what is refused would be gone from the box.
const tellLength = () => {
  const long = [...box.value].length;
  const told = element.querySelector(".long");
  told.hidden = long <= props.longest;
  told.textContent = told.hidden ? "" : `${long.toLocaleString("en")} characters; at most ${props.longest.toLocaleString("en")} are read. Ask in fewer words.`;
  return told.hidden;
};

const leave = () => {
  const [question, instead] = [box.value, edited];
  if (running || !question.trim() || !tellLength()) return;
  if (edited) doneEditing();
  else write("");
  box.focus();
  say("ask", { question, edited: instead });
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});
box.addEventListener("input", () => {
  grow();
  tellLength();
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
  event.preventDefault();
  leave();
});
stop.addEventListener("click", () => say("stop"));

// Which articles are asked: part of every question until it is changed.
const [since, until] = ["since", "until"].map((name) => element.querySelector(`[name=${name}]`));
const outlets = element.querySelector(".outlets");
const NAMED = 2; // outlets that are told by name
let undated = 0; // articles
let wanted = []; // outlets; those that are not there (any more) are not asked for
let known = false; // which are there

const ticked = () => (known ? [...outlets.querySelectorAll("input:checked")].map(({ value }) => value) : wanted);

const limit = () => {
  const only = { since: since.value, until: until.value, outlets: ticked() };
  const count = only.outlets.length;
  const from = count > NAMED ? `${count} outlets` : only.outlets.join(" or ");
  const told = [only.since && `from ${only.since}`, only.until && `to ${only.until}`, from].filter(Boolean);
  const out = undated && (only.since || only.until) ? `. Without a known date, and left out: ${undated}` : "";
  element.querySelector(".limits .told").textContent = plain(told.length ? `Only articles ${told.join(", ")}${out}` : "All articles are asked");
  const which = element.querySelector(".which");
  which.textContent = plain(`Articles asked: ${told.join(", ") || "all"}`);
  say("only", only);
};

const outlet = (name) => {
  const box = el("input", { type: "checkbox", value: name });
  box.value = name; // as it is, also what is not shown of it
  return el("label", {}, box, el("span", { dir: "auto" }, name));
};

const tick = () => {
  for (const box of outlets.querySelectorAll("input")) box.checked = wanted.includes(box.value);
  limit();
};

const offer = ({ outlets: offered, undated: without }) => {
  [undated, known] = [without, true];
  patch(outlets, offered, outlet);
  outlets.closest("fieldset").hidden = !offered.length;
  tick();
};

const limitTo = (only) => {
  [since.value, until.value, wanted] = [only.since ?? "", only.until ?? "", only.outlets ?? []];
  tick();
};

element.querySelector(".limits").addEventListener("change", () => {
  wanted = ticked();
  limit();
});
element.querySelector(".all").addEventListener("click", () => limitTo({}));
on("limit", limitTo);
on("status", (status) => status.state === "ready" && offer(status));

on("edit", edit);
on("unasked", ({ question }) => box.value || write(question));
on("focus", () => box.focus());
on("drawn", (now) => {
  running = now.running;
  if (edited && now.chat.id !== chat) doneEditing();
  chat = now.chat.id;
  const held = document.activeElement;
  send.hidden = running;
  stop.hidden = !running;
  if (held === send || held === stop) box.focus();
});
document.addEventListener("keydown", (event) => {
  const covered = box.closest("[inert]") || document.querySelector(".drawer:popover-open"); // this is open before that is inert
  if (event.key === "/" && !typing(event) && !covered && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
  }
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (document.querySelector(":popover-open")) return; // the browser closes it
  if (document.activeElement.closest("#article")) say("close", { back: true });
  else if (running) say("stop");
  else if (edited) doneEditing();
  else say("close", { back: true });
});
box.focus();
say("opened");
