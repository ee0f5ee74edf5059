// Marks a whole stretch of the list with Shift, and says how many are marked.
let last;

const boxes = () => [...document.querySelectorAll("#list input[name=tarefa]")];

function told() {
  const count = boxes().filter((box) => box.checked).length;
  const at = document.getElementById("marked");
  if (at) at.textContent = count ? ` (${count})` : "";
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("#list input[name=tarefa]");
  if (!box) return;
  const all = boxes();
  const from = all.indexOf(last);
  const to = all.indexOf(box);
  if (event.shiftKey && from >= 0) {
    all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => (one.checked = box.checked));
  }
  last = box;
  told();
});

document.addEventListener("htmx:after:swap", told);
told();
