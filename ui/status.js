const draw = () => {
  const { state, line, why } = props.value;
  element.firstElementChild.dataset.state = state;
  element.querySelector(".line").textContent = line;
  element.querySelector(".why").textContent = why;
};
element.querySelector(".new").addEventListener("click", () => {
  trigger("clear");
  document.dispatchEvent(new CustomEvent("footnote:close"));
  document.querySelector("#question textarea").focus();
});
watch("value", draw);
draw();
