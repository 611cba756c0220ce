/** What lies above the picture and moves with it: masks of its pixels, and lines in its coordinates. */

import { make } from '../dom.js';
import { toStage } from './picture-geometry.js';

/** @import { Matrix } from './picture-geometry.js' */

/**
 * @typedef {object} Mask
 * @property {'mask'} kind
 * @property {number} rows
 * @property {number} columns
 * @property {ArrayBuffer | Uint8Array} data One byte per pixel, row by row; what is not 0 is coloured.
 * @property {string} color `#rrggbb`
 *
 * @typedef {object} Line
 * @property {[number, number][]} points Column and row, in pixels; the centre of the first pixel is at 0.5, 0.5.
 * @property {boolean} closed
 * @property {string} color `#rrggbb`
 * @property {string} [label]
 *
 * @typedef {object} Lines
 * @property {'lines'} kind
 * @property {Line[]} lines
 *
 * @typedef {ReturnType<typeof createLayers>} Layers
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, string>} [attributes] @returns {SVGElement} */
function svg(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @param {HTMLElement} container As large as the stage; layers that are set later lie above. */
export function createLayers(container) {
  /** @type {Map<string, {element: HTMLElement | SVGElement, follow: () => void}>} */
  const layers = new Map();
  /** @type {Set<string>} */
  const off = new Set();
  /** @type {Matrix} */
  let matrix = [1, 0, 0, 1, 0, 0];

  /** @param {Mask} mask */
  function drawMask({ rows, columns, data, color }) {
    const canvas = make('canvas', { class: 'layer', width: columns, height: rows, 'aria-hidden': 'true' });
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
    const pixels = new ImageData(columns, rows);
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
    // One 32-bit number per pixel; bytes are RGBA in memory, and every browser runs on little-endian machines.
    const rgba = (0xff << 24) | (Number(blue) << 16) | (Number(green) << 8) | Number(red);
    const cells = new Int32Array(pixels.data.buffer);
    for (let at = 0; at < cells.length; at += 1) if (bytes[at]) cells[at] = rgba;
    canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    const follow = () => {
      canvas.style.transform = `matrix(${matrix.join(',')})`;
    };
    return { element: canvas, follow };
  }

  /** @param {Lines} lines */
  function drawLines({ lines }) {
    const sheet = svg('svg', { class: 'layer lines', 'aria-hidden': 'true' });
    const moved = svg('g');
    sheet.append(moved);
    /** @type {{at: [number, number], text: SVGElement}[]} */
    const labels = [];
    for (const { points, closed, color, label } of lines) {
      const [first] = points;
      if (!first) continue;
      const attributes = { points: points.map((point) => point.join(',')).join(' '), stroke: color };
      moved.append(svg(closed ? 'polygon' : 'polyline', attributes));
      if (!label) continue;
      const text = svg('text', { fill: color });
      text.textContent = label;
      labels.push({ at: first, text });
      sheet.append(text);
    }
    const follow = () => {
      moved.setAttribute('transform', `matrix(${matrix.join(' ')})`);
      for (const { at, text } of labels) {
        const [x, y] = toStage(matrix, at);
        text.setAttribute('x', String(x + 4));
        text.setAttribute('y', String(y - 4));
      }
    };
    return { element: sheet, follow };
  }

  return {
    /** Replaces what a layer shows; null takes it away. @param {string} name @param {Mask | Lines | null} content */
    set(name, content) {
      layers.get(name)?.element.remove();
      layers.delete(name);
      if (!content) return;
      const layer = content.kind === 'mask' ? drawMask(content) : drawLines(content);
      layer.element.classList.toggle('off', off.has(name));
      layer.element.setAttribute('data-layer', name);
      layer.follow();
      layers.set(name, layer);
      container.append(layer.element);
    },
    /** Shown or not, now and when it is set again. @param {string} name @param {boolean} on */
    show(name, on) {
      if (on) off.delete(name);
      else off.add(name);
      layers.get(name)?.element.classList.toggle('off', !on);
    },
    /** The picture lies elsewhere now. @param {Matrix} to From image to container. */
    follow(to) {
      matrix = to;
      for (const { follow } of layers.values()) follow();
    },
    /** Another picture is shown: what lay above the one before is gone. */
    clear() {
      for (const name of [...layers.keys()]) this.set(name, null);
    },
  };
}
