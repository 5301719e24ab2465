// What a citation quotes, shown beside it while the pointer or the focus is on either.
const tip = element.querySelector(".tip");
let hovered = null;
let leaving = 0;

const place = (chip) => {
  const at = chip.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const below = at.bottom + 6 + size.height <= innerHeight || at.top < size.height + 6;
  tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8))}px`;
  tip.style.top = `${below ? at.bottom + 6 : at.top - size.height - 6}px`;
};

const hideTip = () => {
  clearTimeout(leaving);
  hovered?.removeAttribute("aria-describedby");
  hovered = null;
  tip.hidden = true;
};

const showTip = (chip) => {
  clearTimeout(leaving);
  if (chip === hovered) return;
  hideTip();
  hovered = chip;
  tip.replaceChildren(el("p", { class: "source-line" }, chip.place.about), el("blockquote", { dir: "auto" }, chip.place.quotation));
  tip.hidden = false;
  chip.setAttribute("aria-describedby", tip.id);
  place(chip);
};

element.addEventListener("pointerover", ({ target }) => {
  const chip = target.closest(".chip");
  if (chip) showTip(chip);
  else if (target.closest(".tip")) clearTimeout(leaving);
});
element.addEventListener("pointerout", ({ target }) => {
  if (target.closest(".chip, .tip")) leaving = setTimeout(hideTip, 200); // time to move onto it
});
element.addEventListener("focusin", ({ target }) => target.closest(".chip:focus-visible") && showTip(target.closest(".chip")));
element.addEventListener("focusout", hideTip);
window.addEventListener("scroll", () => hovered && place(hovered), { passive: true });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !hovered) return;
  hideTip();
  event.preventDefault(); // this Escape is spent
}, true);
on("article", hideTip);
