// Says whether the page is alive, and has it ask what is new; it moves nothing by itself.
const STALE = 60;
const AGAIN = 5000;
let heard = Date.now();

const find = (part) => document.querySelector(`#live [data-${part}]`);

function show() {
  const minutes = Math.floor((Date.now() - heard) / 1000 / STALE);
  const how = find("how");
  if (!how) return;
  how.textContent = minutes ? ` · parado há ${minutes} min` : " · ao vivo";
  document.getElementById("live").classList.toggle("stale", minutes > 0);
}

function hear(event) {
  heard = Date.now();
  const at = find("at");
  if (at) at.textContent = event.data;
  show();
}

const ask = () => document.getElementById("news")?.dispatchEvent(new Event("mudou"));

let before = false;
function watch() {
  const source = new EventSource("/tarefas/ao-vivo");
  // What changed while the line was cut was told to nobody.
  source.addEventListener("open", () => {
    if (before) ask();
    before = true;
  });
  source.addEventListener("vivo", hear);
  source.addEventListener("mudou", (event) => {
    hear(event);
    ask();
  });
  source.addEventListener("fim", () => source.close());
  // A browser gives up for good where anything but a stream was answered, as while we are renewed.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, AGAIN);
  });
}

if (document.getElementById("live")) {
  watch();
  setInterval(show, 5000);
  document.addEventListener("htmx:after:swap", show);
}
