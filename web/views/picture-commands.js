/** What can be done with the picture, by name, and the keys for it; they count while the picture has the focus. */

/**
 * @typedef {'previous' | 'next' | 'first' | 'last' | 'previousSeries' | 'nextSeries' | 'play' | 'zoomIn' | 'zoomOut' |
 *   'fit' | 'actual' | 'rotate' | 'flipHorizontal' | 'flipVertical' | 'invert' | 'reset' | 'overlays' | 'contours' | 'shutter' |
 *   'text' | 'patient' | 'enlarge' | 'fullScreen' | 'leave' | 'wider' | 'narrower' | 'brighter' | 'darker' |
 *   'left' | 'right' | 'up' | 'down'} Command
 */

/** What can be done where no picture could be drawn: going on to the next, and leaving. @type {ReadonlySet<Command | number>} */
export const WITHOUT_PICTURE = new Set(
  /** @type {Command[]} */ (['previous', 'next', 'first', 'last', 'previousSeries', 'nextSeries', 'enlarge', 'leave']),
);

/** @type {Record<string, Command>} */
const KEYS = {
  ArrowUp: 'previous',
  ArrowLeft: 'previous',
  ArrowDown: 'next',
  ArrowRight: 'next',
  '[': 'previous',
  ']': 'next',
  Home: 'first',
  End: 'last',
  PageUp: 'previousSeries',
  PageDown: 'nextSeries',
  ' ': 'play',
  c: 'play',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  _: 'zoomOut',
  z: 'fit',
  a: 'actual',
  r: 'rotate',
  h: 'flipHorizontal',
  v: 'flipVertical',
  i: 'invert',
  0: 'reset',
  g: 'overlays',
  l: 'contours',
  s: 'shutter',
  t: 'text',
  n: 'patient',
  f: 'enlarge',
  Escape: 'leave',
};

/** @type {Record<string, Command>} */
const SHIFT_KEYS = {
  ArrowRight: 'wider',
  ArrowLeft: 'narrower',
  ArrowUp: 'brighter',
  ArrowDown: 'darker',
  f: 'fullScreen',
};

/** @type {Record<string, Command>} */
const CONTROL_KEYS = { ArrowRight: 'right', ArrowLeft: 'left', ArrowUp: 'up', ArrowDown: 'down' };

/**
 * @param {KeyboardEvent} event
 * @returns {Command | number | undefined} A number is that of a preset, from 0.
 */
export function commandOf(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.altKey || event.metaKey || target.closest('input, select, textarea')) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ([' ', 'Enter'].includes(key) && target.closest('button')) return undefined;
  if (event.ctrlKey) return CONTROL_KEYS[key];
  const shifted = event.shiftKey ? SHIFT_KEYS[key] : undefined;
  if (shifted) return shifted;
  if (/^[1-9]$/.test(key)) return Number(key) - 1;
  return KEYS[key];
}
