// Made from luna/web/scripts/ by "python -m luna.web.bundle". Edit there.
"use strict";
{
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
}
{
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
}
{
// Without network the numbers of the right country come first and open:
// that of the last clinic seen here.
const here = document.body.dataset.country;
try {
  if (here) localStorage.setItem("country", here);
  for (const each of document.querySelectorAll("[data-countries]")) {
    if (!each.dataset.countries.split(" ").includes(localStorage.getItem("country"))) continue;
    each.open = true;
    each.parentElement.prepend(each);
  }
} catch {
  // A browser that keeps nothing shows the list closed.
}
}
{
// After a refused form the focus goes to the summary of what to mend.
document.querySelector("[data-focus]")?.focus();
}
{
// Quick-hide: three fast taps on the brand leave for a quiet page that says nothing about anybody.
let taps = 0;
let leave;

document.addEventListener("click", (event) => {
  const brand = event.target.closest?.("[data-hide]");
  if (!brand || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  taps += 1;
  clearTimeout(leave);
  if (taps === 3) return location.replace(brand.dataset.hide);
  leave = setTimeout(() => location.assign(brand.href), 350);
});

addEventListener("pageshow", () => (taps = 0));
}
{
// "Leave this page": go at once, and leave no way back in this tab's history.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-leave]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  location.replace(link.href);
});
}
{
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
}
{
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
}
{
// The offline strip shows when the device says so, or when the server cannot be reached.
function show(offline) {
  for (const strip of document.querySelectorAll("[data-offline]")) strip.hidden = !offline;
}

addEventListener("offline", () => show(true));
addEventListener("online", () => show(false));
addEventListener("luna:reached", () => show(false));
addEventListener("luna:unreached", () => show(true));
show(!navigator.onLine);
}
{
// The service worker keeps the offline page. It starts after the page, so it costs the first load nothing.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
}
