// What was typed a moment ago is kept too when the page goes: a refresh waits for nobody's pause.
const changed = new Set();

document.addEventListener("input", (event) => {
  const typed = event.target.closest(".typed[hx-post]");
  if (typed) changed.add(typed);
});
document.addEventListener("submit", () => changed.clear());

function keep() {
  changed.forEach((typed) => {
    const form = typed.isConnected && typed.closest("form");
    if (form) navigator.sendBeacon(typed.getAttribute("hx-post"), new URLSearchParams(new FormData(form)));
  });
  changed.clear();
}
// Before the next page is asked for, so that it finds what was kept.
addEventListener("beforeunload", keep);
document.addEventListener("visibilitychange", () => document.hidden && keep());
