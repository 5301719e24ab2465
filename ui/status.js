const draw = () => {
  const { state, line, why } = props.value;
  element.querySelector(".masthead").dataset.state = state;
  element.querySelector(".line").textContent = plain(line);
  element.querySelector(".why").textContent = plain(why);
  say("status", { state, line, why });
};
element.querySelector(".new").addEventListener("click", () => {
  say("close");
  say("open", { id: null });
  say("focus");
});
on("opened", draw);
watch("value", draw);
draw();
