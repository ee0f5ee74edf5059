// On a phone the page comes first: its menu opens at a touch. Without this script it stands open.
if (matchMedia("(max-width: 900px)").matches) {
  document.querySelector(".menu")?.removeAttribute("open");
}
