// Tells two minutes before a session ends; another tab may have kept it alive meanwhile.
const WARNING = 120;
const body = document.body;
let timer;

const left = () => Number(body.dataset.ends) - Date.now() / 1000;

function arm() {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(1, left() > WARNING ? left() - WARNING : left()) * 1000);
}

async function look() {
  try {
    const answer = await fetch("/sessao", { headers: { Accept: "application/json" } });
    if (answer.ok) keep((await answer.json()).ends_at);
  } catch {
    // The network is away; what the page knows still holds.
  }
  show();
  if (left() > 0) arm();
}

function keep(endsAt) {
  body.dataset.ends = endsAt;
  const words = new Date(endsAt * 1000).toLocaleTimeString("pt-BR", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "America/Sao_Paulo",
  });
  if (endsAt) document.querySelectorAll("[data-session-end]").forEach((at) => (at.textContent = words));
}

function show() {
  const ending = document.getElementById("ending");
  const ended = document.getElementById("ended");
  if (left() > WARNING) ending.close();
  else if (left() > 0 && !ending.open) ending.showModal();
  else if (left() <= 0) {
    ending.close();
    if (!ended.open) ended.showModal();
  }
}

if (body.dataset.ends) {
  arm();
  // A laptop that slept comes back to a session that may be over.
  document.addEventListener("visibilitychange", () => !document.hidden && left() < WARNING && look());
  document.querySelector("[data-stay]").addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch("/sessao", { method: "POST", headers: { Accept: "application/json" } });
    if (answer.ok) keep((await answer.json()).ends_at);
    show();
    arm();
  });
}
