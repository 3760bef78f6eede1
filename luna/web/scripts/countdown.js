// "How long is left?" opens on tap; while it is open the words stay true.
function left(time) {
  const minutes = Math.ceil((new Date(time.dateTime) - Date.now()) / 60000);
  if (minutes <= 0) return time.dataset.over;
  const h = Math.floor(minutes / 60);
  const words = h ? time.dataset.hours : time.dataset.minutes;
  return words.replace("{h}", h).replace("{m}", minutes % 60);
}

function tick() {
  for (const time of document.querySelectorAll("details[open] [data-left]")) {
    const words = left(time);
    if (time.textContent !== words) time.textContent = words;
  }
}

document.addEventListener("toggle", tick, true);
setInterval(tick, 5000);
