// Shared by the scripts of the page. Words only ever enter as text nodes and attributes, never as markup.
const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== ""));
  return node;
};

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
