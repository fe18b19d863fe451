// Fingers move a diagram: one sideways, because up and down belongs to the page; two anywhere, and closer or apart.
export function followFingers(container, canvas) {
  const fingers = new Map();
  container.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, event);
    }
  });
  container.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) {
      return;
    }
    const before = hold(fingers);
    fingers.set(event.pointerId, event);
    const after = hold(fingers);
    const several = fingers.size > 1;
    canvas.scroll({ dx: after.x - before.x, dy: several ? after.y - before.y : 0 });
    if (several && before.spread > 0) {
      const { left, top } = container.getBoundingClientRect();
      const scale = Math.min(Math.max(canvas.zoom() * (after.spread / before.spread), 0.1), 4);
      canvas.zoom(scale, { x: after.x - left, y: after.y - top });
    }
  });
  for (const end of ['pointerup', 'pointercancel']) {
    window.addEventListener(end, ({ pointerId }) => fingers.delete(pointerId));
  }
}

// The middle of the fingers, and how far the first two are apart.
function hold(fingers) {
  const points = [...fingers.values()];
  const middle = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [one, two = one] = points;
  return {
    x: middle(({ clientX }) => clientX),
    y: middle(({ clientY }) => clientY),
    spread: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY),
  };
}
