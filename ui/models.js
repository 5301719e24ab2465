const drawer = element.querySelector("#model");
const own = element.querySelector(".choice input");
const box = element.querySelector(".fetch input");
const problem = element.querySelector(".problem");
const AGAIN_MS = 500;
let timer = 0;
let fetched = "";
let told = false; // the server, after a reload, what was chosen

const act = async (name, said) => {
  try {
    const { error } = await server[name](said);
    problem.textContent = plain(error ?? "");
    return !error;
  } catch {
    problem.textContent = "Footnote does not answer; is it still running?";
    return false;
  }
};

const remove = (model) => async (event) => {
  const { currentTarget: asking } = event;
  if (!asking.dataset.sure) {
    asking.dataset.sure = "yes";
    asking.textContent = "Remove for good";
    return;
  }
  if (!(await act("remove", { name: model.name }))) return look();
  if (chosen("model") === model.name) choose("model", null);
  changed();
  look();
};

// Who writes may be another now: the status line says who.
const changed = () => say("changed");

const pick = (what, value) => {
  problem.textContent = choose(what, value) ? "" : "This browser's storage is full or forbidden: the choice is not kept. Delete an old chat.";
  changed();
};

const writeWith = (model, wanted) => () => {
  pick("model", model.name === wanted ? null : model.name);
  look();
};

const row = (model, wanted) =>
  el(
    "li",
    {},
    el("span", { class: "name" }, model.name, " ", el("small", {}, model.size)),
    model.writes
      ? el("small", {}, "writes the answers")
      : button("Write with it", writeWith(model, wanted), { "aria-label": `Write with ${model.name}` }),
    button("Remove", remove(model)),
  );

const megabytes = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

const stepOf = (f) => {
  if (f.error) return f.error;
  if (f.cancelled) return `${f.name}: cancelled. What has come is kept and need not come again.`;
  if (f.done) return `${f.name} is there.`;
  return `${f.name}: ${f.total ? `${megabytes(f.completed)} of ${megabytes(f.total)}` : f.status}`;
};

const drawFetching = (f) => {
  element.querySelector(".fetching").hidden = !f;
  if (!f) return;
  element.querySelector(".step").textContent = plain(stepOf(f));
  const bar = element.querySelector("progress");
  bar.hidden = element.querySelector(".cancel").hidden = f.done;
  if (f.total) [bar.max, bar.value] = [f.total, f.completed];
  else bar.removeAttribute("value");
};

const look = async () => {
  clearTimeout(timer);
  let view;
  try {
    view = await server.models("");
  } catch {
    problem.textContent = "Footnote does not answer; is it still running?";
    return;
  }
  if (view.problem) problem.textContent = plain(view.problem);
  const wanted = view.installed.find(({ name }) => name === `${view.wanted}:latest`)?.name ?? view.wanted;
  const installed = view.installed.map((model) => ({ ...model, writes: model.name === (chosen("model") ?? wanted) }));
  patch(element.querySelector(".installed"), installed, (model) => row(model, wanted));
  element.querySelector(".none").hidden = installed.length > 0 || Boolean(view.problem);
  drawFetching(view.fetching);
  if (view.fetching && !view.fetching.done) timer = setTimeout(look, AGAIN_MS);
  else if (view.fetching?.name === fetched) {
    fetched = "";
    changed();
  }
};

element.querySelector(".fetch").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = box.value.trim();
  if (!name || !(await act("fetch", { name }))) return;
  fetched = name;
  box.value = "";
  look();
});
element.querySelector(".cancel").addEventListener("click", async () => {
  await act("cancel", "");
  look();
});
const drawOwn = () => (own.checked = chosen("writer") === "extractive");
own.addEventListener("change", () => {
  pick("writer", own.checked ? "extractive" : null);
  drawOwn();
});
drawer.addEventListener("beforetoggle", (event) => {
  clearTimeout(timer);
  if (event.newState !== "open") return;
  drawOwn();
  problem.textContent = "";
  look();
});
on("status", ({ state, line, why }) => {
  if (state === "ready" && !told && (chosen("model") || chosen("writer"))) changed();
  told ||= state === "ready";
  element.querySelector(".who").textContent = plain(line);
  element.querySelector(".why").textContent = plain(why);
});
say("opened");
