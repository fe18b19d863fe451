// Reads what stands in a form, the way the server does (app/features/forms/fields.py), and writes values in words.
const PLAIN = /^([+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+)$/;
const DASHES = { '−': '-', '–': '-', '—': '-', '。': '.' };
const MAX_DIGITS = 15;

// The number somebody typed, with full-width digits, separators or the unit behind it; null when it is none.
export function parseNumber(typed, unit = '') {
  let text = typed.normalize('NFKC').replace(/[−–—。]/g, (sign) => DASHES[sign]).replace(/\s+/g, '');
  if (unit && text.endsWith(unit)) {
    text = text.slice(0, -unit.length);
  }
  if (!PLAIN.test(text) || text.replace(/[^\d]/g, '').replace(/^0+/, '').length > MAX_DIGITS) {
    return null;
  }
  return Number(text.replaceAll(',', ''));
}

// The value of one field as FEEL sees it. `element` carries data-kind and holds the controls.
export function valueOf(element) {
  const { kind, unit } = element.dataset;
  const locked = element.querySelector('[data-value]');
  if (locked) {
    return JSON.parse(locked.dataset.value);
  }
  switch (kind) {
    case 'checkbox':
      return element.querySelector('input').checked;
    case 'radio':
      return element.querySelector('input:checked')?.value ?? null;
    case 'checklist':
      return [...element.querySelectorAll('input:checked')].map((input) => input.value);
    case 'filepicker':
      return [...element.querySelectorAll('[data-file-list] input[type=hidden]')].map(({ value, dataset }) => (
        { id: value, name: dataset.name, size: Number(dataset.size) }));
    case 'number': {
      const typed = element.querySelector('input').value.trim();
      return typed === '' ? null : parseNumber(typed, unit);
    }
    default:
      return element.querySelector('input, textarea, select').value.trim() || null;
  }
}

export function isEmpty(value) {
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
}

// A value for reading; app/web/forms/reading.py writes the same.
export function words(value) {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    return '—';
  }
  if (typeof value === 'boolean') {
    return value ? '是' : '否';
  }
  if (typeof value === 'number') {
    // A year is no amount.
    const useGrouping = !Number.isInteger(value) || Math.abs(value) >= 10_000;
    return value.toLocaleString('en-US', { maximumFractionDigits: 20, useGrouping });
  }
  if (Array.isArray(value)) {
    return value.map(words).join('、');
  }
  return typeof value === 'object' ? words(value.label ?? value.name) : String(value);
}

// A computed number without the dust of binary fractions: at most six decimals.
export function tidy(value) {
  return typeof value === 'number' && Math.abs(value) < 1e15 ? Number(value.toFixed(6)) : value;
}
