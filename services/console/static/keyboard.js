// Keys as the help lists them, the row that is open, where the focus goes, and when nobody answers.
const bound = new Map(
  [...document.querySelectorAll("#help [data-key]")].map((row) => [row.dataset.key, row.dataset.does]),
);
// The first of two keys waits this long for the second.
const TOGETHER = 1500;
const starts = new Set([...bound.keys()].filter((key) => key.includes(" ")).map((key) => key[0]));
let first = "";
let until = 0;
const rows = () => [...document.querySelectorAll("#list [data-row]")];
const opened = () => rows().findIndex((link) => link.hasAttribute("aria-current"));

function step(by) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, opened() + by))];
  if (next) next.click();
}

const go = (path) => document.querySelector(`.rooms a[href="${path}"]`)?.click();

function snooze() {
  const form = document.querySelector("#panel details[data-act=snooze]");
  if (!form) return;
  form.open = true;
  form.querySelector("input[name=until]").focus();
}

const acts = {
  next: () => step(1),
  previous: () => step(opened() < 0 ? 1 : -1),
  claim: () => document.querySelector("#panel [data-act=claim]")?.click(),
  snooze: () => snooze(),
  inbox: () => go("/tarefas"),
  people: () => acts.search(),
  rules: () => go("/regras"),
  palette: () => document.getElementById("palette")?.showModal(),
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
  // With Ctrl it takes no single key from anybody: it is on however the others are.
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) acts.palette();
    return;
  }
  if (!("keys" in document.body.dataset) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) return;
  const pressed = Date.now() < until ? `${first} ${event.key}` : event.key;
  first = event.key;
  until = starts.has(pressed) ? Date.now() + TOGETHER : 0;
  const act = bound.get(pressed);
  if (!act) return;
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

// A decision opens the next task, where whoever decides likes that.
document.addEventListener("htmx:after:swap", () => {
  const decided = document.querySelector("#panel [data-decided]");
  if (!decided) return;
  decided.removeAttribute("data-decided");
  if ("onward" in document.body.dataset && opened() >= 0 && opened() + 1 < rows().length) {
    setTimeout(acts.next);
  }
});

// What comes by itself, such as text being kept, must not take the focus from who types.
document.addEventListener("htmx:after:swap", (event) => {
  const wanted = document.querySelector("[data-focus]");
  if (!wanted) return;
  wanted.removeAttribute("data-focus");
  if (!event.detail?.ctx?.sourceElement?.closest?.(".typed, #present")) wanted.focus();
});

// A whole page begins at its beginning, but for what came of an order: no heading is that.
const told = document.querySelector("[data-focus]:not(h2)");
document.querySelectorAll("[data-focus]").forEach((one) => one.removeAttribute("data-focus"));
told?.focus();

document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx?.sourceElement?.id === "present") return;
  const notice = document.createElement("p");
  notice.className = "notice warning";
  notice.textContent = "Sem resposta: verifique a conexão. O que está nesta página continua aqui.";
  document.getElementById("notice").replaceChildren(notice);
});
