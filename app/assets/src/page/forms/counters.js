// Counts characters while they are typed; a Chinese character counts one, as it does on the server.
export function count(form) {
  form.addEventListener('input', ({ target }) => update(target));
  form.querySelectorAll('[data-longest]').forEach(update);
}

function update(control) {
  const counter = control.dataset?.longest && document.getElementById(`${control.id}-c`);
  if (!counter) {
    return;
  }
  const longest = Number(control.dataset.longest);
  const length = [...control.value.trim()].length;
  counter.textContent = length > longest ? `超出 ${length - longest} 字，最多 ${longest} 字` : `${length} / ${longest} 字`;
  counter.classList.toggle('counter-over', length > longest);
  // Beside a short line the count matters only towards its end.
  counter.hidden = control.tagName === 'INPUT' && length < longest * 0.8;
}
