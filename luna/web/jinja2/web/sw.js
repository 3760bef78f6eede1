// Luna's service worker. It keeps only what is the same for everybody: the offline page, the calm ones, the
// look and the scripts. A page about a person is never stored. `version` changes whenever any of it does.
"use strict";
const CACHE = "luna-" + {{ version | tojson }};
const OFFLINE = "/offline";
// Pages that are of use without network, as a stranger gets them. What they are asked with does not matter,
// but that the quiet one stays quiet.
const PAGES = ["/calm?quiet", "/calm", "/calm/sounds", "/calm/practices"];
const SHELL = [
  OFFLINE,
  ...PAGES,
  {{ static("luna.css") | tojson }},
  {{ static("luna.js") | tojson }},
  {{ static("sound.js") | tojson }},
  {{ static("fonts/luna-ahn.woff2") | tojson }},
  {{ static("icons/favicon.svg") | tojson }},
];

async function keep() {
  const cache = await caches.open(CACHE);
  // Without cookies: what is stored must be what a stranger would get.
  await Promise.all(
    SHELL.map(async (url) => {
      const answer = await fetch(new Request(url, { credentials: "omit", cache: "reload" }));
      if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
      await cache.put(url, answer);
    }),
  );
}

async function forget() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("luna-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// Back to the answer of a form is asked of the browser's store alone, which never has it: the form is
// opened anew. Else a phone with network would be told that it is offline and the clinic knows nothing.
function asked(request) {
  return request.cache === "only-if-cached" ? fetch(request.url, { redirect: "manual" }) : fetch(request);
}

async function page(request) {
  const form = request.method === "POST" ? request.clone() : null;
  try {
    return await asked(request);
  } catch {
    return (!form && (await calm(request.url))) || offline(request.url, form);
  }
}

async function calm(url) {
  const { pathname, search } = new URL(url);
  const name = PAGES.find((each) => each === pathname + search) || PAGES.find((each) => each === pathname);
  return name && caches.match(name, { cacheName: CACHE });
}

// "Try again" asks for the same page, or sends the same form: an answer is not lost, and none is asked
// twice. What was typed lies in the page that is shown, as it did before, and is stored nowhere.
async function offline(url, form) {
  const kept = await caches.match(OFFLINE, { cacheName: CACHE });
  if (!kept) return Response.error();
  const fields = form ? await form.formData().catch(() => null) : null;
  const again = fields ? [...fields].filter(([, value]) => typeof value === "string") : null;
  const html = (await kept.text()).replace(/<a ([^>]*)data-again href="[^"]*">(.*?)<\/a>/s, (whole, look, words) => {
    if (!again) return form ? whole : `<a ${look}href="${safe(url)}">${words}</a>`;
    const hidden = again.map(([name, value]) => `<input type="hidden" name="${safe(name)}" value="${safe(value)}">`);
    return `<form method="post" action="${safe(url)}">${hidden.join("")}<button type="submit" ${look}>${words}</button></form>`;
  });
  return new Response(html, { headers: kept.headers });
}

function safe(text) {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}

async function part(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

// A message that appears by itself says one line and which one it is. Where it leads is asked of Luna,
// which knows whose it is: nothing here takes an address from a message.
function told(data) {
  try {
    const { text, notice } = data.json();
    return { text: String(text), notice: /^[0-9a-f-]{36}$/.test(notice) ? notice : "" };
  } catch {
    return { text: {{ _("Open Luna") | tojson }}, notice: "" };
  }
}

function appear(data) {
  const { text, notice } = told(data);
  const look = { body: text, tag: notice || "luna", data: notice, icon: {{ static("icons/luna-192.png") | tojson }} };
  return self.registration.showNotification("Luna", look);
}

self.addEventListener("push", (event) => event.waitUntil(appear(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const notice = event.notification.data;
  event.waitUntil(self.clients.openWindow(notice ? `/n/${notice}` : "/"));
});
self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forget()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && SHELL.includes(pathname)) event.respondWith(part(request));
});
