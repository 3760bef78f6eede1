// A form is sent once: the button says so, a second press does nothing, and coming back undoes it.
const sent = new WeakSet();

function rest(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    const words = button.querySelector("[data-rest]");
    if (words) {
      words.textContent = words.dataset.rest;
      delete words.dataset.rest;
    }
  }
}

function wait(button) {
  button.setAttribute("aria-busy", "true");
  const words = button.querySelector("span");
  if (button.dataset.busy && words) {
    words.dataset.rest = words.textContent;
    words.textContent = button.dataset.busy;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.method !== "post") return;
  sent.add(form);
  // After the browser has read the button's name and value, or the answer would be lost.
  setTimeout(() => event.submitter && wait(event.submitter));
});

// The second tap of a double tap may land on the next question, at the same place, before anybody has
// read it: it would answer for them. So it is dropped, from wherever the page came.
const DOUBLE_MS = 500;
const NEAR_PX = 24;

function isSecondTap(tap) {
  const last = JSON.parse(sessionStorage.getItem("luna-tap") || "null");
  sessionStorage.setItem("luna-tap", JSON.stringify(tap));
  if (!last || tap.at - last.at > DOUBLE_MS) return false;
  return Math.hypot(tap.x - last.x, tap.y - last.y) < NEAR_PX;
}

document.addEventListener("click", (event) => {
  // A key or a screen reader has no place on the screen (detail 0), and no double tap.
  if (!event.detail || !event.target.closest("button.choice")) return;
  if (isSecondTap({ at: Date.now(), x: event.clientX, y: event.clientY })) event.preventDefault();
});

addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(rest);
});
