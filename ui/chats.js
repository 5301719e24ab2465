// The reader's chats are kept in this browser alone: each is an entry of its storage, by corpus.
const PREFIX = `footnote:${props.corpus}:`;

const freshToken = () => Date.now().toString(36) + Math.random().toString(36).slice(2, 8);
const freshChat = () => ({ id: freshToken(), name: "", changed: 0, turns: [] });

const keyOf = (id) => PREFIX + id;

const loadChat = (id) => {
  try {
    const chat = JSON.parse(localStorage.getItem(keyOf(id)));
    return chat && Array.isArray(chat.turns) ? chat : null;
  } catch {
    return null;
  }
};

const storedKeys = () => {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
};

const allChats = () => {
  const ids = storedKeys().filter((key) => key.startsWith(PREFIX));
  const chats = ids.map((key) => loadChat(key.slice(PREFIX.length))).filter(Boolean);
  return chats.sort((a, b) => b.changed - a.changed);
};

const saveChat = (chat) => {
  try {
    localStorage.setItem(keyOf(chat.id), JSON.stringify(chat));
    return true;
  } catch {
    return false; // full, or forbidden by the reader
  }
};

const forgetChat = (id) => localStorage.removeItem(keyOf(id));

// False where the browser does not keep the choice.
const choose = (what, value) => {
  try {
    if (value) localStorage.setItem(`footnote-${what}`, value);
    else localStorage.removeItem(`footnote-${what}`);
    return true;
  } catch {
    return false;
  }
};

// What the reader chose, null where the settings decide: as "writer" that no model is wanted ("extractive"), as "model" which one.
const chosen = (what) => {
  try {
    return localStorage.getItem(`footnote-${what}`);
  } catch {
    return null;
  }
};
