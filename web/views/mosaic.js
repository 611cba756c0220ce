/**
 * One tile per file: colour and pattern tell the series, a shape the gravest finding. Drawn on a canvas as large as the
 * view, since a hundred thousand elements would be too many; the current tile alone is an element, which the container
 * names (`aria-activedescendant`), so that it is read out.
 */

import { make } from '../dom.js';
import { item } from '../item.js';
import { shapeOutline } from './marks.js';

/** @import { Gravest } from '../file-table.js' */
/** @import { Look } from '../series-looks.js' */
/** @import { Status } from '../state.js' */

const LARGE_PX = 22;
const SMALL_PX = 16;
/** Up to so many tiles are large. */
const MOST_LARGE = 1500;
const GAP_PX = 2;
const MARGIN_PX = 6;
/** So long the pointer must rest before a tile is named. */
const REST_MS = 120;

/**
 * @typedef {object} Tile
 * @property {Status} status
 * @property {Look | null} look Of its series; null for none.
 * @property {Gravest} gravest
 */

export class Mosaic {
  /** @type {number[]} Entries, in order. */
  #rows = [];
  #current = -1;
  #columns = 1;
  #pitch = LARGE_PX;
  #scheduled = false;
  #options;
  #canvas = make('canvas', { class: 'mosaic-canvas', 'aria-hidden': 'true' });
  #sheet = make('div', { class: 'mosaic-sheet', role: 'presentation' });
  /** @type {HTMLElement} */
  #option = make('div');
  #made = 0;
  #tip = make('div', { class: 'mosaic-tip', role: 'tooltip', hidden: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** Tiles drawn once, by what they look like. @type {Map<string, HTMLCanvasElement>} */
  #sprites = new Map();

