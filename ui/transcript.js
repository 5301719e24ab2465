const turns = element.querySelector(".turns");
const again = el("div", { class: "again" });
const ABOVE_PX = 16; // of room over the question, below what stays at the top
const refusal = element.querySelector(".refusal");
const UNANSWERED_MS = 3000; // a server that is gone does not confirm that it stopped

let chat = freshChat();
let examples = [];
let only = {};
let asking = null; // the token of the question that this tab waits for
let gone = false; // the server does not answer

const running = () => Boolean(chat.turns.at(-1)?.running);

// A turn that nobody will go on with keeps what was verified; where that is nothing, the turn that it was to replace is back.
const settled = ({ replaced, ...turn }, kind = "notice", why = "Stopped.") => {
  if (!turn.running) return turn;
  const done = turn.parts.filter((part) => !["draft", "progress"].includes(part.kind));
  const shown = done.some((part) => part.kind === "statement");
  if (replaced && !shown) return replaced;
  return { ...turn, running: false, parts: [...done, { kind, text: shown ? `${why} What is shown above was verified.` : why }] };
};

// Stopped before anything was verified, what was to be replaced is back.
const ended = ({ replaced, ...turn }) => (replaced && !turn.answer && !turn.parts.some(({ kind }) => ["statement", "error"].includes(kind)) ? replaced : turn);

const keep = () => {
  chat.changed = Date.now();
  element.querySelector(".full").hidden = saveChat(chat);
  say("kept", { chat });
};

const ask = (question, index = chat.turns.length) => {
  if (running() || !question.trim()) return;
  refusal.hidden = !gone;
  if (gone) return;
  const history = chat.turns.slice(0, index).map((turn) => turn.question);
  const token = (asking = freshToken());
  chat.only = only;
  chat.turns = [...chat.turns.slice(0, index), { question, token, running: true, parts: [], replaced: chat.turns[index] }];
  chat.name ||= question.trim().split(/\s+/).join(" ").slice(0, 80);
  keep();
  goTo({ chat: chat.id }, true);
  trigger("submit", { token, question, history, writer: chosen("writer"), model: chosen("model"), only });
  draw();
  if (!document.activeElement.closest("#composer")) say("focus"); // the button that asked is gone
};

// What belongs to no turn of this chat any more is dropped, and what comes for a turn that has ended.
const arrive = (token, arrived) => {
  const at = chat.turns.findIndex((each) => each.token === token && each.running);
  if (at < 0) return;
  const arriving = { ...arrived, token, replaced: chat.turns[at].replaced };
  const now = (chat.turns[at] = arrived.running ? arriving : ended(arriving));
  if (!arrived.running) {
    keep();
    say("changed"); // Ollama may have come or gone since
  }
  draw();
  if (now.question !== arriving.question) say("edit", { question: arriving.question, token: now.token });
};

const stop = () => {
  if (!running()) return;
  const { token } = chat.turns.at(-1);
  trigger("stop", { token });
  setTimeout(() => {
    const stopping = chat.turns.find((each) => each.token === token);
    if (stopping?.running) arrive(token, settled({ ...stopping, replaced: null })); // it is put back there
  }, UNANSWERED_MS);
};

const openChat = (id) => {
  if (id === chat.id && chat.turns.length) return;
  if (running() && chat.turns.at(-1).token === asking) {
    trigger("stop", { token: asking });
    chat.turns = chat.turns.map((each) => settled(each));
    keep();
  }
  element.querySelector(".full").hidden = true;
  chat = (id && loadChat(id)) || freshChat();
  chat.turns = chat.turns.map((each) => settled(each));
  goTo({ chat: chat.turns.length ? chat.id : null });
  say("limit", chat.only ?? {});
  draw(true);
};

const turn = ({ question }, index) =>
  el(
    "section",
    { class: "turn", "aria-label": `Question ${index + 1}` },
    el("h2", { class: "asked", dir: "auto" }, question),
    el("div", { class: "answer", "aria-live": "polite" }),
    el("div", { class: "below" }, el("div", { class: "judging" })),
  );

