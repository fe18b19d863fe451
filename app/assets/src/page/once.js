// A second click while the first is on its way would do the same thing again.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button')) {
      button.disabled = true;
    }
  });
}
// A page taken from the browser's memory by its back button has its buttons again.
window.addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-once] button:disabled').forEach((button) => {
    button.disabled = false;
  });
});