  /**
   * @param {{
   *   label: string,
   *   tile: (entry: number) => Tile,
   *   describe: (entry: number) => string[],
   *   onSelect: (entry: number) => void,
   *   onOpen: (entry: number) => void,
   * }} options `describe` gives lines: name, series, severity.
   */
  constructor(options) {
    this.#options = options;
    this.element = make('div', { class: 'list mosaic', role: 'listbox', tabindex: 0, 'aria-label': options.label });
    this.#sheet.append(this.#canvas);
    this.element.append(this.#sheet);
    this.element.addEventListener('scroll', () => this.#drawSoon(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#sheet.addEventListener('click', (event) => this.#go(this.#at(event)));
    this.#sheet.addEventListener('dblclick', (event) => this.#open(this.#at(event)));
    this.#sheet.addEventListener('pointermove', (event) => this.#point(event));
    this.element.addEventListener('pointerleave', (event) => {
      if (event.relatedTarget !== this.#tip) this.#untip();
    });
    this.#tip.addEventListener('pointerleave', () => this.#untip());
    document.body.append(this.#tip);
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.#untip());
    new ResizeObserver(() => this.#layOut()).observe(this.element);
    for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
      matchMedia(query).addEventListener('change', () => this.refresh());
    }
  }

  /** @param {number[]} rows Entries. @param {number} current Index among them, or -1. */
  setRows(rows, current) {
    this.#rows = rows;
    this.#current = current;
    this.element.hidden = rows.length === 0;
    this.refresh();
    this.#layOut();
    this.reveal();
  }

  /** @param {number} current Index of a tile, or -1. */
  setCurrent(current) {
    if (current === this.#current) return;
    this.#current = current;
    this.#renderOption();
    this.reveal();
  }

  /** Draws all anew: names, colours or findings are others. */
  refresh() {
    this.#sprites.clear();
    this.#untip();
    this.#renderOption();
    this.#drawSoon();
  }

  /** Scrolls the current tile into view. */
  reveal() {
    const { clientHeight, scrollTop } = this.element;
    if (this.#current < 0 || !clientHeight) return;
    const { top } = this.#place(this.#current);
    if (top - MARGIN_PX < scrollTop) this.element.scrollTop = top - MARGIN_PX;
    else if (top + this.#pitch > scrollTop + clientHeight) {
      this.element.scrollTop = top + this.#pitch + MARGIN_PX - clientHeight;
    }
  }

  /** @param {number} index @returns {{left: number, top: number}} Within the sheet, CSS pixels. */
  #place(index) {
    return {
      left: MARGIN_PX + (index % this.#columns) * this.#pitch,
      top: MARGIN_PX + Math.floor(index / this.#columns) * this.#pitch,
    };
  }

  /** @param {MouseEvent} event @returns {number} Index of the tile under the pointer; -1 for none. */
  #at({ clientX, clientY }) {
    const { left, top } = this.#sheet.getBoundingClientRect();
    const column = Math.floor((clientX - left - MARGIN_PX) / this.#pitch);
    const line = Math.floor((clientY - top - MARGIN_PX) / this.#pitch);
    const index = line * this.#columns + column;
    return column >= 0 && column < this.#columns && line >= 0 && index < this.#rows.length ? index : -1;
  }

  #layOut() {
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight) return;
    this.#pitch = this.#rows.length > MOST_LARGE ? SMALL_PX : LARGE_PX;
    this.#columns = Math.max(1, Math.floor((clientWidth - 2 * MARGIN_PX) / this.#pitch));
    const lines = Math.ceil(this.#rows.length / this.#columns);
    this.#sheet.style.height = `${Math.max(clientHeight, lines * this.#pitch + 2 * MARGIN_PX)}px`;
    this.#canvas.style.width = `${clientWidth}px`;
    this.#canvas.style.height = `${clientHeight}px`;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.#sprites.clear();
    this.#renderOption();
    this.#draw(); // at once, since a canvas of another size is empty
  }

  /** Once for all that has happened until the next picture of the screen. */
  #drawSoon() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, clientHeight } = this.element;
    const context = this.#canvas.getContext('2d');
    if (!clientHeight || !context) return;
    const scale = devicePixelRatio;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const first = Math.max(0, Math.floor((scrollTop - MARGIN_PX) / this.#pitch)) * this.#columns;
    const lines = Math.ceil(clientHeight / this.#pitch) + 1;
    const end = Math.min(this.#rows.length, first + lines * this.#columns);
    for (let index = first; index < end; index++) {
      const { left, top } = this.#place(index);
      const sprite = this.#sprite(this.#options.tile(item(this.#rows, index)));
      context.drawImage(sprite, Math.round(left * scale), Math.round((top - scrollTop) * scale));
    }
  }

  /** @param {Tile} tile @returns {HTMLCanvasElement} */
  #sprite(tile) {
    const { status, look, gravest } = tile;
    const key = `${status} ${gravest} ${look ? `${look.hue} ${look.shade} ${look.pattern}` : ''}`;
    const known = this.#sprites.get(key);
    if (known) return known;
    const sprite = drawTile(tile, (this.#pitch - GAP_PX) * devicePixelRatio, readColours(this.element));
    this.#sprites.set(key, sprite);
    return sprite;
  }

  /** The current tile as an element: a new one each time, since that is what is read out. */
  #renderOption() {
    this.#option.remove();
    this.element.removeAttribute('aria-activedescendant');
    if (!this.#rows.length) return;
    const index = Math.max(0, this.#current);
    const { left, top } = this.#place(index);
    this.#option = make('div', {
      id: `mosaic-option-${++this.#made}`,
      class: 'mosaic-option',
      role: 'option',
      'aria-selected': String(this.#current >= 0),
      'aria-posinset': index + 1,
      'aria-setsize': this.#rows.length,
      'aria-label': this.#options.describe(item(this.#rows, index)).join(', '),
    });
    const size = `${this.#pitch - GAP_PX}px`;
    Object.assign(this.#option.style, { left: `${left}px`, top: `${top}px`, width: size, height: size });
    this.#sheet.append(this.#option);
    if (this.#current >= 0) this.element.setAttribute('aria-activedescendant', this.#option.id);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const index = this.#at(event);
    clearTimeout(this.#resting);
    if (index < 0) this.#untip();
    else this.#resting = setTimeout(() => this.#showTip(index), REST_MS);
  }

  /** Names a tile, above it or, without room there, below; the pointer may go there. @param {number} index */
  #showTip(index) {
    if (index >= this.#rows.length) return;
    const [name = '', ...lines] = this.#options.describe(item(this.#rows, index));
    this.#tip.replaceChildren(make('strong', { text: name }), ...lines.map((text) => make('span', { text })));
    this.#tip.hidden = false;
    const sheet = this.#sheet.getBoundingClientRect();
    const place = this.#place(index);
    const above = sheet.top + place.top - this.#tip.offsetHeight;
    const top = above >= 0 ? above : sheet.top + place.top + this.#pitch;
    const left = Math.min(sheet.left + place.left, innerWidth - this.#tip.offsetWidth - 4);
    this.#tip.style.top = `${top}px`;
    this.#tip.style.left = `${Math.max(4, left)}px`;
  }

  #untip() {
    clearTimeout(this.#resting);
    this.#tip.hidden = true;
  }

  /** @param {number} index */
  #go(index) {
    if (index < 0 || !this.#rows.length) return;
    const to = Math.min(this.#rows.length - 1, index);
    this.setCurrent(to);
    this.#options.onSelect(item(this.#rows, to));
  }

  /** @param {number} index */
  #open(index) {
    const entry = this.#rows[index];
    if (entry !== undefined) this.#options.onOpen(entry);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#rows.length) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#pitch) - 1) * this.#columns;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.#columns,
      ArrowUp: -this.#columns,
      PageDown: page,
      PageUp: -page,
      Home: -this.#rows.length,
      End: this.#rows.length,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#go(this.#current < 0 ? 0 : Math.max(0, this.#current + step));
    else if (event.key === 'Enter') this.#open(this.#current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** @typedef {ReturnType<typeof readColours>} Colours */

/** @param {HTMLElement} element */
function readColours(element) {
  const forced = matchMedia('(forced-colors: active)').matches;
  const style = getComputedStyle(element);
  const named = (/** @type {string} */ name, /** @type {string} */ system) =>
    forced ? system : style.getPropertyValue(`--${name}`).trim();
  return {
    forced,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    surface: named('surface', 'Canvas'),
    text: named('text', 'CanvasText'),
    muted: named('muted', 'GrayText'),
    identifier: named('identifier', 'CanvasText'),
    quasi: named('quasi', 'CanvasText'),
    review: named('review', 'CanvasText'),
    info: named('info', 'CanvasText'),
  };
}

/** @param {Tile} tile @param {number} side In pixels of the screen. @param {Colours} colours @returns {HTMLCanvasElement} */
export function drawTile({ status, look, gravest }, side, colours) {
  const canvas = make('canvas');
  const size = Math.max(1, Math.round(side));
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const line = Math.max(1, size / 14);
  context.lineWidth = line;
  if (look) {
    context.fillStyle = colours.forced ? colours.surface : toColour(look, colours.dark);
    context.fillRect(0, 0, size, size);
    context.globalAlpha = colours.forced ? 1 : 0.4;
    context.strokeStyle = context.fillStyle = colours.text;
    drawPattern(context, look.pattern, size, line);
    context.globalAlpha = 1;
  }
  if (!look || colours.forced) {
    context.strokeStyle = look ? colours.text : colours.muted;
    const top = status === 'folder' ? size / 4 : 0;
    if (status === 'folder') context.strokeRect(line / 2, line / 2, size / 2, top);
    context.strokeRect(line / 2, top + line / 2, size - line, size - top - line);
  }
  if (status === 'unreadable') {
    context.strokeStyle = colours.identifier;
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(size, size);
    context.moveTo(size, 0);
    context.lineTo(0, size);
    context.stroke();
  }
  if (gravest !== 'none') {
    const outline = new Path2D(shapeOutline(gravest)); // in a square of 16
    context.translate(size * 0.2, size * 0.2);
    context.scale((size * 0.6) / 16, (size * 0.6) / 16);
    context.lineWidth = 6;
    context.lineJoin = 'round';
    context.strokeStyle = colours.surface;
    context.stroke(outline);
    context.fillStyle = colours[gravest];
    context.fill(outline, 'evenodd');
  }
  return canvas;
}

/** @param {Look} look @param {boolean} dark */
function toColour({ hue, shade }, dark) {
  const lightness = dark ? [46, 30][shade] : [66, 82][shade];
  return `hsl(${hue} ${dark ? 42 : 58}% ${lightness}%)`;
}

/** @param {CanvasRenderingContext2D} context @param {Look['pattern']} pattern @param {number} size @param {number} line */
function drawPattern(context, pattern, size, line) {
  const step = size / 4;
  context.beginPath();
  for (let at = step / 2; at < size * 2; at += step) {
    if (pattern === 'rows' && at < size) {
      context.moveTo(0, at);
      context.lineTo(size, at);
    } else if (pattern === 'columns' && at < size) {
      context.moveTo(at, 0);
      context.lineTo(at, size);
    } else if (pattern === 'slope') {
      context.moveTo(at, 0);
      context.lineTo(at - size, size);
    } else if (pattern === 'dots' && at < size) {
      for (let x = step / 2; x < size; x += step) context.fillRect(x - line, at - line, 2 * line, 2 * line);
    }
  }
  context.stroke();
}
