// Articles by month and outlet: a column a month, a block an outlet, as high as it has articles. A click shows those alone.
const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });
const HUES = 8; // outlets that can be told apart by colour; the name says which it is anyway
const BLOCK_REM = 1.5; // the least a finger hits
const ARTICLE_REM = 0.25;

const monthOf = (published) => MONTH.format(new Date(`${published.slice(0, 7)}-01T00:00:00Z`));

const timelineOf = (articles, picked) => {
  const outlets = [...new Set(articles.map(({ outlet }) => outlet))].sort();
  const months = new Map();
  for (const { published, outlet } of articles) {
    if (!published) continue;
    const month = published.slice(0, 7);
    const counts = months.get(month) ?? months.set(month, new Map()).get(month);
    counts.set(outlet, (counts.get(outlet) ?? 0) + 1);
  }
  return [...months].sort().map(([month, counts]) => ({
    month,
    blocks: [...counts].sort().map(([outlet, count]) => ({
      outlet,
      count,
      hue: outlets.indexOf(outlet) % HUES,
      pressed: picked?.month === month && picked.outlet === outlet,
    })),
  }));
};

const timelineColumn = (pick) => ({ month, blocks }) => {
  const block = ({ outlet, count, hue, pressed }) => {
    const name = `${monthOf(month)}, ${outlet || "no outlet"}: ${count} article${count === 1 ? "" : "s"}`;
    const style = `height: ${BLOCK_REM + ARTICLE_REM * Math.min(count - 1, 40)}rem; --hue: ${(hue * 360) / HUES}`;
    const click = () => pick(pressed ? null : { month, outlet });
    return el("button", { type: "button", class: "block", style, title: name, "aria-label": name, "aria-pressed": String(pressed), onclick: click });
  };
  return el("li", {}, ...blocks.map(block), el("small", {}, month));
};

const isPicked = (picked, { published, outlet }) => !picked || (published.startsWith(picked.month) && outlet === picked.outlet);
