// A clinic's screen nobody uses is covered, a little before the server locks the sign-in. The page
// stays as it is behind the cover, so nothing typed is lost; the PIN takes the cover away.
const lock = document.getElementById("lock");

if (lock) {
  const form = lock.querySelector("form");
  const wrong = lock.querySelector("[data-lock-wrong]");
  let used = Date.now();

  const use = () => {
    if (!lock.open) used = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, use, { capture: true, passive: true });

  const cover = () => {
    if (lock.open || Date.now() - used < Number(lock.dataset.after)) return;
    wrong.hidden = true;
    form.reset();
    lock.showModal();
  };
  setInterval(cover, 5000);
  document.addEventListener("visibilitychange", cover);
  addEventListener("pageshow", cover);

  lock.addEventListener("cancel", (event) => event.preventDefault());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => null);
    form.reset();
    wrong.hidden = answer?.type === "opaqueredirect";
    if (!wrong.hidden) return;
    lock.close();
    use();
  });
}
