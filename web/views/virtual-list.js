/**
 * A list of any number of rows of equal height, of which only the visible ones exist in the document; the library
 * decides which these are. Keyboard, selection and ARIA are here: the container has the focus and names the current row
 * (`aria-activedescendant`), since rows come and go.
 */

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';

import { make } from '../dom.js';
import { item } from '../item.js';

/** Rows beyond the visible ones, so that fast scrolling shows no gaps. */
const OVERSCAN = 12;

/**
 * @template Row
 * @typedef {object} Options
 * @property {string} label What a screen reader calls the list.
 * @property {'grid' | 'tree'} role
 * @property {number} rowHeight In CSS pixels.
 * @property {(row: Row) => HTMLElement} render
 * @property {(row: Row) => void} onSelect The user moved to this row.
 * @property {(row: Row) => void} [onOpen] Enter or double click.
 * @property {(event: KeyboardEvent, row: Row) => boolean} [onKey] True if it took the key.
 * @property {HTMLElement} [head] A header row that stays in view.
 */

let lists = 0;

/** @template Row */
export class VirtualList {
  /** @type {Row[]} */
  #rows = [];
  #current = -1;
  #options;
  #virtualizer;
  #id = `list-${++lists}`;
  /** @type {Map<number, HTMLElement>} */
  #shown = new Map();
  #sheet = make('div', { class: 'list-sheet', role: 'presentation' });

  /** @param {Options<Row>} options */
  constructor(options) {
    this.#options = options;
    this.element = make('div', { class: 'list', role: options.role, tabindex: 0, 'aria-label': options.label });
    if (options.head) this.element.append(options.head);
    this.element.append(this.#sheet);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#sheet.addEventListener('click', (event) => this.#onPointer(event, false));
    this.#sheet.addEventListener('dblclick', (event) => this.#onPointer(event, true));
    this.#virtualizer = new Virtualizer(this.#virtualOptions());
    this.#virtualizer._didMount();
  }

  get rows() {
    return this.#rows;
  }

  get current() {
    return this.#current;
  }

  /** Keeps the place. @param {Row[]} rows @param {number} current Index of the selected row, or -1. */
  setRows(rows, current) {
    this.#rows = rows;
    this.#current = current;
    this.#clear();
    if (this.#options.role === 'grid') this.element.setAttribute('aria-rowcount', String(rows.length + 1));
    this.#virtualizer.setOptions(this.#virtualOptions());
    this.#virtualizer._willUpdate();
    this.#draw();
  }

  /**
   * Shows other rows, from the first one or, if it is among them, around the selected one.
   *
   * @param {Row[]} rows @param {number} current Index of the selected row, or -1.
   * @param {number} [scrollTop] Where to begin instead, in CSS pixels.
   */
  replaceRows(rows, current, scrollTop = 0) {
    this.setRows(rows, current);
    this.element.scrollTop = scrollTop;
    this.reveal();
  }

  /** Draws the same rows anew. */
  refresh() {
    this.#clear();
    this.#draw();
  }

  /** @param {number} index Or -1. */
  setCurrent(index) {
    if (index === this.#current) return;
    this.#mark(this.#current, false);
    this.#current = index;
    this.#mark(index, true);
    this.reveal();
  }

  /** Scrolls the current row into view; does nothing while the list itself is not displayed. */
  reveal() {
    if (this.#current < 0 || this.element.clientHeight === 0) return;
    const { rowHeight, head } = this.#options;
    const top = this.#current * rowHeight;
    const room = this.element.clientHeight - (head?.offsetHeight ?? 0);
    const { scrollTop } = this.element;
    if (top >= scrollTop && top + rowHeight <= scrollTop + room) return;
    // In the middle, and never half a row at the top.
    this.element.scrollTop = top - rowHeight * Math.floor((room / rowHeight - 1) / 2);
  }

  #virtualOptions() {
    return {
      count: this.#rows.length,
      getScrollElement: () => this.element,
      estimateSize: () => this.#options.rowHeight,
      overscan: OVERSCAN,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#draw(),
    };
  }

  #clear() {
    for (const row of this.#shown.values()) row.remove();
    this.#shown.clear();
  }

  #draw() {
    this.#sheet.style.height = `${this.#rows.length * this.#options.rowHeight}px`;
    const items = this.#virtualizer.getVirtualItems();
    const wanted = new Set(items.map(({ index }) => index));
    for (const [index, row] of this.#shown) {
      if (wanted.has(index)) continue;
      row.remove();
      this.#shown.delete(index);
    }
    for (const { index } of items) {
      if (this.#shown.has(index) || index >= this.#rows.length) continue;
      const row = this.#options.render(item(this.#rows, index));
      row.id = `${this.#id}-${index}`;
      row.dataset.index = String(index);
      row.style.height = `${this.#options.rowHeight}px`;
      row.style.transform = `translateY(${index * this.#options.rowHeight}px)`;
      if (this.#options.role === 'grid') row.setAttribute('aria-rowindex', String(index + 2));
      this.#shown.set(index, row);
      this.#sheet.append(row);
    }
    this.#mark(this.#current, true);
  }

  /** @param {number} index @param {boolean} current */
  #mark(index, current) {
    const row = this.#shown.get(index);
    row?.setAttribute('aria-selected', String(current));
    row?.classList.toggle('current', current);
    if (!current || index < 0) this.element.removeAttribute('aria-activedescendant');
    else if (row) this.element.setAttribute('aria-activedescendant', row.id);
  }

  /** @param {number} index */
  #go(index) {
    if (!this.#rows.length) return;
    const to = Math.max(0, Math.min(this.#rows.length - 1, index));
    this.setCurrent(to);
    this.#options.onSelect(item(this.#rows, to));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    const row = this.#rows[this.#current];
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#options.rowHeight) - 2);
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => this.#go(this.#current + 1),
      j: () => this.#go(this.#current + 1),
      ArrowUp: () => this.#go(this.#current - 1),
      k: () => this.#go(this.#current - 1),
      PageDown: () => this.#go(this.#current + page),
      PageUp: () => this.#go(this.#current - page),
      Home: () => this.#go(0),
      End: () => this.#go(this.#rows.length - 1),
      Enter: () => row !== undefined && this.#options.onOpen?.(row),
    };
    const move = moves[event.key];
    if (move) move();
    else if (row === undefined || !this.#options.onKey?.(event, row)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event @param {boolean} open */
  #onPointer(event, open) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest('[data-index]'));
    if (!row || target.closest('button')) return;
    const index = Number(row.dataset.index);
    if (open) this.#options.onOpen?.(item(this.#rows, index));
    else this.#go(index);
  }
}

/**
 * @param {string} kind Class that names the columns' widths.
 * @param {Record<string, string>} titles
 * @returns {HTMLElement}
 */
export function headRow(kind, titles) {
  const cells = Object.entries(titles).map(([name, title]) =>
    make('span', { class: `cell ${name}`, role: 'columnheader', text: title }),
  );
  return make('div', { class: `row head ${kind}`, role: 'row', 'aria-rowindex': 1 }, ...cells);
}

/** @param {string} name @param {string | Node} content @param {string} [title] @returns {HTMLElement} */
export function cell(name, content, title) {
  return make('span', { class: `cell ${name}`, role: 'gridcell', title }, content);
}
