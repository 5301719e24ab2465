// Articles by month and outlet: a column a month, a block an outlet, higher the more articles it has. A click shows those alone.
const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });
const HUES = 8; // outlets that can be told apart by colour; the name says which it is anyway
const BLOCK_REM = 1.5; // the least a finger hits
const ARTICLE_REM = 0.25;

const SHORT = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const UNDATED = "";

const dayOf = (month) => new Date(`${month.slice(0, 7)}-01T00:00:00Z`);
const monthOf = (published) => published.slice(0, 7);

const outletsOf = (articles) => [...new Set(articles.map(({ outlet }) => outlet))].sort();
const hueOf = (index) => ((index % HUES) * 360) / HUES;

// Beyond as many outlets as there are colours a legend would say that two are the same.
const legendOf = (articles) => {
  const outlets = outletsOf(articles);
  return outlets.length > 1 && outlets.length <= HUES ? outlets : [];
};
const legendEntry = (outlet, index) => el("li", {}, el("span", { class: "block", style: `--hue: ${hueOf(index)}` }), outlet || "no outlet");

const timelineOf = (articles, picked) => {
  const outlets = outletsOf(articles);
  const months = new Map();
  for (const { published, outlet } of articles) {
    const month = monthOf(published);
    const counts = months.get(month) ?? months.set(month, new Map()).get(month);
    counts.set(outlet, (counts.get(outlet) ?? 0) + 1);
  }
  const last = (month) => month || "9999"; // what has no date comes after all that has one
  const ordered = [...months].sort(([a], [b]) => (last(a) < last(b) ? -1 : 1));
  return ordered.map(([month, counts]) => ({
    month,
    blocks: [...counts].sort().map(([outlet, count]) => ({
      outlet,
      count,
      hue: hueOf(outlets.indexOf(outlet)),
      pressed: picked?.month === month && picked.outlet === outlet,
    })),
  }));
};

const label = (month) =>
  month === UNDATED ? [el("small", {}, "no"), el("small", {}, "date")] : [el("small", {}, SHORT.format(dayOf(month))), el("small", {}, month.slice(0, 4))];

const timelineColumn = (pick) => ({ month, blocks }) => {
  const block = ({ outlet, count, hue, pressed }) => {
    const name = `${month === UNDATED ? "No date" : MONTH.format(dayOf(month))}, ${outlet || "no outlet"}: ${count} article${count === 1 ? "" : "s"}`;
    const style = `height: ${BLOCK_REM + ARTICLE_REM * Math.min(count - 1, 20)}rem; --hue: ${hue}`;
    const click = () => pick(pressed ? null : { month, outlet });
    return el("button", { type: "button", class: "block", style, title: name, "aria-label": name, "aria-pressed": String(pressed), onclick: click });
  };
  return el("li", {}, ...blocks.map(block), ...label(month));
};

const isPicked = (picked, { published, outlet }) => !picked || (monthOf(published) === picked.month && outlet === picked.outlet);
