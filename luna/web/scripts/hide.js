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
