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

addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(rest);
});
