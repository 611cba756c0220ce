/** Mouse, pen and fingers on the stage: which movement means what. Places are in CSS pixels of the stage. */

/** A wheel's notch, and what a finger on a trackpad moves for one image. */
const NOTCH_PX = 100;
const STEP_PX = 60;
const LINE_PX = 40;
/** How much of the zoom a wheel's pixel is, and the most that one event may bring. */
const ZOOM_PER_PX = 0.01;
const MOST_PX = 25;

/**
 * @typedef {[number, number]} Place
 *
 * @typedef {object} Gestures
 * @property {(step: number) => void} onStep
 * @property {(factor: number, at: Place) => void} onZoom
 * @property {(dx: number, dy: number) => void} onPan
 * @property {() => boolean} canWindow Else a drag moves the picture.
 * @property {() => void} onWindowStart
 * @property {(dx: number, dy: number) => void} onWindow From where the drag began.
 * @property {(at: Place | null) => void} onPoint
 * @property {() => void} onOpen
 */

/** @param {HTMLElement} stage @param {Gestures} gestures */
export function listenToGestures(stage, gestures) {
  const { onStep, onZoom, onPan, canWindow, onWindowStart, onWindow, onPoint, onOpen } = gestures;
  /** Those that are down. @type {Map<number, {at: Place, from: Place, kind: 'window' | 'pan'}>} */
  const pointers = new Map();
  let scrolled = 0;

  /** @param {MouseEvent} event @returns {Place} */
  function placeOf(event) {
    const { left, top } = stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  stage.addEventListener('pointerdown', (event) => {
    stage.focus({ preventScroll: true });
    if (event.button > 2) return; // back and forward
    const at = placeOf(event);
    stage.setPointerCapture(event.pointerId);
    const pans = event.button > 0 || event.shiftKey || !canWindow();
    pointers.set(event.pointerId, { at, from: at, kind: pans ? 'pan' : 'window' });
    // A second finger makes both of them zoom and move; what the first had begun is left as it is.
    for (const pointer of pointers.values()) if (pointers.size > 1) pointer.kind = 'pan';
    if (pointers.size === 1 && !pans) onWindowStart();
    event.preventDefault(); // else the middle button would scroll
  });

  stage.addEventListener('pointermove', (event) => {
    const at = placeOf(event);
    const pointer = pointers.get(event.pointerId);
    if (!pointer) {
      onPoint(at);
      return;
    }
    if (pointers.size > 1) pinch(event.pointerId, at);
    else if (pointer.kind === 'pan') onPan(at[0] - pointer.at[0], at[1] - pointer.at[1]);
    else onWindow(at[0] - pointer.from[0], at[1] - pointer.from[1]);
    pointer.at = at;
  });

  /** @param {number} id Of the finger that has moved. @param {Place} at Where to. */
  function pinch(id, at) {
    const [one, other] = [...pointers.entries()].slice(0, 2);
    if (!one || !other || (one[0] !== id && other[0] !== id)) return;
    const still = one[0] === id ? other[1].at : one[1].at;
    const before = /** @type {{at: Place}} */ (pointers.get(id)).at;
    const middle = /** @type {Place} */ ([(at[0] + still[0]) / 2, (at[1] + still[1]) / 2]);
    onPan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    const length = (/** @type {Place} */ place) => Math.hypot(place[0] - still[0], place[1] - still[1]) || 1;
    onZoom(length(at) / length(before), middle);
  }

  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture'])) {
    stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  stage.addEventListener('pointerleave', () => onPoint(null));
  stage.addEventListener('contextmenu', (event) => event.preventDefault()); // the right button pans
  stage.addEventListener('dblclick', () => onOpen());

  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      // With shift, some systems scroll sideways.
      const delta = (event.deltaY || event.deltaX) * (event.deltaMode ? LINE_PX : 1);
      if (event.ctrlKey || event.shiftKey) {
        onZoom(Math.exp(-Math.max(-MOST_PX, Math.min(MOST_PX, delta)) * ZOOM_PER_PX), placeOf(event));
        return;
      }
      if (Math.sign(delta) !== Math.sign(scrolled)) scrolled = 0;
      scrolled += delta;
      const steps = Math.abs(delta) >= NOTCH_PX ? Math.sign(delta) : Math.trunc(scrolled / STEP_PX);
      if (!steps) return;
      scrolled = 0;
      onStep(steps);
    },
    { passive: false },
  );
}
