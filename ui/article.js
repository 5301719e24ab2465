const panel = element.querySelector(".panel");
const text = element.querySelector(".text");
const note = element.querySelector(".note");
const KEYS = { n: 1, ArrowRight: 1, p: -1, ArrowLeft: -1 };
let opener = null;
let latest = 0;
let places = []; // the quotations of the answer that is being checked
let at = 0; // -1 before the first of them
let current = null; // the place that is shown, or will be
let under = null; // the chat that was in the address before the article
let leaving = false; // Back is on its way
const covering = matchMedia("(max-width: 60rem)"); // the article lies over the chat

const same = (a, b) => a.article_id === b.article_id && a.start === b.start && a.end === b.end;
const USED = { class: "used", title: "Quoted in this chat" };
const run = ([words, kind]) => (kind === "quoted" ? el("mark", { tabindex: "-1" }, words) : kind ? el("span", USED, words) : words);

// What the chat's answers quote of an article so far, in its order.
const usedOf = (article_id) => {
  const all = [...document.querySelectorAll(".chip")].map((chip) => chip.place).filter((place) => place.article_id === article_id);
  return unique(all).sort((a, b) => a.start - b.start);
};
const unique = (all) => all.filter((place, index) => all.findIndex((other) => same(other, place)) === index);

const show = (article) => {
  element.querySelector("h2").textContent = plain(article.title || "Article");
  element.querySelector(".byline").textContent = plain([`Article ${article.id}`, article.byline].filter(Boolean).join(" · "));
  note.textContent = article.note ?? "";
  note.hidden = !article.note;
  text.replaceChildren(...article.paragraphs.map((runs) => el("p", { dir: "auto" }, ...runs.map(run))));
  element.querySelector(".places").hidden = places.length < 2 && at >= 0;
  const often = places.length === 1 ? "once" : `${places.length} times`;
  element.querySelector(".count").textContent = at < 0 ? `Quoted ${often} in this chat` : `${at + 1} of ${places.length}`;
  panel.hidden = false;
  cover();
  document.body.classList.add("reading");
  retitle("article", article.title || "Article");
  const mark = text.querySelector("mark");
  (mark || element.querySelector("h2")).focus({ preventScroll: true });
  opener?.scrollIntoView({ block: "nearest" }); // the chat has become narrower
  if (!mark) text.scrollTop = 0;
  else requestAnimationFrame(() => mark.scrollIntoView({ block: "center" }));
};

const fetchArticle = async ({ article_id, start, end, quotation }) => {
  try {
    const used = usedOf(article_id).map((place) => ({ start: place.start, end: place.end, quotation: place.quotation }));
    return await server.article({ article_id, start, end, quotation: quotation ?? "", used });
  } catch {
    return { error: "Footnote does not answer; is it still running?" };
  }
};

// What lies under the article or under an open drawer cannot be reached past it; but a click beside a drawer that leaves room closes it.
const cover = (drawer = document.querySelector(".drawer:popover-open")) => {
  const article = !panel.hidden && covering.matches;
  const both = article || drawer;
  const masthead = drawer && covering.matches;
  const covered = { "#status": article, ".masthead": masthead, "#transcript": both, "#composer": both, "#article": drawer };
  for (const [name, is] of Object.entries(covered)) document.querySelector(name).inert = Boolean(is);
};

// Back leaves the article, not the quotation before.
const enter = (place) => {
  const before = inAddress();
  if (!before.place) under = before.chat;
  goTo({ place }, Boolean(before.place));
};

// By Back, where that leads to the same chat without the article: then Back goes on to what was before.
const leave = (back) => {
  const { chat, place } = inAddress();
  leaving = Boolean(back && place && chat && chat === under);
  under = null;
  if (leaving) history.back();
  else goTo({ place: null }, true);
};

const open = async (place) => {
  const mine = ++latest;
  current = place;
  enter(place);
  const article = await fetchArticle(place);
  if (mine !== latest) return; // another citation was clicked meanwhile
  show(article.error ? { id: place.article_id, paragraphs: [[[article.error, false]]] } : article);
};

const close = (back = false) => {
  latest += 1;
  if (!current) return;
  current = null;
  panel.hidden = true;
  cover();
  document.body.classList.remove("reading");
  retitle("article", "");
  leave(back);
  if (opener?.isConnected) opener.focus();
  else say("focus");
};

const step = (by) => {
  if (places.length < 2 && at >= 0) return;
  at = at < 0 && by < 0 ? places.length - 1 : (at + by + places.length) % places.length;
  open(places[at]);
};

const openAddress = () => {
  const { place } = inAddress();
  if (!place) return close();
  const chip = [...document.querySelectorAll(".chip")].find((each) => same(each.place, place));
  if (chip) return chip.click();
  walk(place, [], null);
  return open(place);
};

// Next and previous go through the quotations of the answer; from elsewhere, through what was quoted of the article.
const walk = (place, shown, from) => {
  const among = unique(shown);
  const index = among.findIndex((each) => same(each, place));
  const used = index < 0 ? usedOf(place.article_id) : [];
  if (index >= 0) [places, at] = [among, index];
  else [places, at] = used.length ? [used, used.findIndex((each) => same(each, place))] : [[place], 0];
  opener = from;
};

on("article", ({ opener: from, places: shown = [], ...place }) => {
  walk(place, shown, from);
  open(place);
});
on("close", ({ back }) => close(back));
window.addEventListener("popstate", () => {
  if (!leaving) return openAddress();
  leaving = false;
  if (current) enter(current); // another was opened meanwhile
});
covering.addEventListener("change", () => cover());
document.addEventListener("toggle", ({ target }) => target.matches(".drawer") && cover(), true);
// Before it is closed: what has the focus next must be able to take it.
document.addEventListener("beforetoggle", ({ target, newState }) => target.matches(".drawer") && newState === "closed" && cover(null), true);
panel.addEventListener("keydown", (event) => {
  if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  step(KEYS[event.key]);
});
element.querySelector(".close").addEventListener("click", () => close(true));
element.querySelector(".previous").addEventListener("click", () => step(-1));
element.querySelector(".next").addEventListener("click", () => step(1));
if (inAddress().place) openAddress();
