const panel = element.querySelector(".panel");
const text = element.querySelector(".text");
let opener = null;
let latest = 0;

const run = ([words, marked]) => (marked ? el("mark", { tabindex: "-1" }, words) : words);

const show = (article) => {
  element.querySelector("h2").textContent = article.title || "Article";
  element.querySelector(".byline").textContent = [`Article ${article.id}`, article.byline].filter(Boolean).join(" · ");
  text.replaceChildren(...article.paragraphs.map((runs) => el("p", {}, ...runs.map(run))));
  panel.hidden = false;
  document.body.classList.add("reading");
  const mark = text.querySelector("mark");
  (mark || element.querySelector("h2")).focus({ preventScroll: true });
  opener?.scrollIntoView({ block: "nearest" }); // the chat has become narrower
  if (!mark) text.scrollTop = 0;
  else requestAnimationFrame(() => mark.scrollIntoView({ block: "center" }));
};

const close = () => {
  if (panel.hidden) return;
  panel.hidden = true;
  document.body.classList.remove("reading");
  (opener?.isConnected ? opener : document.querySelector("#question textarea")).focus();
};

document.addEventListener("footnote:article", async ({ detail }) => {
  const mine = ++latest;
  const { article_id, start, end } = detail;
  opener = detail.opener;
  let article;
  try {
    article = await server.article({ article_id, start, end });
  } catch {
    article = { error: "Footnote does not answer; is it still running?" };
  }
  if (mine !== latest) return; // another citation was clicked meanwhile
  show(article.error ? { id: article_id, paragraphs: [[[article.error, false]]] } : article);
});
document.addEventListener("footnote:close", close);
document.addEventListener("keydown", (event) => event.key === "Escape" && close());
element.querySelector(".close").addEventListener("click", close);
