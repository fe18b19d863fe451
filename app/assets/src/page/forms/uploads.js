// Uploads files as soon as they are chosen, one after the other, each with its progress and a way to try again. They
// belong to the draft from then on, whatever becomes of the page.
const LARGEST = 50 * 1024 * 1024;

export function upload(form) {
  const waiting = [];
  let running = false;

  async function work() {
    if (running) {
      return;
    }
    running = true;
    while (waiting.length > 0) {
      await transfer(form, waiting.shift());
    }
    running = false;
  }

  form.addEventListener('change', (event) => {
    const place = event.target.type === 'file' && event.target.closest('[data-files]');
    if (!place) {
      return;
    }
    for (const file of event.target.files) {
      const item = { file, place, line: line(place, file.name) };
      if (file.size > LARGEST) {
        fail(item, '超过 50 MB，请压缩或拆分后再上传');
      } else {
        waiting.push(item);
      }
    }
    event.target.value = '';
    work();
  });

  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-remove-file]');
    if (button) {
      event.preventDefault();
      const place = button.closest('[data-files]');
      button.closest('li').remove();
      place.querySelector('input[type=file]').focus();
      form.dispatchEvent(new CustomEvent('form:changed'));
    }
  });

  form.addEventListener('upload:again', ({ detail }) => {
    waiting.push(detail);
    work();
  });

  return { busy: () => running || waiting.length > 0 };
}

function line(place, name) {
  const item = document.createElement('li');
  item.className = 'file';
  item.textContent = name;
  place.querySelector('[data-file-list]').append(item);
  return item;
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function transfer(form, item) {
  const { file, place, line: item_line } = item;
  const progress = element('progress', { max: 1, value: 0, className: 'file-progress' });
  progress.setAttribute('aria-label', `${file.name} 上传进度`);
  item_line.className = 'file';
  item_line.replaceChildren(element('span', {}, file.name), progress);
  const data = new FormData();
  data.append('field', place.dataset.files);
  data.append('file', file);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', form.dataset.upload);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-CSRFToken', form.elements.namedItem('csrf_token').value);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      progress.value = total ? loaded / total : 0;
    });
    request.addEventListener('load', () => {
      if (request.status === 201) {
        finish(item, request.response);
        form.dispatchEvent(new CustomEvent('form:changed'));
      } else {
        const expired = request.status === 401 && '登录已过期，请在新窗口中登录后重试';
        fail(item, expired || request.response?.error || '上传没有成功', form);
      }
    });
    request.addEventListener('error', () => fail(item, '网络不通，上传没有成功', form));
    request.addEventListener('loadend', resolve);
    request.send(data);
  });
}

function finish({ place, line: item }, added) {
  if (place.dataset.multiple !== 'yes') {
    [...item.parentElement.children].filter((other) => other !== item).forEach((other) => other.remove());
  }
  const kept = element('input', { type: 'hidden', name: place.dataset.files, value: added.id });
  Object.assign(kept.dataset, { name: added.name, size: added.size });
  const remove = element('button', { type: 'button', className: 'btn btn-sm btn-link file-remove' }, '移除');
  remove.dataset.removeFile = '';
  remove.setAttribute('aria-label', `移除 ${added.name}`);
  item.replaceChildren(
    element('a', { href: added.url, target: '_blank', rel: 'noopener' }, added.name), ' ',
    element('span', { className: 'file-size' }, added.shown_size), kept, remove,
  );
}

function fail(item, words, form = null) {
  const remove = element('button', { type: 'button', className: 'btn btn-sm btn-link file-remove' }, '移除');
  remove.dataset.removeFile = '';
  const message = element('span', { className: 'file-problem' }, words);
  message.setAttribute('role', 'alert');
  item.line.className = 'file file-failed';
  item.line.replaceChildren(element('span', {}, item.file.name), ' ', message);
  if (form) {
    const again = element('button', { type: 'button', className: 'btn btn-sm btn-outline-primary' }, '重试');
    again.addEventListener('click', () => form.dispatchEvent(new CustomEvent('upload:again', { detail: item })));
    item.line.append(' ', again);
  }
  item.line.append(remove);
}
