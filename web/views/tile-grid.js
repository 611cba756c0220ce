/**
 * Any number of tiles of one size, line after line, of which only the visible ones exist in the document (as in
 * `virtual-list.js`, for two directions). The container has the focus and names the current tile.
 */

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';

import { make } from '../dom.js';

/** Beside and above the first tile, CSS pixels: room for the frame around the current one. */
const GAP = 4;
/** Lines beyond the visible ones. */
const OVERSCAN = 2;
/** Browsers lay out no more than some thirty million pixels; what would lie beyond is left out, and said to be. */
export const MAX_TILES = 400_000;

/**
 * @typedef {object} Options
 * @property {string} label What a screen reader calls the grid.
 * @property {number} width Of a tile with the gap beside it, CSS pixels.
 * @property {number} gap Of that, the gap.
 * @property {number} height
 * @property {(index: number) => HTMLElement} render
 * @property {(index: number) => void} onSelect The user moved to this tile.
 * @property {(first: number, last: number) => void} onView These tiles are in view now.
 * @property {(event: KeyboardEvent) => boolean} onKey True if it took the key.
 */

export class TileGrid {
  #options;
  #count = 0;
  #current = -1;
  #columns = 1;
  /** From one tile to the next beside it, CSS pixels. */
  #step = 1;
  #scheduled = false;
  #virtualizer;
  /** @type {Map<number, HTMLElement>} */
  #shown = new Map();
  #sheet = make('div', { class: 'list-sheet', role: 'presentation' });

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.element = make('div', { class: 'list tiles', role: 'listbox', tabindex: 0, 'aria-label': options.label });
    this.element.append(this.#sheet);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('scroll', () => this.#drawSoon(), { passive: true });
    this.#sheet.addEventListener('click', (event) => {
      const tile = /** @type {HTMLElement | null} */ (
        /** @type {HTMLElement} */ (event.target).closest('[data-index]')
      );
      if (tile) this.#go(Number(tile.dataset.index));
    });
    this.#virtualizer = new Virtualizer(this.#virtualOptions());
    this.#virtualizer._didMount();
    new ResizeObserver(() => this.#layOut()).observe(this.element);
  }

  /** @param {number} count How many tiles there are. @param {number} current Or -1. */
  setCount(count, current) {
    this.#count = Math.min(count, MAX_TILES);
    this.#current = current;
    this.#clear();
    this.#layOut();
  }

  /** @param {number} index Or -1. */
  setCurrent(index) {
    if (index === this.#current) return;
    this.#mark(this.#current, false);
    this.#current = index;
    this.#mark(index, true);
    this.reveal();
  }

  /** Draws one tile anew, if it is in the document. @param {number} index */
  refreshTile(index) {
    const tile = this.#shown.get(index);
    if (!tile) return;
    const fresh = this.#make(index);
    tile.replaceWith(fresh);
    this.#shown.set(index, fresh);
    this.#mark(this.#current, true);
  }

  /** Draws all tiles anew. */
  refresh() {
    this.#clear();
    this.#draw();
  }

  /** Scrolls the current tile into view; does nothing while the grid itself is not displayed. */
  reveal() {
    if (this.#current < 0 || this.element.clientHeight === 0) return;
    const { height } = this.#options;
    const top = Math.floor(this.#current / this.#columns) * height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height > scrollTop + clientHeight) this.element.scrollTop = top + height - clientHeight;
  }

  #virtualOptions() {
    return {
      count: Math.ceil(this.#count / this.#columns),
      getScrollElement: () => this.element,
      estimateSize: () => this.#options.height,
      overscan: OVERSCAN,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#drawSoon(),
    };
  }

  /** Once for all that has happened until the next picture of the screen. */
  #drawSoon() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
      this.#tellView();
    });
  }

  #layOut() {
    // Behind the last tile of a line there is the same margin as before the first, and no gap.
    const room = this.#sheet.clientWidth - 2 * GAP + this.#options.gap;
    this.#clear(); // the columns may be wider now
    this.#columns = Math.max(1, Math.floor(room / this.#options.width));
    this.#step = Math.max(this.#options.width, room / this.#columns);
    this.#virtualizer.setOptions(this.#virtualOptions());
    this.#virtualizer.measure();
    this.#virtualizer._willUpdate();
    this.#draw();
    this.reveal();
    this.#tellView();
  }

  #tellView() {
    const { clientHeight, scrollTop } = this.element;
    if (!clientHeight || !this.#count) return;
    const { height } = this.#options;
    const first = Math.floor(scrollTop / height) * this.#columns;
    const last = Math.ceil((scrollTop + clientHeight) / height) * this.#columns - 1;
    this.#options.onView(first, Math.min(last, this.#count - 1));
  }

  #clear() {
    for (const tile of this.#shown.values()) tile.remove();
    this.#shown.clear();
  }

  #draw() {
    const { height } = this.#options;
    this.#sheet.style.height = `${Math.ceil(this.#count / this.#columns) * height + 2 * GAP}px`;
    /** @type {Set<number>} */
    const wanted = new Set();
    for (const { index: line } of this.#virtualizer.getVirtualItems()) {
      for (let index = line * this.#columns; index < Math.min(this.#count, (line + 1) * this.#columns); index++) {
        wanted.add(index);
      }
    }
    for (const [index, tile] of this.#shown) {
      if (wanted.has(index)) continue;
      tile.remove();
      this.#shown.delete(index);
    }
    for (const index of wanted) {
      if (this.#shown.has(index)) continue;
      const tile = this.#make(index);
      this.#shown.set(index, tile);
      this.#sheet.append(tile);
    }
    this.#mark(this.#current, true);
  }

  /** @param {number} index */
  #make(index) {
    const { height, render } = this.#options;
    const tile = render(index);
    tile.id = `tile-${index}`;
    tile.dataset.index = String(index);
    tile.setAttribute('role', 'option');
    tile.setAttribute('aria-posinset', String(index + 1));
    tile.setAttribute('aria-setsize', String(this.#count));
    const line = Math.floor(index / this.#columns);
    const left = GAP + (index % this.#columns) * this.#step;
    tile.style.transform = `translate(${left}px, ${GAP + line * height}px)`;
    return tile;
  }

  /** @param {number} index @param {boolean} current */
  #mark(index, current) {
    const tile = this.#shown.get(index);
    tile?.setAttribute('aria-selected', String(current));
    tile?.classList.toggle('current', current);
    if (!current || index < 0) this.element.removeAttribute('aria-activedescendant');
    else if (tile) this.element.setAttribute('aria-activedescendant', tile.id);
  }

  /** @param {number} index */
  #go(index) {
    if (!this.#count) return;
    const to = Math.max(0, Math.min(this.#count - 1, index));
    this.setCurrent(to);
    this.#options.onSelect(to);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = Math.max(1, Math.floor(this.element.clientHeight / this.#options.height));
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.#columns,
      ArrowUp: -this.#columns,
      PageDown: lines * this.#columns,
      PageUp: -lines * this.#columns,
      Home: -this.#count,
      End: this.#count,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#go(this.#current < 0 ? 0 : this.#current + step);
    else if (!this.#options.onKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