const example = (question) => el("li", {}, button(question, () => ask(question), { class: "" }));

// The newest answer is followed while the reader is at its end, and never past its question; who has scrolled up is left alone.
const atEnd = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 160;
const covered = () => parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0; // "auto" where nothing stays
const toEnd = () =>
  requestAnimationFrame(() => {
    const question = (turns.lastElementChild?.getBoundingClientRect().top ?? 0) + window.scrollY - ABOVE_PX - covered();
    window.scrollTo(0, Math.min(question, document.documentElement.scrollHeight - window.innerHeight));
  });

const draw = (whole = false) => {
  const now = chat.turns;
  const following = whole || atEnd() || now.length > turns.children.length;
  patch(turns, now.map(({ question }) => ({ question, chat: chat.id })), turn);
  now.forEach((each, index) => {
    const [, answer, below] = turns.children[index].children;
    patch(answer, each.parts, (part) => parts[part.kind]?.(part) ?? el("p"));
    answer.setAttribute("aria-busy", each.running);
    patch(below.firstChild, each.answer?.timings_ms && !each.running ? [{ verdict: each.verdict }] : [], () => verdicts(each));
  });
  patch(element.querySelector(".examples"), examples, example);
  element.querySelector(".welcome").hidden = now.length > 0;
  again.hidden = !now.length || running();
  const last = turns.lastElementChild?.lastChild;
  if (last && again.parentElement !== last) last.append(again);
  retitle("chat", chat.turns.length ? chat.name : "");
  say("drawn", { running: running(), chat });
  if (following && now.length) toEnd();
};

again.append(
  button("Retry", () => ask(chat.turns.at(-1).question, chat.turns.length - 1)),
  button("Edit question", () => say("edit", chat.turns.at(-1))),
);
on("ask", ({ question, edited }) => {
  const last = chat.turns.length - 1; // another one, where another tab has gone on with the chat
  ask(question, edited && chat.turns[last]?.token === edited ? last : undefined);
  if (gone) say(edited ? "edit" : "unasked", { question, token: edited });
});
on("status", (status) => {
  gone = status.gone;
  if (!gone) refusal.hidden = true;
  if (!gone || !running()) return;
  const lost = chat.turns.pop();
  const left = settled(lost, "error", GONE);
  chat.turns.push(left);
  refusal.hidden = left.token === lost.token;
  keep();
  draw();
  if (left.question !== lost.question) say("edit", { question: lost.question, token: left.token });
});
on("only", (limits) => (only = limits));
on("stop", stop);
on("open", ({ id }) => openChat(id));
on("renamed", ({ id, name }) => {
  if (id === chat.id) Object.assign(chat, { name });
  draw();
});
const forget = ({ id }) => {
  if (id !== chat.id) {
    if (!element.querySelector(".full").hidden) keep(); // there may be room now
    return;
  }
  if (running()) trigger("stop", { token: chat.turns.at(-1).token });
  chat = freshChat(); // what was deleted is not kept once more
  openChat(null);
};
on("forgotten", forget);
on("opened", () => say("limit", chat.only ?? {}));

// The same chat may be open in another tab, which goes on with it or deletes it there.
window.addEventListener("storage", ({ key }) => {
  if (key !== null && key !== keyOf(chat.id)) return;
  const stored = loadChat(chat.id);
  if (!stored) {
    if (chat.turns.length) forget(chat);
    return;
  }
  const mine = chat.turns.find((each) => each.token === asking && each.running);
  const others = stored.turns.filter((each) => each.token !== mine?.token);
  chat = { ...stored, turns: mine ? [...others, mine] : others };
  draw();
});
window.addEventListener("popstate", () => openChat(inAddress().chat));
watch("value", () => {
  const { examples: offered, token, turn: arrived } = props.value;
  if (offered) examples = offered;
  if (arrived) arrive(token, arrived);
  else draw();
});
examples = props.value.examples ?? [];
if (inAddress().chat) openChat(inAddress().chat);
draw(true);
