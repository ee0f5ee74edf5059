// Keys as the help lists them, the row that is open, where the focus goes, and when nobody answers.
const bound = new Map(
  [...document.querySelectorAll("#help [data-key]")].map((row) => [row.dataset.key, row.dataset.does]),
);
const rows = () => [...document.querySelectorAll("#list [data-row]")];
const opened = () => rows().findIndex((link) => link.hasAttribute("aria-current"));

function step(by) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, opened() + by))];
  if (next) next.click();
}

const acts = {
  next: () => step(1),
  previous: () => step(opened() < 0 ? 1 : -1),
  claim: () => document.querySelector("#panel [data-act=claim]")?.click(),
  search: () => document.getElementById("find")?.focus(),
  help: () => document.getElementById("help")?.showModal(),
};

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.target.closest("form")?.requestSubmit();
    return;
  }
  if (!("keys" in document.body.dataset) || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = bound.get(event.key);
  if (!act || typing(event.target)) return;
  event.preventDefault();
  acts[act]();
});

document.addEventListener("click", (event) => {
  const help = event.target.closest("a[data-act=help]");
  if (help) {
    event.preventDefault();
    acts.help();
  }
  const onward = event.target.closest("a[data-step]");
  if (onward && opened() + 1 < rows().length) {
    event.preventDefault();
    acts.next();
  }
  const row = event.target.closest("#list [data-row]");
  if (!row) return;
  rows().forEach((link) => link.removeAttribute("aria-current"));
  row.setAttribute("aria-current", "true");
  row.closest("tr").scrollIntoView({ block: "nearest" });
});

// What comes by itself, such as text being kept, must not take the focus from who types.
document.addEventListener("htmx:after:swap", (event) => {
  const wanted = document.querySelector("[data-focus]");
  if (!wanted) return;
  wanted.removeAttribute("data-focus");
  if (!event.detail?.ctx?.sourceElement?.closest?.(".typed, #present")) wanted.focus();
});

// A whole page begins at its beginning, but for what came of an order.
const told = document.querySelector(".notice[data-focus]");
document.querySelectorAll("[data-focus]").forEach((one) => one.removeAttribute("data-focus"));
told?.focus();

document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx?.sourceElement?.id === "present") return;
  const notice = document.createElement("p");
  notice.className = "notice warning";
  notice.textContent = "Sem resposta: verifique a conexão. O que está nesta página continua aqui.";
  document.getElementById("notice").replaceChildren(notice);
});
