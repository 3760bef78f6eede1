// The service worker keeps the offline page. It starts after the page, so it costs the first load nothing.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
