// A table of fields with the habits of a spreadsheet. Without it the table is a plain form.
const form = document.querySelector("[data-grid-form]");
const state = form.querySelector("[data-grid-state]");
const bodies = [...form.querySelectorAll("[data-grid] tbody")];
const name = (body) => body.parentElement.dataset.grid;
const more = (body) => form.querySelector(`[data-grid-more="${name(body)}"]`);
const cells = (row) => [...(row?.querySelectorAll("input:not([type])") ?? [])];
const values = (body) => [...body.rows].map((row) => cells(row).map((cell) => cell.value));
const isCell = (target) => target.matches("td > input:not([type])");
const past = [];
const ahead = [];
let picked = [];
let anchor, typedIn, dirty;

function place(cell) {
  const row = cell.closest("tr");
  return [row.parentElement, row.sectionRowIndex, cells(row).indexOf(cell)];
}

function say(words) {
  dirty = true;
  state.textContent = words;
}

function remember() {
  past.push(bodies.map(values));
  past.splice(0, past.length - 200);
  ahead.length = typedIn = 0;
  say("Mudanças ainda não salvas.");
}

function restore(from, to) {
  if (!from.length) return;
  to.push(bodies.map(values));
  const [body, y, x] = place(anchor ?? cells(bodies[0].rows[0])[0]);
  from.pop().forEach((rows, at) => {
    fit(bodies[at], rows.length);
    fill(bodies[at], 0, 0, rows, true);
  });
  go(cells(body.rows[Math.min(y, body.rows.length - 1)])[x]);
}

// A row more is the one beside the button; ids and labels tell the number of their row.
function fit(body, count) {
  if (!more(body)) return;
  while (body.rows.length > count) body.deleteRow(-1);
  while (body.rows.length < count) {
    body.append(more(body).nextElementSibling.content.firstElementChild.cloneNode(true));
  }
  [...body.rows].forEach((row, y) => {
    row.cells[0].textContent = y + 1;
    cells(row).forEach((cell, x) => (cell.id = `${name(body)}-${y}-${x}`));
    row.querySelectorAll("input").forEach((cell) => {
      cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace(/\d+$/, y + 1));
    });
  });
}

function put(cell, value) {
  cell.value = value;
  cell.removeAttribute("aria-invalid");
}

function fill(body, y, x, rows, all) {
  rows.forEach((row, dy) => {
    const line = cells(body.rows[y + dy]).slice(x);
    line.forEach((cell, dx) => dx in row && cell.value !== row[dx] && (all || !cell.readOnly) && put(cell, row[dx]));
  });
}

function pick(cell) {
  picked.flat().forEach((one) => one.parentElement.classList.remove("picked"));
  picked = [];
  if (!cell || cell === anchor || cell.form !== anchor?.form) return;
  const [[body, y, x], [other, v, u]] = [place(anchor), place(cell)];
  if (body !== other) return;
  const [left, right] = [x, u].sort((a, b) => a - b);
  const [top, bottom] = [y, v].sort((a, b) => a - b);
  picked = [...body.rows].slice(top, bottom + 1).map((row) => cells(row).slice(left, right + 1));
  picked.flat().forEach((one) => one.parentElement.classList.add("picked"));
}

function go(cell, extending) {
  if (!cell) return;
  const from = extending ? anchor : cell;
  cell.focus();
  cell.select();
  anchor = from;
  pick(cell);
}

// Quoted cells may hold tabs, line ends and doubled quotes.
function parsed(text) {
  const rows = [[]];
  const each = /(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/g;
  for (const [, quoted, plain, end] of text.replace(/\r/g, "").replace(/\n$/, "").matchAll(each)) {
    rows.at(-1).push((quoted?.replaceAll('""', '"') ?? plain).replace(/\s+/g, " ").trim());
    if (end === "\n") rows.push([]);
    if (!end) return rows;
  }
}

const quoted = ({ value }) => (/[\t"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

function clear() {
  remember();
  picked.flat().forEach((cell) => cell.readOnly || put(cell, ""));
}

const on = (kind, act) => form.addEventListener(kind, (event) => act(event, event.target));

on("keydown", (event, cell) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && "zy".includes(key)) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) restore(ahead, past);
    else restore(past, ahead);
  }
  if (!isCell(cell) || event.ctrlKey || event.metaKey || event.altKey) return;
  const [body, y, x] = place(cell);
  const { selectionStart: from, selectionEnd: to, value } = cell;
  const whole = from === 0 && to === value.length;
  const across = (free) => (whole || picked.length || (free && !event.shiftKey) ? 1 : 0);
  const [down, right] = {
    enter: [event.shiftKey ? -1 : 1, 0],
    arrowdown: [1, 0],
    arrowup: [-1, 0],
    arrowleft: [0, -across(to === 0)],
    arrowright: [0, across(from === value.length)],
  }[key] ?? [0, 0];
  const clearing = picked.length && (key === "delete" || key === "backspace");
  if (clearing) clear();
  if (!down && !right && !clearing) return;
  event.preventDefault();
  go(cells(body.rows[y + down])[x + right], event.shiftKey && key !== "enter");
});
on("beforeinput", (event, cell) => {
  if (event.inputType.startsWith("history")) event.preventDefault();
  else if (isCell(cell) && typedIn !== cell) {
    remember();
    typedIn = cell;
  }
});
on("input", (_, cell) => cell.removeAttribute("aria-invalid"));
on("focusin", (_, cell) => {
  typedIn = 0;
  if (isCell(cell)) anchor = cell;
});
on("mousedown", (event, cell) => {
  if (!event.shiftKey || !isCell(cell)) return pick();
  event.preventDefault();
  go(cell, true);
});
on("paste", (event, cell) => {
  const text = event.clipboardData.getData("text/plain");
  if (!isCell(cell) || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const rows = parsed(text);
  const [body, y, x] = place(cell);
  remember();
  fit(body, Math.max(body.rows.length, y + rows.length));
  fill(body, y, x, rows);
  say(`Linhas coladas: ${rows.length}. Ctrl+Z desfaz.`);
});
for (const kind of ["copy", "cut"])
  on(kind, (event) => {
    if (!picked.length) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", picked.map((row) => row.map(quoted).join("\t")).join("\n"));
    if (kind === "cut") clear();
  });
on("click", (event, target) => {
  const body = bodies.find((one) => more(one) === target);
  const row = target.type === "checkbox" && target.closest("tr");
  if (!body && !row) return;
  event.preventDefault();
  remember();
  if (body) {
    const last = body.rows.length;
    fit(body, last + 10);
    go(cells(body.rows[last])[0]);
  } else {
    const [from, y, x] = place(target);
    row.remove();
    fit(from, from.rows.length);
    go(cells(from.rows[Math.min(y, from.rows.length - 1)])[0]);
    say("Linha tirada. Ctrl+Z desfaz.");
  }
});
on("formdata", ({ formData }) => {
  for (const field of [...formData.keys()]) if (field.includes(".")) formData.delete(field);
  formData.set("grade", JSON.stringify(Object.fromEntries(bodies.map((body) => [name(body), values(body)]))));
});
on("submit", () => (dirty = false));
addEventListener("beforeunload", (event) => dirty && event.preventDefault());
document.querySelector("[data-grid-keys]").hidden = false;
