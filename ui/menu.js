// The drawer of chats: open, name, delete, export.
const drawer = element.querySelector("#chats");
const list = element.querySelector(".chats");
let current = { id: "", turns: [] };

const open = ({ id }) => () => {
  drawer.hidePopover();
  say("close");
  say("open", { id });
  say("focus");
};

const rename = (chat, row) => {
  const box = el("input", { "aria-label": `Name of the chat “${chat.name}”`, maxlength: "80" });
  box.value = chat.name;
  const done = (keepIt) => {
    const stored = loadChat(chat.id);
    if (keepIt && box.value.trim() && stored) {
      stored.name = box.value.trim();
      saveChat(stored);
      say("renamed", { id: chat.id, name: stored.name });
    }
    drawList();
    [...list.children].find((each) => each.dataset.chat === chat.id)?.querySelector(".name").focus();
  };
  box.addEventListener("keydown", (event) => {
    if ((event.key !== "Enter" && event.key !== "Escape") || composing(event)) return;
    event.preventDefault(); // it is about the name, neither about the drawer nor about what has the focus next
    done(event.key === "Enter");
  });
  row.replaceChildren(box, button("Save", () => done(true)));
  box.focus();
  box.select();
};

const remove = (chat, asking) => {
  if (!asking.dataset.sure) {
    asking.dataset.sure = "yes";
    asking.textContent = "Delete for good";
    return;
  }
  forgetChat(chat.id);
  say("forgotten", { id: chat.id });
  drawList();
  element.querySelector("[popovertarget=chats][popovertargetaction]").focus();
};

const row = (chat) => {
  const { name } = chat;
  const node = el("li", { class: "chat", "data-chat": chat.id });
  node.append(
    el("button", { type: "button", class: "name", dir: "auto", "aria-current": chat.id === current.id && "true", onclick: open(chat) }, name),
    button("Rename", () => rename(chat, node), { "aria-label": `Rename the chat “${name}”` }),
    button("Delete", (event) => remove(chat, event.currentTarget), { "aria-label": null }),
  );
  return node;
};

const drawList = () => {
  const chats = allChats();
  list.replaceChildren(...(chats.length ? chats.map(row) : [el("li", { class: "hint" }, "None yet.")]));
};

const download = (name, type, words) => {
  const url = URL.createObjectURL(new Blob([words], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};

const fileName = (ending) => `${(current.name || "chat").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "chat"}.${ending}`;

const exported = (name, ending, type, written) =>
  button(name, () => download(fileName(ending), type, written(current)), { class: "quiet export" });

element
  .querySelector(".exports")
  .append(
    exported("Markdown", "md", "text/markdown", asMarkdown),
    exported("JSON", "json", "application/json", asJson),
    exported("Page to print", "html", "text/html", asPage),
  );
drawer.addEventListener("beforetoggle", (event) => event.newState === "open" && drawList());
on("drawn", ({ chat }) => {
  current = chat;
  element.querySelectorAll(".export").forEach((each) => (each.disabled = !chat.turns.some((turn) => turn.answer)));
});

const feedback = async () => {
  const told = element.querySelector(".told");
  try {
    const { lines, questions, left_out, unreadable } = await server.questions("");
    if (questions) download("feedback.jsonl", "application/jsonl", lines);
    const without = left_out ? `; ${left_out} without the right answer left out` : "";
    const broken = unreadable ? `; ${unreadable} line${unreadable === 1 ? "" : "s"} of the file of verdicts cannot be read` : "";
    told.textContent = `${questions} question${questions === 1 ? "" : "s"}${without}${broken}.`;
  } catch {
    told.textContent = "Footnote does not answer; is it still running?";
  }
};
element.querySelector(".feedback").append(button("Export as evaluation questions", feedback), el("small", { class: "told", role: "status" }));
