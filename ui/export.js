// A chat as Markdown with footnotes, as JSON and as a page to print. Words of articles stay words in each.
const answersOf = (chat) => chat.turns.map((turn) => turn.answer).filter(Boolean);

const escaped = (words) =>
  plain(words)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>#|~&!]/g, "\\$&")
    .replace(/^([-+=]|\d+(?=[.)]))/, (lead) => (/\d/.test(lead) ? `${lead}\\` : `\\${lead}`));

const sourceOf = (c) => [c.outlet, c.published, c.title, `article ${c.article_id}, characters ${c.start}–${c.end}`].filter(Boolean).join(", ");

// Every place that is quoted, once, in order: what the footnotes number.
const footnotesOf = (answers) => {
  const notes = new Map();
  for (const { citations } of answers.flatMap((answer) => answer.statements))
    for (const c of citations) {
      const key = JSON.stringify([c.article_id, c.start, c.end]);
      if (!notes.has(key)) notes.set(key, { number: notes.size + 1, citation: c });
    }
  return { notes: [...notes.values()], number: (c) => notes.get(JSON.stringify([c.article_id, c.start, c.end])).number };
};

const writtenBy = ({ writer, model, timings_ms: t }) => [`${writer} writer`, model, `${(t.total / 1000).toFixed(2)} s`].filter(Boolean).join(", ");

// A question that got no answer is told with the reason: the chat is whole.
const failed = ({ parts }) => parts.filter(({ kind }) => ["error", "notice"].includes(kind)).map(({ text }) => text);

const asMarkdown = (chat) => {
  const { notes, number } = footnotesOf(answersOf(chat));
  const marks = (citations) => citations.map((c) => `[^${number(c)}]`).join("");
  const disagree = ({ sides }) => ["The articles disagree:", sides.map((s) => `- **${escaped(s.value)}** (article ${escaped(s.article_id)})`).join("\n")];
  const written = (answer) => [
    `## ${escaped(answer.question)}`,
    ...answer.statements.map((s) => `${escaped(s.text)}${marks(s.citations)}`),
    ...(answer.abstention ? [`*${escaped(answer.abstention.reason)}*`] : []),
    ...answer.conflicts.flatMap(disagree),
    ...(answer.withheld.length ? [`*Withheld as not supported: ${answer.withheld.length}*`] : []),
    `*${escaped(writtenBy(answer))}*`,
  ];
  const blocks = chat.turns.flatMap((turn) =>
    turn.answer ? written(turn.answer) : [`## ${escaped(turn.question)}`, ...failed(turn).map((text) => `*${escaped(text)}*`)],
  );
  const feet = notes.map((note) => `[^${note.number}]: ${escaped(sourceOf(note.citation))}: “${escaped(note.citation.quotation)}”`);
  return [`# ${escaped(chat.name)}`, ...blocks, ...feet].join("\n\n") + "\n";
};

const asJson = (chat) => `${JSON.stringify({ name: chat.name, answers: answersOf(chat) }, null, 2)}\n`;

const PRINTED = `body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 Georgia, serif; color: #1f2933; }
h2 { margin-top: 2rem; font-size: 1.15rem; break-after: avoid; } .quiet, ol { font-size: 0.875rem; color: #555; } p, li { break-inside: avoid; }`;

const asPage = (chat) => {
  const { notes, number } = footnotesOf(answersOf(chat));
  const page = document.implementation.createHTMLDocument(plain(chat.name));
  const mark = (c) => el("sup", {}, el("a", { href: `#note-${number(c)}` }, String(number(c))));
  page.documentElement.lang = "en";
  page.head.prepend(el("meta", { charset: "utf-8" }));
  page.head.append(el("style", {}, PRINTED));
  page.body.append(el("h1", { dir: "auto" }, chat.name));
  for (const turn of chat.turns) {
    const { answer } = turn;
    if (!answer) {
      page.body.append(el("h2", { dir: "auto" }, turn.question), ...failed(turn).map((text) => el("p", {}, el("em", {}, text))));
      continue;
    }
    page.body.append(
      el("h2", { dir: "auto" }, answer.question),
      ...answer.statements.map((s) => el("p", { dir: "auto" }, s.text, ...s.citations.map(mark))),
      ...(answer.abstention ? [el("p", {}, el("em", {}, answer.abstention.reason))] : []),
      ...answer.conflicts.flatMap((c) => [
        el("p", {}, "The articles disagree:"),
        el("ul", {}, ...c.sides.map((s) => el("li", {}, `${s.value} (article ${s.article_id})`))),
      ]),
      el("p", { class: "quiet" }, [writtenBy(answer), answer.withheld.length && `${answer.withheld.length} withheld`].filter(Boolean).join(", ")),
    );
  }
  page.body.append(
    el("ol", {}, ...notes.map((note) => el("li", { id: `note-${note.number}`, dir: "auto" }, `${sourceOf(note.citation)}: “${note.citation.quotation}”`))),
  );
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
};
