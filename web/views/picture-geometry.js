/**
 * Where an image lies on the stage: pure functions of a `View`.
 *
 * An image point (x to the right, y down, in pixels from the upper left corner of the image) is stretched to the
 * proportions of its pixels, turned and mirrored about the middle of the image, zoomed, and moved; all in CSS pixels.
 */

/**
 * @typedef {object} View
 * @property {'fit' | 'free'} mode `fit` follows the size of the stage; `zoom` and `pan` are then not looked at.
 * @property {number} zoom CSS pixels per pixel of the image, along its shorter side.
 * @property {[number, number]} pan From the middle of the stage to the middle of the image.
 * @property {readonly [number, number, number, number]} turn A matrix of 0 and ±1: a column is where an axis goes.
 *
 * @typedef {object} Size
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Frame What is shown, as far as geometry asks.
 * @property {number} columns
 * @property {number} rows
 * @property {[number, number]} stretch Of a column and of a row, the smaller 1: pixels need not be square.
 *
 * @typedef {readonly [number, number, number, number, number, number]} Matrix As CSS's `matrix()` and SVG's take it.
 * @typedef {'top' | 'right' | 'bottom' | 'left'} Edge
 */

/** @type {Readonly<View>} */
export const FITTED = { mode: 'fit', zoom: 1, pan: [0, 0], turn: [1, 0, 0, 1] };

/** Small images are enlarged at most so many times to fit: a 16 × 16 image does not fill the screen with blocks. */
const MAX_FIT = 4;
const MIN_ZOOM = 1 / 64;
const MAX_ZOOM = 64;

/** @type {readonly Edge[]} Clockwise, as a rotation goes through them. */
const EDGES = ['top', 'right', 'bottom', 'left'];

/** @param {[number, number] | null | undefined} aspect Height and width of a pixel. @returns {[number, number]} */
export function stretchOf(aspect) {
  const [height, width] = aspect ?? [1, 1];
  const least = Math.min(height, width);
  return [width / least, height / least];
}

/** @param {Frame} frame @param {View} view @returns {Size} What the whole image covers at zoom 1. */
function extent({ columns, rows, stretch }, { turn }) {
  const [width, height] = [columns * stretch[0], rows * stretch[1]];
  return turn[0] ? { width, height } : { width: height, height: width };
}

/** @param {Frame} frame @param {View} view @param {Size} stage @returns {number} */
export function zoomOf(frame, view, stage) {
  if (view.mode === 'free') return view.zoom;
  const { width, height } = extent(frame, view);
  return Math.min(stage.width / width, stage.height / height, MAX_FIT);
}

/** @param {Frame} frame @param {View} view @param {Size} stage @returns {Matrix} From image to stage. */
export function matrixOf(frame, view, stage) {
  const zoom = zoomOf(frame, view, stage);
  const [pan, turn] = [view.mode === 'fit' ? [0, 0] : view.pan, view.turn];
  const [sx, sy] = [zoom * frame.stretch[0], zoom * frame.stretch[1]];
  const [a, b, c, d] = [turn[0] * sx, turn[1] * sx, turn[2] * sy, turn[3] * sy];
  const [x, y] = [frame.columns / 2, frame.rows / 2];
  return [
    a,
    b,
    c,
    d,
    stage.width / 2 + Number(pan[0]) - (a * x + c * y),
    stage.height / 2 + Number(pan[1]) - (b * x + d * y),
  ];
}

/** @param {Matrix} matrix @param {[number, number]} point @returns {[number, number]} */
export function toStage([a, b, c, d, e, f], [x, y]) {
  return [a * x + c * y + e, b * x + d * y + f];
}

/** @param {Matrix} matrix @param {[number, number]} point @returns {[number, number]} */
export function toImage([a, b, c, d, e, f], [x, y]) {
  const determinant = a * d - b * c;
  const [u, v] = [x - e, y - f];
  return [(d * u - c * v) / determinant, (a * v - b * u) / determinant];
}

/**
 * The image point under `at` stays where it is.
 *
 * @param {Frame} frame @param {View} view @param {Size} stage
 * @param {number} zoom @param {[number, number]} at On the stage.
 * @returns {View}
 */
export function zoomTo(frame, view, stage, zoom, at) {
  const before = zoomOf(frame, view, stage);
  const after = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, zoom));
  const [x, y] = view.mode === 'fit' ? [0, 0] : view.pan;
  const [u, v] = [at[0] - stage.width / 2, at[1] - stage.height / 2];
  const ratio = after / before;
  return { ...view, mode: 'free', zoom: after, pan: [u - ratio * (u - x), v - ratio * (v - y)] };
}

/** @param {Frame} frame @param {View} view @param {Size} stage @param {number} dx @param {number} dy @returns {View} */
export function panBy(frame, view, stage, dx, dy) {
  const [x, y] = view.mode === 'fit' ? [0, 0] : view.pan;
  const { width, height } = extent(frame, view);
  const zoom = zoomOf(frame, view, stage);
  // A part of the image stays in sight, else it could not be found again.
  const most = [(stage.width + width * zoom) / 2 - 24, (stage.height + height * zoom) / 2 - 24];
  const within = (/** @type {number} */ value, /** @type {number} */ limit) => Math.max(-limit, Math.min(limit, value));
  return { ...view, mode: 'free', zoom, pan: [within(x + dx, Number(most[0])), within(y + dy, Number(most[1]))] };
}

/**
 * Turns and mirrors what is seen, about the middle of the stage.
 *
 * @param {View} view @param {'clockwise' | 'horizontal' | 'vertical'} how @returns {View}
 */
export function turnBy(view, how) {
  const [a, b, c, d] = view.turn;
  const [x, y] = view.pan;
  if (how === 'clockwise') return { ...view, turn: tidy([-b, a, -d, c]), pan: [-y, x] };
  if (how === 'horizontal') return { ...view, turn: tidy([-a, b, -c, d]), pan: [-x, y] };
  return { ...view, turn: tidy([a, -b, c, -d]), pan: [x, -y] };
}

/** @param {[number, number, number, number]} turn Without −0. @returns {View['turn']} */
const tidy = (turn) => /** @type {[number, number, number, number]} */ (turn.map((value) => value || 0));

/** @param {View} view @returns {{degrees: number, mirrored: boolean}} Mirrored left to right first, then turned clockwise. */
export function angleOf({ turn: [a, b, c, d] }) {
  const mirrored = a * d - b * c < 0;
  const [x, y] = mirrored ? [-a, -b] : [a, b];
  return { degrees: (Math.round((Math.atan2(y, x) * 180) / Math.PI) + 360) % 360, mirrored };
}

/** @param {View} view @param {Edge} seen @returns {Edge} Which edge of the image is at that edge of the screen. */
export function edgeAt({ turn: [a, b, c, d] }, seen) {
  const { x, y } = { top: { x: 0, y: -1 }, right: { x: 1, y: 0 }, bottom: { x: 0, y: 1 }, left: { x: -1, y: 0 } }[seen];
  // The inverse of a rotation, mirrored or not, is its transpose.
  const [u, v] = [a * x + b * y, c * x + d * y];
  return /** @type {Edge} */ (EDGES[u ? (u > 0 ? 1 : 3) : v > 0 ? 2 : 0]);
}

/** @param {number} most Millimetres. @returns {number} The largest of 1, 2 and 5 times a power of ten that is not above. */
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((factor) => factor * power <= most * (1 + 1e-9)) ?? 1;
  return step * power;
}
