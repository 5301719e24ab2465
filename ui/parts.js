// The parts of an answer, each drawn from its value.
const follow = (place) => (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a tab of its own: the link is whole
  event.preventDefault();
  const shown = [...(event.currentTarget.closest(".turn")?.querySelectorAll(".chip") ?? [])].map((node) => node.place);
  say("article", { ...place, opener: event.currentTarget, places: shown });
};

const link = (place, attributes, ...children) =>
  el("a", { href: addressOf({ place }), onclick: follow(place), ...attributes }, ...children);

const chip = (c) => {
  const node = link(
    c,
    { class: "chip", "aria-label": c.name },
    el("span", { class: "number" }, String(c.number)),
    el("span", { class: "source" }, c.source),
  );
  node.place = c;
  return node;
};

const side = (s) =>
  el(
    "div",
    { class: "side" },
    el("p", { class: "value", dir: "auto" }, s.value),
    s.quotation ? el("blockquote", { dir: "auto" }, s.quotation) : null,
    el("p", { class: "who" }, chip(s.chip), el("span", { class: "when" }, s.published)),
  );

const near = (a) => el("li", {}, link(a, { class: "near" }, el("span", { dir: "auto" }, a.title), el("small", {}, a.source)));

const suggested = (question) => el("li", {}, button(question, () => say("ask", { question }), { class: "suggested" }));

const kept = (w) => el("li", {}, el("p", { dir: "auto" }, w.text), el("small", {}, w.reason));

const looked = (e) =>
  el(
    "li",
    {},
    link(e, { class: "passage" }, e.title || `article ${e.article_id}`),
    el("small", {}, ` ${e.source} · score ${e.score}`),
    el("p", { dir: "auto" }, e.words),
  );

const unfolding = (name, summary, list) => el("details", { class: name }, el("summary", {}, summary), list);

const group = (name, title, list) => (list.length ? [el("p", { class: "lead" }, title), el("ul", { class: name }, ...list)] : []);

const parts = {
  understood: (p) => el("p", { class: "understood" }, "understood as: ", el("q", {}, p.query)),
  statement: (p) => el("p", { class: "statement", dir: "auto" }, p.text, " ", ...p.chips.flatMap((c) => [chip(c), " "])),
  reply: (p) => el("p", { class: "reply" }, p.text),
  draft: (p) => el("p", { class: "draft", "aria-live": "off" }, el("small", {}, "draft, not checked yet"), p.text),
  progress: (p) => el("p", { class: "progress" }, p.text),
  notice: (p) => el("p", { class: "notice" }, p.text),
  error: (p) => el("p", { class: "error", role: "alert" }, p.text),
  foot: (p) =>
    p.passages.length
      ? unfolding("foot", p.text, el("ol", {}, ...p.passages.map(looked)))
      : el("p", { class: "foot" }, p.text),
  withheld: (p) => unfolding("withheld", p.summary, el("ul", {}, ...p.items.map(kept))),
  conflict: (p) =>
    el(
      "section",
      { class: "conflict", "aria-label": "The articles disagree" },
      el("h3", {}, "The articles disagree", p.about ? `: ${p.about}` : ""),
      el("div", { class: "sides" }, ...p.sides.map(side)),
    ),
  abstention: (p) =>
    el(
      "section",
      { class: "abstention", "aria-label": "No answer in the articles" },
      el("h3", {}, "No answer in the articles"),
      el("p", {}, p.reason),
      p.searched ? el("p", { class: "searched" }, p.searched) : null,
      ...group("nearest", "Nearest articles", p.nearest.map(near)),
      ...group("suggestions", "The articles do answer", p.suggestions.map(suggested)),
    ),
};
