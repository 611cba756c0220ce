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
 * @property {'grid' | 'tree' | 'treegrid'} role
 * @property {number} rowHeight In CSS pixels.
 * @property {(row: Row) => HTMLElement} render
 * @property {(row: Row) => void} onSelect The user moved to this row.
 * @property {(row: Row) => void} [onOpen] Enter or double click.
 * @property {(event: KeyboardEvent, row: Row) => boolean} [onKey] True if it took the key.
 * @property {HTMLElement} [head] A header row that stays in view.
 * @property {(indexes: number[]) => void} [onChosen] Several rows can be chosen, by Shift and Ctrl: these are.
 */

let lists = 0;

/** @template Row */
export class VirtualList {
  /** @type {Row[]} */
  #rows = [];
  #current = -1;
  /** Where a range of chosen rows began. */
  #anchor = -1;
  /** The chosen rows, by index, the current one among them; only where several can be chosen. @type {Set<number>} */
  #chosen = new Set();
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
    if (options.onChosen) this.element.setAttribute('aria-multiselectable', 'true');
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
    this.#current = this.#anchor = current;
    this.#chosen = new Set(current < 0 ? [] : [current]);
    this.#clear();
    if (this.#options.role !== 'tree') this.element.setAttribute('aria-rowcount', String(rows.length + 1));
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
    const before = [this.#current, ...this.#chosen];
    this.#current = this.#anchor = index;
    this.#chosen = new Set(index < 0 ? [] : [index]);
    for (const one of before) this.#mark(one);
    this.#mark(index);
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

  /** @returns {number} Of all rows; where they must be scrolled, so much more that the end begins with a whole row, too. */
  #height() {
    const { rowHeight, head } = this.#options;
    const height = this.#rows.length * rowHeight;
    const room = this.element.clientHeight - (head?.offsetHeight ?? 0);
    return room > rowHeight && height > room ? height + rowHeight - (room % rowHeight) : height;
  }

  #clear() {
    for (const row of this.#shown.values()) row.remove();
    this.#shown.clear();
  }

  #draw() {
    this.#sheet.style.height = `${this.#height()}px`;
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
      if (this.#options.role !== 'tree') row.setAttribute('aria-rowindex', String(index + 2));
      this.#shown.set(index, row);
      this.#sheet.append(row);
    }
    for (const index of this.#chosen) this.#mark(index);
    this.#mark(this.#current);
  }

  /** Shows whether a row is the current one, and whether it is chosen. @param {number} index */
  #mark(index) {
    const row = this.#shown.get(index);
    const current = index === this.#current;
    const chosen = this.#options.onChosen ? this.#chosen.has(index) : current;
    row?.setAttribute('aria-selected', String(chosen));
    row?.classList.toggle('current', current);
    row?.classList.toggle('chosen', chosen);
    if (!current) return;
    if (row) this.element.setAttribute('aria-activedescendant', row.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  /** Chooses other rows; the last one moved to is the current one. @param {Iterable<number>} chosen @param {number} current */
  #choose(chosen, current) {
    const before = [this.#current, ...this.#chosen];
    this.#chosen = new Set(chosen);
    this.#current = current;
    for (const index of [...before, ...this.#chosen, current]) this.#mark(index);
    this.reveal();
    this.#options.onChosen?.([...this.#chosen].sort((one, other) => one - other));
  }

  /** Chooses all from where the range began to a row. @param {number} index */
  #extend(index) {
    const to = Math.max(0, Math.min(this.#rows.length - 1, index));
    const from = Math.max(0, this.#anchor);
    const length = Math.abs(to - from) + 1;
    this.#choose(
      Array.from({ length }, (_, at) => Math.min(from, to) + at),
      to,
    );
  }

  /** Chooses a row beside the others, or no more. @param {number} index */
  #toggle(index) {
    const chosen = new Set(this.#chosen);
    if (!chosen.delete(index)) chosen.add(index);
    this.#anchor = index;
    this.#choose(chosen, index);
  }

  /** @param {number} index */
  #go(index) {
    if (!this.#rows.length) return;
    const to = Math.max(0, Math.min(this.#rows.length - 1, index));
    this.setCurrent(to);
    this.#options.onSelect(item(this.#rows, to));
    this.#options.onChosen?.([to]);
  }

  /** Moves as a key would. @param {number} by */
  move(by) {
    this.#go(this.#current + by);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.target !== this.element) return;
    if (this.#options.onChosen && this.#onChoosingKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
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

  /** @param {KeyboardEvent} event @returns {boolean} Whether it chooses several rows. */
  #onChoosingKey(event) {
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || !this.#rows.length) return false;
    if (control && event.key.toLowerCase() === 'a') {
      this.#choose(this.#rows.keys(), Math.max(0, this.#current));
    } else if (event.shiftKey && !control && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      this.#extend(this.#current + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (!control && event.key === ' ') this.#toggle(Math.max(0, this.#current));
    else return false;
    return true;
  }

  /** @param {MouseEvent} event @param {boolean} open */
  #onPointer(event, open) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest('[data-index]'));
    if (!row || target.closest('button')) return;
    const index = Number(row.dataset.index);
    if (open) this.#options.onOpen?.(item(this.#rows, index));
    else if (this.#options.onChosen && event.shiftKey) this.#extend(index);
    else if (this.#options.onChosen && (event.ctrlKey || event.metaKey)) this.#toggle(index);
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
