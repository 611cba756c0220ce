/** Plots of a document: channels over time, one under the other, and lines over a common axis; drawn as SVG. */

import { make } from '../dom.js';
import { count } from '../format.js';
import { texts } from '../texts.js';

/** @import { Run } from './document.js' */

/** CSS has 96 pixels an inch. */
const PIXELS_PER_MM = 96 / 25.4;
/** What is printed at so many millimetres a second is not drawn wider than this; then it fills the width. */
const MAX_WIDTH = 12_000;
const FIT_WIDTH = 900;
const HEIGHT = { min: 34, usual: 72, max: 260 };
/** Above what a channel holds, for its name, and below. */
const MARGIN = { top: 18, bottom: 6 };
/** The least distance of two ticks. */
const TICK_PIXELS = 72;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * @typedef {object} Channel
 * @property {Run} label
 * @property {string} unit
 * @property {number} low
 * @property {number} high
 * @property {string} note
 *
 * @typedef {object} Plot
 * @property {Channel[]} channels
 * @property {number} seconds
 * @property {number} columns
 * @property {number} samples
 * @property {number} mm_per_second 0 where there is no custom.
 * @property {number} mm_per_unit
 * @property {string} custom The same in words.
 *
 * @typedef {object} Chart
 * @property {string} x_label
 * @property {string} y_label
 * @property {{label: Run, points: [number, number][], color: string}[]} lines
 */

/** @param {Plot} block @param {ArrayBuffer} buffer @param {(run: Run) => string} labelOf */
export function plot(block, buffer, labelOf) {
  const { channels, seconds, columns, samples, mm_per_second: speed, mm_per_unit: gain, custom } = block;
  const printed = seconds * speed * PIXELS_PER_MM;
  const toScale = printed > 0 && printed <= MAX_WIDTH;
  const width = toScale ? Math.max(printed, 60) : FIT_WIDTH;
  const data = new Float32Array(buffer);
  const tick = timeStep(seconds, width);
  const rows = channels.map((channel, index) => {
    const curve = data.subarray(index * columns * 2, (index + 1) * columns * 2);
    return drawChannel(channel, curve, { width, columns, gain: toScale ? gain : 0, labelOf });
  });
  const strip = make('div', { class: `plot-strip${toScale ? ' paper' : ''}` }, ...rows, timeAxis(seconds, width, tick));
  strip.style.setProperty('--plot-width', `${width}px`);
  strip.style.setProperty('--millimetre', `${PIXELS_PER_MM}px`);
  strip.style.setProperty('--tick', `${(tick / seconds) * width}px`);
  const words = [
    toScale ? texts.document.scale(custom) : '',
    columns < samples ? texts.document.reduced(samples, columns) : '',
  ].filter(Boolean);
  const scroller = make('div', { class: 'plot-scroller', tabindex: 0, role: 'region' }, strip);
  scroller.setAttribute('aria-label', texts.document.plot(channels.length, timeText(seconds)));
  return make('figure', { class: 'plot' }, scroller, make('figcaption', { text: words.join(' · ') }));
}

/**
 * @param {Channel} channel @param {Float32Array} curve Lowest and highest of each column.
 * @param {{width: number, columns: number, gain: number, labelOf: (run: Run) => string}} how
 */
function drawChannel({ label, unit, low, high, note }, curve, { width, columns, gain, labelOf }) {
  const range = high - low || 1;
  const printed = range * gain * PIXELS_PER_MM;
  const inner = gain ? Math.min(Math.max(printed, HEIGHT.min), HEIGHT.max) : HEIGHT.usual;
  const scale = gain && printed <= HEIGHT.max ? gain * PIXELS_PER_MM : inner / range;
  const height = inner + MARGIN.top + MARGIN.bottom;
  const middle = (low + high) / 2;
  const toY = (/** @type {number} */ value) => MARGIN.top + inner / 2 - (value - middle) * scale;
  const step = width / columns;
  /** @type {string[]} */
  const path = [];
  let pen = 'M';
  for (let column = 0; column < columns; column += 1) {
    const least = curve[column * 2] ?? NaN;
    const most = curve[column * 2 + 1] ?? NaN;
    if (Number.isNaN(least)) {
      pen = 'M';
      continue;
    }
    const x = ((column + 0.5) * step).toFixed(1);
    path.push(`${pen}${x} ${toY(most).toFixed(1)}`);
    if (least !== most) path.push(`L${x} ${toY(least).toFixed(1)}`);
    pen = 'L';
  }
  const sheet = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' });
  sheet.append(svg('path', { class: 'curve', d: path.join('') }));
  const numbers = `${short(low)} … ${short(high)}${unit ? ` ${unit}` : ''}`;
  const words = make(
    'p',
    { class: 'channel-words', title: note },
    make('strong', { text: labelOf(label) }),
    ` ${numbers}`,
    gain && printed > HEIGHT.max ? ` ${texts.document.notToScale}` : '',
  );
  const row = make('div', { class: 'channel' }, words, sheet);
  row.style.setProperty('--zero', `${toY(0)}px`);
  row.style.setProperty('--row-height', `${Math.round(height)}px`);
  return row;
}

