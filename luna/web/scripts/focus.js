// After a refused form the focus goes to the summary of what to mend.
document.querySelector("[data-focus]")?.focus();
