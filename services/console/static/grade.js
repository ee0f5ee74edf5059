// A table of fields with the habits of a spreadsheet: keys, ranges, paste, copy, undo everywhere.
// Without it the same table is a form; with it all cells go in one field.
const form = document.querySelector("[data-grid-form]");
const tables = [...form.querySelectorAll("[data-grid]")];
const state = form.querySelector("[data-grid-state]");
const rows = (table) => [...table.tBodies[0].rows];
const cells = (row) => [...row.querySelectorAll("input:not([type=checkbox])")];
const values = (table) => rows(table).map((row) => cells(row).map((cell) => cell.value));
const whole = () => tables.map(values);
const grows = (table) => form.querySelector(`[data-grid-more="${table.dataset.grid}"]`) !== null;
const past = [];
const ahead = [];
let typedIn = null;
let anchor = null;
let picked = [];
let dirty = false;
let sending = false;

function place(cell) {
  const row = cell.closest("tr");
  return { table: row.closest("table"), y: row.sectionRowIndex, x: cells(row).indexOf(cell) };
}
const at = (table, y, x) => rows(table)[y] && cells(rows(table)[y])[x];

function remember() {
  past.push(whole());
  if (past.length > 200) past.shift();
  ahead.length = 0;
  changed();
}

function changed() {
  dirty = true;
  state.textContent = "Mudanças ainda não salvas.";
}

function number(row, y) {
  const name = row.closest("table").dataset.grid;
  row.querySelector("th").textContent = y + 1;
  cells(row).forEach((cell, x) => {
    cell.id = `${name}-${y}-${x}`;
    cell.name = `${name}.${y}.${x}`;
    cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace(/\d+$/, y + 1));
  });
  const box = row.querySelector("[type=checkbox]");
  if (!box) return;
  box.name = `${name}.${y}.tirar`;
  box.setAttribute("aria-label", `Tirar a linha ${y + 1}`);
}

function blank(table) {
  const body = table.tBodies[0];
  const row = document.createElement("tr");
  row.append(Object.assign(document.createElement("th"), { scope: "row", className: "k-at" }));
  [...table.tHead.rows[0].cells].slice(1, -1).forEach((head) => {
    const cell = Object.assign(document.createElement("input"), { autocomplete: "off", spellcheck: false });
    cell.setAttribute("aria-label", `${head.firstChild.data}, 0`);
    row.insertCell().append(cell);
  });
  row.insertCell().append(Object.assign(document.createElement("input"), { type: "checkbox", value: "sim" }));
  body.append(row);
  number(row, body.rows.length - 1);
}

function drop(row) {
  row.remove();
}

function shape(table, count) {
  const body = table.tBodies[0];
  while (body.rows.length < count) blank(table);
  while (body.rows.length > count) body.deleteRow(-1);
}

function restore(from, to) {
  if (!from.length) return;
  to.push(whole());
  const then = from.pop();
  tables.forEach((table, t) => {
    if (grows(table)) shape(table, then[t].length);
    rows(table).forEach((row, y) => cells(row).forEach((cell, x) => put(cell, then[t][y][x])));
  });
  typedIn = null;
  changed();
}

function put(cell, value) {
  if (cell.value === value) return;
  cell.value = value;
  cell.removeAttribute("aria-invalid");
}

function pick(from, to) {
  picked.forEach((cell) => cell.parentElement.classList.remove("picked"));
  picked = [];
  if (!from || from === to || place(from).table !== place(to).table) return;
  const [a, b] = [place(from), place(to)];
  for (let y = Math.min(a.y, b.y); y <= Math.max(a.y, b.y); y++)
    for (let x = Math.min(a.x, b.x); x <= Math.max(a.x, b.x); x++) picked.push(at(a.table, y, x));
  picked.forEach((cell) => cell.parentElement.classList.add("picked"));
}

function go(cell, extend) {
  if (!cell) return;
  const from = extend ? anchor : cell;
  cell.focus();
  cell.select();
  anchor = from;
  pick(anchor, cell);
}

