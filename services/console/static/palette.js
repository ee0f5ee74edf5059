// Ctrl+K: any room or view by a part of its name; Enter goes to the first that is left.
const palette = document.getElementById("palette");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function narrow(wanted) {
  const links = [...palette.querySelectorAll(".places a")];
  links.forEach((one) => (one.parentElement.hidden = !plain(one.textContent).includes(plain(wanted))));
  const left = links.filter((one) => !one.parentElement.hidden);
  document.getElementById("palette-none").textContent = left.length ? "" : "Nada com este nome.";
  return left[0];
}

if (palette) {
  const find = document.getElementById("palette-find");
  // Views saved by people stand in the rail alone; the palette takes them from there.
  palette.addEventListener("toggle", () => {
    if (!palette.open || palette.querySelector("[data-saved]")) return;
    for (const one of document.querySelectorAll("#saved a")) {
      const item = document.createElement("li");
      const link = item.appendChild(document.createElement("a"));
      link.href = one.href;
      link.dataset.saved = "";
      link.textContent = `Visão: ${one.querySelector(".name").textContent}`;
      palette.querySelector(".places").append(item);
    }
  });
  find.addEventListener("input", () => narrow(find.value));
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    narrow(find.value)?.click();
  });
}
