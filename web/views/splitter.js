/** A bar between two panes that is dragged or moved by arrow keys (ARIA window splitter). */

const STEP_PX = 16;

/**
 * @param {HTMLElement} bar
 * @param {{label: string, property: string, pane: HTMLElement, edge: 'left' | 'right', min: number}} options
 *   `property` is the custom property of the bar's parent that holds the pane's width; `edge` is where the pane lies.
 */
export function createSplitter(bar, { label, property, pane, edge, min }) {
  const panes = /** @type {HTMLElement} */ (bar.parentElement);
  const sign = edge === 'left' ? 1 : -1;
  bar.setAttribute('role', 'separator');
  bar.setAttribute('aria-orientation', 'vertical');
  bar.setAttribute('aria-label', label);
  bar.setAttribute('aria-controls', pane.id);
  bar.tabIndex = 0;

  /** @param {number} wanted */
  function resize(wanted) {
    const max = Math.max(min, Math.floor(panes.clientWidth * 0.6));
    const width = Math.round(Math.max(min, Math.min(max, wanted)));
    panes.style.setProperty(property, `${width}px`);
    bar.setAttribute('aria-valuemin', String(min));
    bar.setAttribute('aria-valuemax', String(max));
    bar.setAttribute('aria-valuenow', String(width));
  }

  new ResizeObserver(() => {
    if (pane.offsetWidth) bar.setAttribute('aria-valuenow', String(Math.round(pane.offsetWidth)));
  }).observe(pane);

  bar.addEventListener('pointerdown', (event) => {
    const from = event.clientX;
    const width = pane.offsetWidth;
    bar.setPointerCapture(event.pointerId);
    bar.classList.add('dragging');
    const move = (/** @type {PointerEvent} */ moved) => resize(width + sign * (moved.clientX - from));
    const end = () => {
      bar.classList.remove('dragging');
      bar.removeEventListener('pointermove', move);
    };
    bar.addEventListener('pointermove', move);
    bar.addEventListener('lostpointercapture', end, { once: true });
    event.preventDefault();
  });
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: STEP_PX, ArrowLeft: -STEP_PX }[event.key];
    if (!step) return;
    resize(pane.offsetWidth + sign * step);
    event.preventDefault();
  });
}
