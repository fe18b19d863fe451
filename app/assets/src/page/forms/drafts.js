// Saves the draft by itself: soon after typing stops, again after a failure, and never over what another window saved.
const QUIET = 1500;
const RETRY = [5, 10, 20, 40, 60];
const REFUSED = { 401: '登录已过期，内容尚未保存：请在新窗口中登录，再回到这里继续' };

export function keepDraft(form, uploads) {
  const state = form.querySelector('[data-draft-state]');
  const revision = form.elements.namedItem('_rev');
  let changed = 0; // counts changes, so that one made during a save is seen
  let saved = 0;
  let failures = 0;
  let timer = 0;
  let running = null;
  let stopped = false;
  let leaving = false;

  function tell(text, style = '') {
    state.textContent = text;
    state.className = `draft-state ${style}`;
  }

  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function touch() {
    changed += 1;
    if (!stopped) {
      later(QUIET);
    }
  }

  function save({ keepalive = false } = {}) {
    clearTimeout(timer);
    running ??= write(keepalive).finally(() => {
      running = null;
      if (changed > saved && !stopped && !failures) {
        later(QUIET);
      }
    });
    return running;
  }

  async function write(keepalive) {
    const at = changed;
    tell('正在保存……');
    let answer;
    let body;
    try {
      answer = await fetch(form.dataset.draft, {
        method: 'POST',
        body: contents(form),
        headers: { Accept: 'application/json', 'X-CSRFToken': form.elements.namedItem('csrf_token').value },
        redirect: 'error',
        keepalive,
      });
      body = await answer.json();
    } catch {
      again('网络不通，尚未保存，将自动重试');
      return;
    }
    if (answer.ok) {
      [saved, failures] = [at, 0];
      revision.value = body.rev;
      tell(`已自动保存 ${body.saved}`, 'draft-saved');
    } else if (answer.status === 401 || answer.status >= 500) {
      again(REFUSED[answer.status] ?? '暂时没有存上，将自动重试');
    } else {
      // Trying again would not help: the person has to do something first.
      stopped = answer.status !== 422;
      saved = answer.status === 422 ? at : saved;
      tell(body.error ?? '草稿没有存上，请复制内容后刷新页面', 'draft-failed');
    }
  }

  function again(text) {
    tell(text, 'draft-failed');
    later(RETRY[Math.min(failures, RETRY.length - 1)] * 1000);
    failures += 1;
  }

  form.addEventListener('input', touch);
  form.addEventListener('change', touch);
  form.addEventListener('form:changed', touch);
  window.addEventListener('online', () => changed > saved && !stopped && save());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && changed > saved && !stopped && !leaving) {
      save({ keepalive: true });
    }
  });
  window.addEventListener('beforeunload', (event) => {
    if (!leaving && (changed > saved || uploads.busy())) {
      event.preventDefault();
    }
  });
  form.querySelector('[data-save]').addEventListener('click', (event) => {
    if (stopped) {
      leaving = true; // the button posts the page, which says what to do
      return;
    }
    event.preventDefault();
    save();
  });

  return {
    settled: () => running ?? Promise.resolve(),
    busy: () => running !== null,
    // What was typed last is saved too, unless that cannot be.
    flush: async () => {
      await running;
      if (changed > saved && !stopped) {
        await save();
      }
    },
    // From here on the page is given up to what the server answers.
    leave: () => {
      leaving = true;
      clearTimeout(timer);
    },
    stay: () => {
      leaving = false;
    },
  };
}

// Everything but the files, which are uploaded on their own.
function contents(form) {
  const data = new FormData(form);
  for (const input of form.querySelectorAll('input[type=file]')) {
    const texts = data.getAll(input.name).filter((value) => typeof value === 'string');
    data.delete(input.name);
    texts.forEach((text) => data.append(input.name, text));
  }
  return data;
}
