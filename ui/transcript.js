const turns = element.querySelector(".turns");
const again = element.querySelector(".again");

const open = (place) => (event) =>
  document.dispatchEvent(new CustomEvent("footnote:article", { detail: { ...place, opener: event.currentTarget } }));

const chip = (c) =>
  el(
    "button",
    { type: "button", class: "chip", "aria-label": c.name, title: c.quotation, onclick: open(c) },
    el("span", { class: "number" }, String(c.number)),
    el("span", { class: "source" }, c.source),
  );

const side = (s) =>
  el(
    "div",
    { class: "side" },
    el("p", { class: "value" }, s.value),
    el("blockquote", {}, s.quotation),
    el("p", { class: "who" }, chip(s.chip), el("span", {}, s.published)),
  );

const near = (a) =>
  el(
    "li",
    {},
    el("button", { type: "button", class: "near", onclick: open(a) }, el("span", {}, a.title), el("small", {}, a.source)),
  );

const kept = (w) => el("li", {}, el("p", {}, w.text), el("small", {}, w.reason));

const parts = {
  understood: (p) => el("p", { class: "understood" }, "understood as: ", el("q", {}, p.query)),
  statement: (p) => el("p", { class: "statement" }, p.text, " ", ...p.chips.flatMap((c) => [chip(c), " "])),
  reply: (p) => el("p", { class: "reply" }, p.text),
  draft: (p) => el("p", { class: "draft", "aria-live": "off" }, el("small", {}, "draft, not checked yet"), p.text),
  progress: (p) => el("p", { class: "progress" }, p.text),
  notice: (p) => el("p", { class: "notice" }, p.text),
  error: (p) => el("p", { class: "error", role: "alert" }, p.text),
  foot: (p) => el("p", { class: "foot" }, p.text),
  withheld: (p) =>
    el("details", { class: "withheld" }, el("summary", {}, p.summary), el("ul", {}, ...p.items.map(kept))),
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
      p.nearest.length ? el("p", { class: "nearest" }, "Nearest articles") : null,
      p.nearest.length ? el("ul", {}, ...p.nearest.map(near)) : null,
    ),
};

const turn = ({ question }, index) =>
  el(
    "section",
    { class: "turn", "aria-label": `Question ${index + 1}` },
    el("h2", { class: "asked" }, question),
    el("div", { class: "answer", "aria-live": "polite" }),
  );

const example = (question) =>
  el("li", {}, el("button", { type: "button", onclick: () => trigger("example_select", { question }) }, question));

// The newest answer is followed while the reader is at its end; who has scrolled up is left alone.
const atEnd = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 160;
const toEnd = () => requestAnimationFrame(() => window.scrollTo(0, document.documentElement.scrollHeight));

const draw = () => {
  const { turns: now, examples } = props.value;
  const follow = atEnd() || now.length > turns.children.length;
  patch(turns, now.map(({ question }) => ({ question })), turn);
  now.forEach((t, index) => {
    const answer = turns.children[index].lastElementChild;
    patch(answer, t.parts, (p) => parts[p.kind](p));
    answer.setAttribute("aria-busy", t.running);
  });
  patch(element.querySelector(".examples"), examples, example);
  element.querySelector(".welcome").hidden = now.length > 0;
  again.hidden = !now.length || now.at(-1).running;
  if (follow && now.length) toEnd();
};

again.addEventListener("click", () => trigger("retry", { again: true }));
watch("value", draw);
draw();
