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
