// The address and the title say what is open: #chat=…&article=001&at=10-20.
const inAddress = () => {
  const said = new URLSearchParams(location.hash.slice(1));
  const [start, end] = (said.get("at") ?? "").split("-").map((number) => Number.parseInt(number, 10) || 0);
  const place = said.get("article") ? { article_id: said.get("article"), start, end: end ?? 0 } : null;
  return { chat: said.get("chat"), place };
};

const addressOf = ({ chat, place }) => {
  const said = new URLSearchParams();
  if (chat) said.set("chat", chat);
  if (place) said.set("article", place.article_id);
  if (place?.end) said.set("at", `${place.start}-${place.end}`);
  return `#${said}`;
};

const goTo = (change, replace = false) => {
  const address = addressOf({ ...inAddress(), ...change });
  if (address === (location.hash || "#")) return;
  const whole = address === "#" ? location.pathname + location.search : address;
  history[replace ? "replaceState" : "pushState"](history.state, "", whole);
};

const retitle = (which, name) => {
  document.body.dataset[which] = plain(name ?? "");
  const { article, chat } = document.body.dataset;
  document.title = [article, chat, "Footnote"].filter(Boolean).join(" · ");
};
