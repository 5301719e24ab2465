const drawer = element.querySelector("#library-drawer");
const body = element.querySelector("tbody");
const filter = element.querySelector(".filter");
const timeline = element.querySelector(".timeline");
const said = element.querySelector(".said");
const more = element.querySelector(".more");
const files = element.querySelector("[type=file]");
const STEP_MS = 400;
const DRAWN = 100; // rows at a time: two thousand at once take a browser more than a second
const ORDER = new Intl.Collator("en", { numeric: true });
const PIECE_BYTES = 384 * 1024;
const COLUMNS = [
  ["title", "Title"],
  ["outlet", "Outlet"],
  ["published", "Date"],
  ["words", "Words", true],
  ["copies", "Copies", true],
];
let articles = [];
let revision = ""; // of what is shown
let closed = false; // nothing is added or removed
let sorted = { by: "title", down: false };
let drawn = DRAWN; // rows at most
let picked = null; // of the timeline: a month and an outlet

const call = async (name, detail = "") => {
  try {
    return await server[name](detail);
  } catch {
    return { error: "Footnote does not answer; is it still running?" };
  }
};

const open = ({ id }) => () => {
  drawer.hidePopover();
  say("article", { opener: document.querySelector("[popovertarget=library-drawer]"), article_id: id, start: 0, end: 0 });
};

const remove = ({ id, title }) => (event) => {
  const { currentTarget: asking } = event;
  if (!asking.dataset.sure) {
    asking.dataset.sure = "yes";
    asking.textContent = "Remove for good";
    asking.setAttribute("aria-label", plain(`Remove for good: ${title}`));
    return;
  }
  filter.focus(); // the button goes with its row
  working("remove", id);
};

// Whoever cannot remove an article here is told so before trying.
const removal = (article) => {
  if (closed) return [];
  if (article.kept) return [el("small", {}, article.kept)];
  return [button("Remove", remove(article), { "aria-label": `Remove: ${article.title}` })];
};

const cell = (attributes, ...children) => el("td", { role: "cell", ...attributes }, ...children);

const row = (article) =>
  el(
    "tr",
    { role: "row" }, // said again, because a phone shows rows as blocks, and a browser then forgets
    cell({}, el("button", { type: "button", class: "name", dir: "auto", onclick: open(article) }, article.title || article.id)),
    ...COLUMNS.slice(1).map(([key, unit, number]) => cell({ class: number && "number", "data-unit": unit.toLowerCase() }, article[key] || "")),
    cell({ class: "removal" }, ...removal(article)),
  );

const compare = (a, b) => {
  const [x, y] = [a[sorted.by], b[sorted.by]];
  if (x === "" || y === "") return (x === "") - (y === ""); // what is not known comes last either way
  const order = typeof x === "number" ? x - y : ORDER.compare(x, y);
  return sorted.down ? -order : order;
};

const counted = (number) => number.toLocaleString("en");

const draw = () => {
  const words = filter.value.trim().toLowerCase();
  const found = articles.filter(({ title, outlet }) => `${title} ${outlet}`.toLowerCase().includes(words));
  const shown = found.filter((article) => isPicked(picked, article)).sort(compare);
  patch(body, shown.slice(0, drawn), row);
  element.querySelector(".shown").textContent = `${counted(shown.length)} of ${counted(articles.length)} articles`;
  more.hidden = shown.length <= drawn;
  more.textContent = `Show ${counted(Math.min(DRAWN, shown.length - drawn))} more`;
  const months = timelineOf(articles, picked);
  timeline.hidden = !months.length;
  patch(timeline, months, timelineColumn(pick));
  patch(element.querySelector(".legend"), legendOf(articles), legendEntry);
  COLUMNS.forEach(([key], index) => {
    const order = sorted.down ? "descending" : "ascending";
    element.querySelectorAll("th")[index].setAttribute("aria-sort", key === sorted.by ? order : "none");
  });
};

const pick = (wanted) => {
  picked = wanted;
  const again = [...timeline.querySelectorAll("button")].indexOf(document.activeElement);
  draw();
  timeline.querySelectorAll("button")[again]?.focus(); // it was drawn anew
};

const load = async () => {
  const view = await call("view");
  if (view.error) {
    said.textContent = plain(view.error);
    return;
  }
  [revision, articles, closed] = [view.revision, view.articles, Boolean(view.closed)];
  if (!articles.some((article) => isPicked(picked, article))) picked = null;
  draw();
  element.querySelector(".closed").textContent = view.closed;
  element.querySelector(".closed").hidden = !view.closed;
  element.querySelector(".add").hidden = closed;
  element.querySelector(".problems").hidden = !view.problems.length;
  patch(element.querySelector(".problems ul"), view.problems, ({ file, reason }) => el("li", {}, `${file} ${reason}.`));
};

// What the server is doing is shown until it has done it; then the table is as the folder is.
const working = async (name, detail) => {
  const timer = setInterval(async () => {
    const { step } = await call("step");
    if (step && look.disabled) said.textContent = plain(step);
  }, STEP_MS);
  look.disabled = true;
  const done = await call(name, detail);
  clearInterval(timer);
  look.disabled = false;
  await load();
  said.textContent = plain(done.error ?? done.said);
  say("changed"); // the number of articles may be another now
};

const base64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

const send = async (file, told) => {
  const upload = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
  for (let at = 0; ; at += PIECE_BYTES) {
    const last = at + PIECE_BYTES >= file.size;
    const percent = file.size ? Math.round((100 * at) / file.size) : 0;
    told.textContent = plain(`${file.name}: ${last ? "indexing …" : `${percent} % sent`}`);
    const blob = file.slice(at, at + PIECE_BYTES);
    const piece = blob.size ? await base64(blob) : "";
    const { error, said: became } = await call("add", { upload, name: file.name, piece, last });
    if (error || last) return error ?? became;
  }
};

const add = async (chosen) => {
  const list = element.querySelector(".added");
  files.disabled = look.disabled = true;
  for (const file of chosen) {
    const told = el("span", { role: "status" });
    list.append(el("li", {}, told));
    told.textContent = plain(await send(file, told).catch(() => `${file.name}: the browser cannot read it.`));
  }
  files.value = "";
  files.disabled = look.disabled = false;
  await load();
  say("changed");
};

const look = element.querySelector(".look");
files.addEventListener("change", () => add([...files.files]));
look.addEventListener("click", () => working("refresh"));
filter.addEventListener("input", () => {
  drawn = DRAWN;
  draw();
});
more.addEventListener("click", () => {
  const next = drawn;
  drawn += DRAWN;
  draw();
  body.children[next].querySelector("button").focus(); // reading goes on where it ended
});
element.querySelector("thead tr").append(
  ...COLUMNS.map(([key, name, number]) => {
    const sort = () => {
      sorted = { by: key, down: sorted.by === key && !sorted.down };
      draw();
    };
    return el("th", { role: "columnheader", scope: "col", class: number && "number" }, el("button", { type: "button", onclick: sort }, name));
  }),
  cell({}),
);
on("status", (now) => {
  if (drawer.matches(":popover-open") && !look.disabled && now.revision && now.revision !== revision) load();
});
drawer.addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open") return;
  said.textContent = "";
  drawn = DRAWN;
  load();
});