/** @param {number} seconds @param {number} width @param {number} tick */
function timeAxis(seconds, width, tick) {
  const axis = svg('svg', { class: 'time-axis', width, height: 20, viewBox: `0 0 ${width} 20`, 'aria-hidden': 'true' });
  for (let index = 0; index * tick <= seconds * 1.0001; index += 1) {
    const x = (index * tick * width) / seconds;
    axis.append(svg('line', { x1: x, x2: x, y1: 0, y2: 4 }));
    const last = x > width - 30;
    const text = svg('text', { x: last ? x - 2 : x + 2, y: 15, 'text-anchor': last ? 'end' : 'start' });
    text.textContent = timeText(index * tick);
    axis.append(text);
  }
  return axis;
}

/** @param {Chart} block @param {(run: Run) => string} labelOf */
export function chart({ x_label: xLabel, y_label: yLabel, lines }, labelOf) {
  const [width, height, left, bottom] = [640, 300, 56, 40];
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const xMax = xs.reduce((most, x) => Math.max(most, x), 0) || 1;
  const yMax = ys.reduce((most, y) => Math.max(most, y), 0) || 1;
  const toX = (/** @type {number} */ x) => left + (x / xMax) * (width - left - 14);
  const toY = (/** @type {number} */ y) => height - bottom - (y / yMax) * (height - bottom - 12);
  const sheet = svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img' });
  sheet.setAttribute('aria-label', `${yLabel} / ${xLabel}`);
  for (const x of ticks(xMax)) {
    sheet.append(svg('line', { class: 'grid', x1: toX(x), x2: toX(x), y1: toY(0), y2: toY(yMax) }));
    sheet.append(label(short(x), { x: toX(x), y: height - bottom + 15, 'text-anchor': 'middle' }));
  }
  for (const y of ticks(yMax)) {
    sheet.append(svg('line', { class: 'grid', x1: toX(0), x2: toX(xMax), y1: toY(y), y2: toY(y) }));
    sheet.append(label(short(y), { x: left - 6, y: toY(y) + 4, 'text-anchor': 'end' }));
  }
  sheet.append(
    label(xLabel, { x: (left + width) / 2, y: height - 5, 'text-anchor': 'middle' }),
    label(yLabel, { transform: `translate(12 ${(height - bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }),
  );
  const legend = make('ul', { class: 'legend' });
  lines.forEach(({ label: name, points, color }, index) => {
    const d = points.map(([x, y], at) => `${at ? 'L' : 'M'}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join('');
    const curve = svg('path', { class: `curve line-${index % 8}`, d });
    const swatch = make('span', { class: `swatch line-${index % 8}`, 'aria-hidden': 'true' });
    if (color) {
      curve.style.setProperty('stroke', color);
      swatch.style.setProperty('background', color);
    }
    sheet.append(curve);
    legend.append(make('li', {}, swatch, labelOf(name)));
  });
  return make('figure', { class: 'plot' }, sheet, legend);
}

/** @param {string} name @param {Record<string, string | number>} [attributes] @returns {SVGElement} */
function svg(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {string} text @param {Record<string, string | number>} attributes */
function label(text, attributes) {
  const element = svg('text', attributes);
  element.textContent = text;
  return element;
}

/** @param {number} most @returns {number[]} From 0, at steps of 1, 2 or 5 times a power of ten. */
function ticks(most) {
  const rough = most / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

/** @param {number} seconds @param {number} width @returns {number} Seconds between two ticks. */
function timeStep(seconds, width) {
  const least = (seconds * TICK_PIXELS) / width;
  const steps = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600,
  ];
  return steps.find((step) => step >= least) ?? Math.ceil(least / 7200) * 7200;
}

/** @param {number} seconds @returns {string} 0.2 s, 12 s, 1:05 min, 2:00:00 h */
function timeText(seconds) {
  if (seconds < 60) return `${Number(seconds.toFixed(3))} s`;
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`;
  return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)} h`;
}

/** @param {number} value @returns {string} */
const short = (value) => (Math.abs(value) >= 1e5 ? count(Math.round(value)) : String(Number(value.toPrecision(4))));
