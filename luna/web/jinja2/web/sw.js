// Luna's service worker. It keeps only what is the same for everybody: the offline page, the look and
// the scripts. A page about a person is never stored. `version` changes whenever any of it does.
"use strict";
const CACHE = "luna-" + {{ version | tojson }};
const OFFLINE = "/offline";
const SHELL = [
  OFFLINE,
  {{ static("luna.css") | tojson }},
  {{ static("luna.js") | tojson }},
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
  try {
    return await asked(request);
  } catch {
    return (await caches.match(OFFLINE, { cacheName: CACHE })) || Response.error();
  }
}

async function part(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forget()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && SHELL.includes(pathname)) event.respondWith(part(request));
});
