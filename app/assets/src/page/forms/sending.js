// Submits once: a second click does nothing, and neither a running save nor an upload is overtaken.
export function send(form, { draft, uploads }) {
  const buttons = [...form.querySelectorAll('[data-submit], [data-save]')];
  let sending = false;

  function release() {
    sending = false;
    buttons.forEach((button) => button.removeAttribute('aria-disabled'));
    draft.stay();
  }

  form.addEventListener('submit', async (event) => {
    const { submitter } = event;
    if (sending) {
      event.preventDefault();
      return;
    }
    if (uploads.busy()) {
      event.preventDefault();
      window.alert('还有文件正在上传，请等上传完成后再提交。');
      return;
    }
    if (draft.busy()) {
      event.preventDefault();
      await draft.settled();
      form.requestSubmit(submitter);
      return;
    }
    sending = true;
    draft.leave();
    // Disabling a button would take its name out of the post.
    buttons.forEach((button) => button.setAttribute('aria-disabled', 'true'));
  });

  // The Enter key presses the first button, which saves: on this page that needs no reloading.
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('input:not([type=file])')) {
      event.preventDefault();
    }
  });

  // A page taken from the browser's memory by its back button can be sent again.
  window.addEventListener('pageshow', ({ persisted }) => persisted && release());
}
