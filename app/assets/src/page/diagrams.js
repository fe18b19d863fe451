import { offerClauses } from './clauses.js';

// Draws the diagrams of a page when they come into view. The viewer is large, so it is loaded only then.
let viewer = null;

function loadViewer({ viewer: source, styles }) {
  viewer ??= new Promise((resolve, reject) => {
    const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: styles });
    const script = Object.assign(document.createElement('script'), { src: source, onload: resolve, onerror: reject });
    document.head.append(sheet, script);
  });
  return viewer;
}

// The wheel scrolls the page, so the scale has buttons.
function offerZoom(canvas, diagram) {
  const tools = document.createElement('div');
  tools.className = 'diagram-tools';
  const offer = (words, title, act) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: words, title });
    button.className = 'btn btn-sm btn-light border';
    button.setAttribute('aria-label', title);
    button.addEventListener('click', act);
    tools.append(button);
  };
  offer('＋', '放大', () => diagram.zoomBy(1.25));
  offer('－', '缩小', () => diagram.zoomBy(0.8));
  offer('全图', '显示全图', () => diagram.whole());
  offer('还原', '还原到打开时的样子', () => diagram.fit());
  canvas.parentElement.append(tools);
}

async function draw(canvas) {
  try {
    const [answer] = await Promise.all([fetch(canvas.dataset.source), loadViewer(canvas.dataset)]);
    if (!answer.ok) {
      throw new Error(`status ${answer.status}`);
    }
    const xml = await answer.text();
    canvas.replaceChildren();
    const diagram = await window.Diagram.open(canvas, xml, {
      state: JSON.parse(canvas.dataset.state),
      onClick: ({ id }) => document.dispatchEvent(new CustomEvent('diagram:chosen', { detail: { id } })),
    });
    canvas.style.height = `${Math.min(diagram.height, window.innerHeight * 0.75)}px`;
    diagram.fit();
    offerZoom(canvas, diagram);
    offerClauses(canvas, diagram);
    if (canvas.dataset.element) {
      diagram.choose(canvas.dataset.element);
    }
  } catch {
    canvas.textContent = '流程图没有加载成功，请刷新页面重试；办理情况见下方的办理记录。';
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      seen.unobserve(target);
      draw(target);
    }
  }
});
document.querySelectorAll('[data-diagram]').forEach((canvas) => seen.observe(canvas));
