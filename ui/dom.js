// Shared by the scripts of the page. Words only ever enter as text nodes and attributes, never as markup.
// Direction overrides would show words in another order than they are read and verified in: they are left out.
const OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;
const plain = (words) => String(words).replace(OVERRIDES, "");

const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : plain(value));
  }
  const kept = children.filter((child) => child != null && child !== "");
  node.append(...kept.map((child) => (child instanceof Node ? child : plain(child))));
  return node;
};

const button = (name, onclick, attributes = {}) => el("button", { type: "button", class: "quiet", onclick, ...attributes }, name);

// Make the children of `parent` show `items`, touching only what changed: focus and selection stay.
const patch = (parent, items, build) => {
  items.forEach((item, index) => {
    const old = parent.children[index];
    const key = JSON.stringify(item);
    if (old && old.drawnFrom === key) return;
    const node = build(item, index);
    node.drawnFrom = key;
    if (old) old.replaceWith(node);
    else parent.append(node);
  });
  while (parent.children.length > items.length) parent.lastElementChild.remove();
};

const say = (name, detail) => document.dispatchEvent(new CustomEvent(`footnote:${name}`, { detail }));
const on = (name, heard) => document.addEventListener(`footnote:${name}`, ({ detail }) => heard(detail ?? {}));
const composing = (event) => event.isComposing || event.keyCode === 229; // Safari tells it so of the key that ends a word
const GONE = "Footnote does not answer; is it still running?";
const typing = (event) => event.target.closest?.("input, textarea, select, [contenteditable]");
