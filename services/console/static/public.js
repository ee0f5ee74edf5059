// What follows the "#" never reaches a server by itself: it is put into the form and out of the bar.
const secret = location.hash.slice(1);
const pasted = document.querySelectorAll("[data-pasted]");
if (pasted.length && secret) {
  history.replaceState(null, "", location.pathname);
  pasted.forEach((at) => (at.querySelector("input").value = secret));
}
pasted.forEach((at) => (at.hidden = at.querySelector("input").value !== "" && !at.querySelector(".wrong")));

// A second tap on the same button sends nothing more; going back gives the button again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "sim";
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

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
async function keep() {
  const body = new URLSearchParams(new FormData(asked.closest("form")));
  const answer = await fetch(asked.dataset.keep, { method: "POST", body, redirect: "error" });
  if (!answer.ok) throw new Error(answer.status);
  kept.innerHTML = await answer.text();
}
asked?.addEventListener("change", async () => {
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
});
