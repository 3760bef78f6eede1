// A clinic's screen nobody uses is covered, a little before the server locks the sign-in. The page
// stays as it is behind the cover, so nothing typed is lost; the PIN takes the cover away. Another way is
// given in a tab of its own: once the sign-in is open again, the cover goes here too.
const lock = document.getElementById("lock");

if (lock) {
  const form = lock.querySelector("form");
  const wrong = lock.querySelector("[data-lock-wrong]");
  let used = Date.now();
  let elsewhere = false;

  const use = () => {
    if (!lock.open) used = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, use, { capture: true, passive: true });

  const cover = () => {
    if (lock.open || Date.now() - used < Number(lock.dataset.after)) return;
    wrong.hidden = true;
    form.reset();
    elsewhere = false;
    lock.showModal();
  };
  const uncover = () => {
    lock.close();
    use();
  };
  // Before the server has locked the sign-in, that it answers says nothing. Nor does it of somebody else's.
  const look = async () => {
    if (!lock.open || !elsewhere || document.hidden) return;
    if (Date.now() - used < Number(lock.dataset.locked)) return;
    const answer = await fetch("/feed", {
      headers: { "X-Luna-Poll": "1" },
      redirect: "manual",
      cache: "no-store",
    }).catch(() => null);
    if (!answer?.ok) return;
    const { who } = await answer.json();
    if (who === lock.dataset.who && lock.open) uncover();
  };
  const check = () => {
    cover();
    look();
  };
  setInterval(check, 5000);
  document.addEventListener("visibilitychange", check);
  addEventListener("pageshow", check);
  lock.querySelector("[data-lock-other]").addEventListener("click", () => (elsewhere = true));

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
    uncover();
  });
}
