// What follows the "#" never reaches a server by itself: it is put into the form and out of the bar.
const secret = location.hash.slice(1);
const pasted = document.querySelectorAll("[data-pasted]");
if (pasted.length && secret) {
  history.replaceState(null, "", location.pathname);
  pasted.forEach((at) => (at.querySelector("input").value = secret));
}
pasted.forEach((at) => (at.hidden = at.querySelector("input").value !== "" && !at.querySelector(".wrong")));

// A second tap on the same button sends nothing more; going back gives the button again.
// So does time: a sending that was stopped is tried again, and counts once whatever arrived.
const free = () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "sim";
  setTimeout(() => delete form.dataset.sent, 10000);
});
addEventListener("pageshow", free);

// The first thing to read after an answer that refuses.
document.querySelector("[data-focus]")?.focus();

// A file that is too large is told before it is sent: on a phone that takes minutes.
document.querySelectorAll("input[data-most]").forEach((input) => {
  input.addEventListener("change", () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.most));
    document.getElementById(`${input.id}-wrong`).textContent = large ? input.dataset.large : "";
    if (large) input.value = "";
  });
});

// Each answer is kept as it is given, one sending after the other: an older one never comes last.
const kept = document.getElementById("kept");
const asked = document.querySelector("[data-keep]");
let sending = false;
let more = false;
let pause;
async function keep() {
  const body = new URLSearchParams(new FormData(asked.closest("form")));
  const answer = await fetch(asked.dataset.keep, { method: "POST", body, redirect: "error", keepalive: true });
  if (answer.ok) kept.innerHTML = await answer.text();
  else if (answer.status === 401) kept.textContent = "Sua sessão terminou: abra de novo o endereço que enviamos.";
  else throw new Error(answer.status);
}
async function save() {
  clearTimeout(pause);
  pause = 0;
  more = true;
  if (sending) return;
  sending = true;
  while (more) {
    more = false;
    await keep().catch(() => {
      kept.textContent = "Sem conexão: esta tela ainda não foi guardada. Ela continua aqui; tente de novo.";
    });
  }
  sending = false;
}
// Text is kept while it is typed, and at once where the page goes or the phone is put away.
asked?.addEventListener("change", save);
asked?.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(save, 800);
});
document.addEventListener("visibilitychange", () => document.hidden && pause && save());
