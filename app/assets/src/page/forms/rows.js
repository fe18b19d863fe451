// Adds and deletes rows in place; without the script the same buttons ask the server.
export function changeRows(form) {
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-add-row], [data-delete-row]');
    if (!button) {
      return;
    }
    event.preventDefault();
    const list = button.closest('[data-rows]');
    if (button.matches('[data-add-row]')) {
      add(list);
    } else {
      remove(list, button.closest('[data-row]'));
    }
    form.dispatchEvent(new CustomEvent('form:changed'));
  });
  form.querySelectorAll('[data-rows]').forEach(renumber);
}

function rowsOf(list) {
  return [...list.querySelectorAll('[data-row]')];
}

function add(list) {
  // Numbers in names only tell rows apart: a new one gets the next that was never used.
  const used = rowsOf(list).map((row) => Number(row.querySelector(`[name="${list.dataset.rows}-row"]`).value));
  const next = Math.max(Number(list.dataset.next ?? 0), ...used.map((number) => number + 1));
  list.dataset.next = next + 1;
  const blank = document.createElement('template');
  blank.innerHTML = list.querySelector('[data-blank]').innerHTML.replaceAll('__i__', next);
  list.querySelector('[data-body]').append(blank.content);
  renumber(list);
  rowsOf(list).at(-1).querySelector('input:not([type=hidden]), select, textarea')?.focus();
}

function remove(list, row) {
  const typed = [...row.querySelectorAll('input:not([type=hidden]), textarea')]
    .some(({ type, checked, value }) => (type === 'checkbox' || type === 'radio' ? checked : value.trim() !== ''));
  if (typed && !window.confirm(`删除“${list.dataset.label}”第 ${rowsOf(list).indexOf(row) + 1} 行？`)) {
    return;
  }
  row.remove();
  renumber(list);
  list.querySelector('[data-add-row]').focus();
}

function renumber(list) {
  const rows = rowsOf(list);
  rows.forEach((row, index) => {
    for (const place of row.querySelectorAll('[data-number]')) {
      place.textContent = index + 1;
    }
    for (const label of row.querySelectorAll('label.visually-hidden, legend.visually-hidden, [id$="-l"]')) {
      const text = label.firstChild;
      text.data = text.data.replace(/第 \d+ 行/, `第 ${index + 1} 行`);
    }
  });
  list.querySelector('[data-empty]').hidden = rows.length > 0;
  const button = list.querySelector('[data-add-row]');
  if (button) {
    button.disabled = rows.length >= Number(list.dataset.longest);
  }
}
