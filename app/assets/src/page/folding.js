// On a phone what lies beside the form lies above it: it is folded, so that the form is not far away.
if (window.matchMedia('(max-width: 61.99rem)').matches) {
  document.querySelectorAll('details[data-folds]').forEach((details) => {
    details.open = false;
  });
}