// Quoted cells may hold tabs, line ends and doubled quotes, as spreadsheets write them.
function parsed(text) {
  const found = [[]];
  for (const [, quoted, plain, end] of text.replace(/\r\n?/g, "\n").matchAll(/(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/g)) {
    found.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"').replace(/\s*\n\s*/g, " "));
    if (end === "\n") found.push([]);
    if (end === "") break;
  }
  if (found.at(-1).join("") === "") found.pop();
  return found;
}

const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function copied() {
  const lines = new Map();
  for (const cell of picked) {
    const { y } = place(cell);
    lines.set(y, [...(lines.get(y) ?? []), quoted(cell.value)]);
  }
  return [...lines.values()].map((line) => line.join("\t")).join("\n");
}

function clear(these) {
  remember();
  these.filter((cell) => !cell.readOnly).forEach((cell) => put(cell, ""));
}

const isCell = (target) => target.matches?.("[data-grid] input:not([type=checkbox])");

form.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control && (key === "z" || key === "y")) {
    event.preventDefault();
    const redo = key === "y" || event.shiftKey;
    restore(redo ? ahead : past, redo ? past : ahead);
  }
  if (!isCell(event.target) || control || event.altKey || event.isComposing) return;
  const cell = event.target;
  const { table, y, x } = place(cell);
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  const edge = { arrowleft: all || cell.selectionEnd === 0, arrowright: all || cell.selectionStart === cell.value.length };
  const steps = { arrowup: [-1, 0], arrowdown: [1, 0], enter: [event.shiftKey ? -1 : 1, 0], arrowleft: [0, -1], arrowright: [0, 1] };
  if ((key === "delete" || key === "backspace") && picked.length) {
    event.preventDefault();
    clear(picked);
  }
  if (!steps[key] || edge[key] === false || (event.shiftKey && key in edge && !picked.length && !all)) return;
  event.preventDefault();
  if (key === "enter" && !event.shiftKey && y === rows(table).length - 1 && grows(table) && cells(rows(table)[y]).some((one) => one.value)) {
    remember();
    blank(table);
  }
  go(at(table, y + steps[key][0], x + steps[key][1]), event.shiftKey && key !== "enter");
});

form.addEventListener("beforeinput", (event) => {
  if (!isCell(event.target)) return;
  if (event.inputType.startsWith("history")) return event.preventDefault();
  if (typedIn !== event.target) remember();
  typedIn = event.target;
});
form.addEventListener("input", (event) => {
  if (!isCell(event.target)) return;
  event.target.removeAttribute("aria-invalid");
  changed();
});
form.addEventListener("focusin", (event) => {
  typedIn = null;
  if (isCell(event.target)) anchor = event.target;
});
form.addEventListener("mousedown", (event) => {
  if (!isCell(event.target)) return pick();
  if (!event.shiftKey || !anchor) return pick();
  event.preventDefault();
  go(event.target, true);
});

form.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (!isCell(event.target) || !/[\t\n]/.test(text.trimEnd())) return;
  event.preventDefault();
  const { table, y, x } = place(event.target);
  const found = parsed(text);
  remember();
  if (grows(table)) shape(table, Math.max(rows(table).length, y + found.length));
  const lines = rows(table).slice(y, y + found.length).map(cells);
  lines.forEach((line, dy) => found[dy].forEach((value, dx) => line[x + dx] && !line[x + dx].readOnly && put(line[x + dx], value.trim())));
  state.textContent = `${found.length} linhas coladas. Ctrl+Z desfaz.`;
});
for (const kind of ["copy", "cut"]) {
  form.addEventListener(kind, (event) => {
    if (!picked.length) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", copied());
    if (kind === "cut") clear(picked);
  });
}

form.addEventListener("click", (event) => {
  const more = event.target.closest("[data-grid-more]");
  if (more) {
    event.preventDefault();
    const table = tables.find((one) => one.dataset.grid === more.dataset.gridMore);
    remember();
    const from = rows(table).length;
    shape(table, from + 10);
    go(at(table, from, 0));
  }
  if (event.target.matches("[type=checkbox]")) {
    const row = event.target.closest("tr");
    event.target.checked = false;
    remember();
    const { table, y } = place(cells(row)[0]);
    drop(row);
    rows(table).slice(y).forEach((one, n) => number(one, y + n));
    (at(table, y, 0) ?? at(table, y - 1, 0))?.focus();
    state.textContent = `Linha ${y + 1} tirada. Ctrl+Z desfaz.`;
  }
});

form.addEventListener("formdata", ({ formData }) => {
  for (const name of [...formData.keys()]) if (name.includes(".")) formData.delete(name);
  formData.set("grade", JSON.stringify(Object.fromEntries(tables.map((table) => [table.dataset.grid, values(table)]))));
});
form.addEventListener("submit", () => (sending = true));
addEventListener("beforeunload", (event) => dirty && !sending && event.preventDefault());
addEventListener("pageshow", () => (sending = false));
document.querySelector("[data-grid-keys]").hidden = false;
