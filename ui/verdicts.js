// What the reader thinks of an answer; kept on this machine, to become evaluation questions.
const VERDICTS = { right: "Right", wrong: "Wrong", source: "Wrong source" };
const TAKEN_BACK = "none";

const judge = async ({ token }, verdict, expected) => {
  const find = () => chat.turns.findIndex((each) => each.token === token);
  const at = find();
  const turn = chat.turns[at];
  const history = chat.turns.slice(0, at).map((each) => each.question);
  const told = { question: turn.question, history, verdict, expected };
  const cited = turn.answer.statements.flatMap((s) => s.citations);
  const places = cited.map(({ article_id, start, end, quotation }) => ({ article_id, start, end, quotation }));
  const texts = turn.answer.statements.map((s) => s.text);
  let said = { error: "Footnote does not answer; is it still running?" };
  try {
    const { error } = await server.feedback({ ...told, answered: turn.answer.answered, places, texts });
    said = error ? { error } : verdict === TAKEN_BACK ? null : { verdict, expected };
  } catch {
    // it is said
  }
  const now = find();
  if (now < 0) return; // another chat was opened meanwhile
  chat.turns[now].verdict = said;
  keep();
  draw();
  const drawn = turns.children[now].querySelector(".verdicts");
  (drawn?.querySelector("input") ?? drawn?.querySelector(`[data-verdict="${verdict}"]`) ?? drawn?.querySelector("button"))?.focus({ preventScroll: true });
};

const expectation = (turn) => {
  const box = el("input", { "aria-label": "What a right answer says", placeholder: "What a right answer says (a few words)", maxlength: "300" });
  box.value = turn.verdict.expected ?? "";
  const send = () => judge(turn, turn.verdict.verdict, box.value.trim());
  box.addEventListener("keydown", (event) => event.key === "Enter" && !composing(event) && send());
  return el("span", { class: "expected" }, box, button("Keep", send));
};

const verdicts = (turn) => {
  const said = turn.verdict ?? {};
  const choices = Object.entries(VERDICTS).filter(([verdict]) => verdict !== "source" || turn.answer.answered);
  const choose = ([verdict, name]) => {
    const pressed = said.verdict === verdict; // once more takes it back
    return button(name, () => judge(turn, pressed ? TAKEN_BACK : verdict, ""), { "aria-pressed": String(pressed), "data-verdict": verdict });
  };
  return el(
    "div",
    { class: "verdicts", role: "group", "aria-label": "What do you think of this answer?" },
    ...choices.map(choose),
    said.verdict ? el("small", { role: "status" }, said.expected ? "Kept with your answer." : "Kept on this machine.") : null,
    said.error ? el("small", { role: "alert" }, said.error) : null,
    said.verdict && said.verdict !== "right" && !said.expected ? expectation(turn) : null,
  );
};
