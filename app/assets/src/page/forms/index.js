// The forms of tasks. A form works without any of this: the script spares waiting and typing, nothing more.
import './forms.css';
import { keepDraft } from './drafts.js';
import { count } from './counters.js';
import { changeRows } from './rows.js';
import { react } from './rules.js';
import { send } from './sending.js';
import { upload } from './uploads.js';

for (const form of document.querySelectorAll('form[data-form]')) {
  const uploads = upload(form);
  const draft = keepDraft(form, uploads);
  changeRows(form);
  count(form);
  react(form);
  send(form, { draft, uploads });
  for (const link of document.querySelectorAll('a[data-after-draft]')) {
    link.addEventListener('click', async (event) => {
      event.preventDefault();
      await draft.flush();
      window.location.assign(link.href);
    });
  }
  for (const other of document.querySelectorAll('form[data-after-draft]')) {
    other.addEventListener('submit', async (event) => {
      event.preventDefault();
      await draft.flush();
      other.submit();
    });
  }
  form.querySelector('[data-print-draft]').addEventListener('click', async (event) => {
    event.preventDefault();
    await draft.flush();
    window.location.assign(event.target.href);
  });
}
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

// Errors come first: whoever cannot see the page hears them, and everybody else sees the top of the list.
const summary = document.getElementById('error-summary');
if (summary) {
  summary.focus();
  summary.scrollIntoView({ block: 'start' });
}
