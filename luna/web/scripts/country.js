// Without network the numbers of the right country stand open: that of the last clinic seen here.
const here = document.body.dataset.country;
try {
  if (here) localStorage.setItem("country", here);
  for (const each of document.querySelectorAll("[data-countries]")) {
    each.open ||= each.dataset.countries.split(" ").includes(localStorage.getItem("country"));
  }
} catch {
  // A browser that keeps nothing shows the list closed.
}
