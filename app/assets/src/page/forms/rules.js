// Conditions, sums and texts that follow what is typed. They are evaluated by the very FEEL evaluator that the server
// uses, in the same order and over and over until nothing changes (app/features/forms/answers.py), so that the page
// shows what the server will find.
import { isEmpty, tidy, valueOf, words } from './values.js';

const MAX_PASSES = 8;
const WAIT = 120;

let evaluator = null;

function loadEvaluator(source) {
  evaluator ??= new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), {
      src: source, onload: () => resolve(window.feel), onerror: reject,
    }));
  });
  return evaluator;
}

export async function react(form) {
  if (!form.dataset.feelin) {
    return;
  }
  let feel;
  try {
    feel = await loadEvaluator(form.dataset.feelin);
  } catch {
    return; // The server evaluates everything again; its errors show what the page could not.
  }
  const started = Date.now();
  const context = JSON.parse(form.dataset.context);
  const now = () => Number(form.dataset.now) + Date.now() - started;
  const update = () => settle(form, context, (expression, names) => (
    feel.evaluate('expression', expression, JSON.stringify(names), now()).value ?? null));
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(update, WAIT);
  };
  form.addEventListener('input', later);
  form.addEventListener('change', update);
  form.addEventListener('form:changed', update);
  update();
}

function settle(form, context, evaluate) {
  const root = { view: {}, row: 0 };
  const records = recordsOf(form);
  const cells = [...form.querySelectorAll('[data-part], [data-field], [data-compute], [data-rows]')];
  const recordOf = (cell) => records.get(cell.closest('[data-row]')) ?? root;
  const answer = (expression, record) => {
    const names = { ...context, ...root.view, this: record.view };
    if (record.row) {
      Object.assign(names, { parent: root.view, i: [record.row] });
    }
    const written = Object.entries(names).filter(([name]) => expression.includes(name));
    return evaluate(expression, Object.fromEntries(written));
  };
  const hidden = new Set();
  let before;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const computed = cells.map((cell) => place(cell, recordOf(cell), { hidden, records, answer }));
    const state = JSON.stringify([computed, cells.map((cell) => hidden.has(cell))]);
    if (state === before) {
      break;
    }
    before = state;
  }
  show(form, cells, { hidden, recordOf, answer });
}

// One record a row, numbered from 1; rows in which nothing stands do not count.
function recordsOf(form) {
  const records = new Map();
  for (const list of form.querySelectorAll('[data-rows]')) {
    [...list.querySelectorAll('[data-row]')].forEach((row, index) => {
      const blank = list.dataset.changeable === 'yes'
        && [...row.querySelectorAll('[data-field]')].every((field) => isEmpty(valueOf(field)));
      records.set(row, { view: {}, row: index + 1, blank });
    });
  }
  return records;
}

// Evaluates one cell of the form and puts its value into its record; returns what was computed.
function place(cell, record, { hidden, records, answer }) {
  const { part, hide, field, compute, key, rows } = cell.dataset;
  const above = cell.parentElement.closest('[data-part]');
  if (part !== undefined) {
    const hides = (hide && answer(hide, record) === true) || (above && hidden.has(above));
    hidden[hides ? 'add' : 'delete'](cell);
    return null;
  }
  const gone = above && hidden.has(above);
  if (field !== undefined) {
    record.view[field] = gone ? null : valueOf(cell);
  } else if (compute !== undefined) {
    record.view[key] = gone ? null : tidy(answer(compute, record));
    return record.view[key];
  } else {
    const own = [...cell.querySelectorAll('[data-row]')].map((row) => records.get(row));
    record.view[rows] = gone ? [] : own.filter(({ blank }) => !blank).map(({ view }) => view);
  }
  return null;
}


function show(form, cells, { hidden, recordOf, answer }) {
  for (const cell of cells) {
    if (cell.dataset.part !== undefined) {
      cell.hidden = hidden.has(cell);
    }
    if (cell.dataset.compute !== undefined) {
      write(cell, words(recordOf(cell).view[cell.dataset.key]));
    }
  }
  for (const text of form.querySelectorAll('[data-feel]')) {
    const value = answer(text.dataset.feel, recordOf(text));
    write(text, text.tagName === 'P' && value === null ? '' : words(value));
  }
}

function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
