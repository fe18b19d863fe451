// The diagram viewer: window.Diagram.open(container, xml, options) draws a diagram and answers an object to mark it with.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { followFingers } from './touch.js';
import './viewer.css';

const STATES = ['done', 'running', 'coming', 'failed'];
const QUALITIES = ['lit', 'dim', 'bare'];
const BADGE_PLACES = {
  done: { top: -12, right: 14 },
  running: { top: -12, right: 14 },
  coming: { top: -12, right: 14 },
  failed: { top: -12, left: -12 },
};

const READABLE = 0.9;
const MARGIN = 16;

// Keeps a window of that length over a drawing, centred where the drawing is the smaller.
function within(start, from, length, window) {
  return window >= length + 2 * MARGIN
    ? from + length / 2 - window / 2
    : Math.min(Math.max(start, from - MARGIN), from + length + MARGIN - window);
}

class Diagram {
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = viewer.get('canvas');
    this.overlays = viewer.get('overlays');
    this.registry = viewer.get('elementRegistry');
    this.chosen = null;
  }

  // state: one of done, running, coming, failed. Ids that are not on the diagram are passed over: a case may have
  // been through an element that a later version of the diagram no longer has.
  mark(ids, state) {
    if (!STATES.includes(state)) {
      throw new Error(`unknown state: ${state}`);
    }
    for (const id of this.drawn(ids)) {
      STATES.forEach((other) => this.canvas.removeMarker(id, `diagram-${other}`));
      this.canvas.addMarker(id, `diagram-${state}`);
    }
  }

  markTaken(flowIds) {
    this.drawn(flowIds).forEach((id) => this.canvas.addMarker(id, 'diagram-taken'));
  }

  badge(id, text, { state = 'running', title = '' } = {}) {
    for (const drawn of this.drawn([id])) {
      const html = document.createElement('span');
      html.className = `diagram-badge diagram-badge-${state}`;
      html.textContent = text;
      html.title = title;
      this.overlays.add(drawn, 'state', { position: BADGE_PLACES[state], html });
    }
  }

  // Everything at once: { done: [id], running: [id], coming: [id], failed: [id], taken: [flow id],
  // badges: { id: { text, state, title } } }. What was marked before goes.
  show({ taken = [], badges = {}, ...marks }) {
    this.clear();
    STATES.forEach((state) => this.mark(marks[state] ?? [], state));
    this.markTaken(taken);
    Object.entries(badges).forEach(([id, { text, ...options }]) => this.badge(id, text, options));
  }

  clear() {
    this.overlays.remove({ type: 'state' });
    for (const { id } of this.registry.getAll()) {
      [...STATES, 'taken'].forEach((state) => this.canvas.removeMarker(id, `diagram-${state}`));
    }
  }

  // Colours elements by a quality that is no state: 'lit' or 'dim' or 'bare' by id. What was coloured before goes.
  colour(qualities) {
    for (const { id } of this.registry.getAll()) {
      QUALITIES.forEach((quality) => this.canvas.removeMarker(id, `diagram-${quality}`));
    }
    for (const [id, quality] of Object.entries(qualities)) {
      this.drawn([id]).forEach((drawn) => this.canvas.addMarker(drawn, `diagram-${quality}`));
    }
  }

  choose(id) {
    if (this.chosen) {
      this.canvas.removeMarker(this.chosen, 'diagram-chosen');
    }
    [this.chosen = null] = this.drawn([id]);
    if (this.chosen) {
      this.canvas.addMarker(this.chosen, 'diagram-chosen');
      this.canvas.scrollToElement(this.chosen);
    }
  }

  // Moves the drawing so that an element can be seen.
  bring(id) {
    this.drawn([id]).forEach((drawn) => this.canvas.scrollToElement(drawn));
  }

  // The whole diagram if its words can still be read then; else as small as can be read, beginning where something is
  // going on, to be moved about with the mouse or a finger.
  fit() {
    this.canvas.resized();
    this.canvas.zoom('fit-viewport', 'auto');
    if (this.canvas.zoom() >= READABLE) {
      return;
    }
    const { inner, outer } = this.canvas.viewbox();
    const width = outer.width / READABLE;
    const height = outer.height / READABLE;
    const focus = this.registry.find((element) => this.canvas.hasMarker(element, 'diagram-running') && !element.waypoints);
    const x = focus ? focus.x + focus.width / 2 - width / 2 : inner.x - MARGIN;
    const y = focus ? focus.y + focus.height / 2 - height / 2 : inner.y - MARGIN;
    this.canvas.viewbox({ x: within(x, inner.x, inner.width, width), y: within(y, inner.y, inner.height, height), width, height });
  }

  whole() {
    this.canvas.resized();
    this.canvas.zoom('fit-viewport', 'auto');
  }

  zoomBy(factor) {
    this.canvas.zoom(Math.min(Math.max(this.canvas.zoom() * factor, 0.1), 4));
  }

  // How high the drawing stands on the page at the scale of `fit`.
  get height() {
    const { inner, outer } = this.canvas.viewbox();
    return inner.height * Math.max(outer.width / inner.width, READABLE) + 2 * MARGIN;
  }

  onClick(listener) {
    this.viewer.get('eventBus').on('element.click', ({ element }) => {
      const { businessObject } = element.labelTarget ?? element;
      listener({ id: businessObject.id, name: businessObject.name ?? '', type: businessObject.$type });
    });
  }

  drawn(ids) {
    return ids.filter((id) => this.registry.get(id));
  }
}

// options: state (see Diagram.show), onClick({ id, name, type }). Fails with an Error when the diagram cannot be read.
async function open(container, xml, { state = {}, onClick = null } = {}) {
  container.classList.add('diagram');
  const viewer = new NavigatedViewer({ container, moddleExtensions: { zeebe } });
  await viewer.importXML(xml);
  const diagram = new Diagram(viewer);
  diagram.show(state);
  diagram.fit();
  followFingers(container, diagram.canvas);
  if (onClick) {
    diagram.onClick(onClick);
  }
  return diagram;
}

window.Diagram = { open };
