// "Leave this page": go at once, and leave no way back in this tab's history.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-leave]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  location.replace(link.href);
});
