// Live parts: ask the feed whether anything changed, then fetch this page again and swap them.
// Nothing is asked while the tab is hidden, and nothing is swapped under somebody who is typing.
const body = document.body;
const every = Number(body.dataset.poll);
const ask = { headers: { "X-Luna-Poll": "1" }, redirect: "manual", cache: "no-store" };
const STALE_AFTER = 60000;
let seen = body.dataset.feed;
let heard = Date.now();
let timer;

const parts = () => document.querySelectorAll("[data-live][id]");
const isLost = (answer) =>
  answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);

function isEdited(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, textarea, select")) return true;
  if (part.querySelector("[aria-busy=true]")) return true;
  return [...part.querySelectorAll("input:not([type=hidden]), textarea")].some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue,
  );
}

function swap(part, fresh) {
  const inside = part.contains(document.activeElement) && document.activeElement;
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  const next = document.adoptNode(fresh);
  next.querySelectorAll("details").forEach((each, place) => (each.open ||= Boolean(open[place])));
  part.replaceWith(next);
  if (!inside) return;
  const href = inside.getAttribute("href");
  const again = inside.id
    ? document.getElementById(inside.id)
    : href && [...next.querySelectorAll("[href]")].find((a) => a.getAttribute("href") === href);
  (again || document.getElementById("main"))?.focus({ preventScroll: true });
}

async function refresh() {
  const answer = await fetch(body.dataset.page || location.href, ask);
  if (isLost(answer)) return lose(answer);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  let waiting = false;
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (isEdited(part)) waiting = true;
    else if (!fresh) part.replaceChildren();
    else if (fresh.outerHTML !== part.outerHTML) swap(part, fresh);
  }
  document.title = page.title;
  if (!waiting) seen = page.body.dataset.feed;
}

// Where nobody is signed in any more, what was typed stays. Where the page is no longer this
// person's to see, all of it goes.
function lose({ status }) {
  const main = document.getElementById("main");
  clearTimeout(timer);
  timer = null;
  for (const part of parts()) part.replaceChildren();
  if (status !== 401) main.replaceChildren();
  const note = document.createElement("p");
  const link = document.createElement("a");
  note.className = "flash";
  note.setAttribute("role", "alert");
  link.href = "/";
  link.textContent = body.dataset.lostLink;
  note.append(body.dataset.lost, " ", link);
  main.prepend(note);
}

function clock(at, { zone, hours }) {
  const how = { timeZone: zone, hourCycle: hours === "24" ? "h23" : "h12" };
  return at.toLocaleTimeString(document.documentElement.lang, how).toLowerCase();
}

function tell() {
  const now = new Date();
  for (const note of document.querySelectorAll("[data-live-note]")) {
    const stale = now - heard > STALE_AFTER;
    const time = note.querySelector("time");
    note.classList.toggle("stale", stale);
    note.firstChild.data = `${stale ? note.dataset.stale : note.dataset.fresh} `;
    if (!stale) time.textContent = clock(new Date(heard), time.dataset);
  }
}

async function look() {
  clearTimeout(timer);
  if (document.querySelector("dialog.lock[open]")) return plan(1000); // nobody is there to see it
  let answer;
  try {
    answer = await fetch(`/feed?since=${encodeURIComponent(seen)}`, ask);
    if (isLost(answer)) return lose(answer);
    if (answer.status === 200) await refresh();
    if (answer.status >= 500) throw new Error(String(answer.status));
    heard = Date.now();
    dispatchEvent(new Event("luna:reached"));
  } catch {
    if (!answer) dispatchEvent(new Event("luna:unreached"));
  }
  tell();
  if (timer !== null) plan(answer ? every : Math.max(every, 5000));
}

function plan(wait) {
  clearTimeout(timer);
  timer = document.hidden ? undefined : setTimeout(look, wait);
}

if (every && seen !== undefined) {
  document.addEventListener("visibilitychange", () => timer !== null && plan(0));
  plan(every);
}
