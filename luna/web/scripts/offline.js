// The offline strip shows when the device says so, or when the server cannot be reached.
function show(offline) {
  for (const strip of document.querySelectorAll("[data-offline]")) strip.hidden = !offline;
}

addEventListener("offline", () => show(true));
addEventListener("online", () => show(false));
addEventListener("luna:reached", () => show(false));
addEventListener("luna:unreached", () => show(true));
show(!navigator.onLine);
