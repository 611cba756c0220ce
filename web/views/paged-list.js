/** A virtual list whose rows come from the core, a page at a time: of any number of rows only those in view are asked for. */

import { make } from '../dom.js';
import { PagedRows } from '../paged-rows.js';
import { cell, VirtualList } from './virtual-list.js';

/**
 * @template Row
 * @typedef {object} Options
 * @property {string} label What a screen reader calls the list.
 * @property {string} kind Class that names the columns' widths.
 * @property {number} rowHeight In CSS pixels.
 * @property {HTMLElement} head
 * @property {string} reading Said while the first rows are on their way.
 * @property {(row: Row) => HTMLElement} render
 * @property {(row: Row) => void} onSelect
 * @property {(row: Row) => void} [onOpen]
 * @property {(total: number) => string} onRows Rows have come; returns what to say where there are none.
 */

/** @template Row */
export class PagedList {
  #options;
  /** @type {PagedRows<Row> | undefined} */
  #rows;
  #list;
  #nothing = make('p', { class: 'nothing', role: 'status', hidden: true });
  /** Whether the current row was moved to before it had come. */
  #awaited = false;

  /** @param {Options<Row>} options */
  constructor(options) {
    this.#options = options;
    this.#list = new VirtualList({
      label: options.label,
      role: 'grid',
      rowHeight: options.rowHeight,
      head: options.head,
      render: (/** @type {number} */ index) => this.#render(index),
      onSelect: (index) => this.#select(this.#rows?.at(index)),
      onOpen: (index) => {
        const row = this.#rows?.at(index);
        if (row) options.onOpen?.(row);
      },
    });
    this.element = make('div', { class: 'paged-list' }, this.#list.element, this.#nothing);
  }

  get list() {
    return this.#list.element;
  }

  /** The row that was chosen; nothing where none was, or while it is on its way. @returns {Row | undefined} */
  get current() {
    return this.#list.current < 0 ? undefined : this.#rows?.at(this.#list.current);
  }

  /**
   * @param {((start: number, stop: number) => Promise<{total: number, rows: Row[]}>) | null} read Null for no rows at all.
   * @param {boolean} [keep] Whether they are the same rows, asked for again: the place stays.
   */
  load(read, keep = false) {
    this.#rows?.stop();
    this.#awaited = false;
    if (!keep) this.#list.replaceRows([], -1);
    this.#rows = undefined;
    this.say(read ? this.#options.reading : '');
    if (!read) return;
    this.#rows = new PagedRows(read, (error) => this.#show(error));
    this.#rows.at(0);
  }

  /** Draws the rows anew. */
  refresh() {
    this.#list.refresh();
  }

  reveal() {
    this.#list.reveal();
  }

  focus() {
    this.#list.element.focus({ preventScroll: true });
  }

  /** Moves to the first row. */
  selectFirst() {
    this.#list.setCurrent(-1);
    this.#list.move(1);
  }

  /** @param {string} words In place of rows; '' for nothing. */
  say(words) {
    this.#nothing.hidden = !words;
    if (this.#nothing.textContent !== words) this.#nothing.textContent = words;
  }

  /** @param {Error} [error] */
  #show(error) {
    if (error) {
      this.#list.replaceRows([], -1);
      this.say(error.message);
      return;
    }
    const total = this.#rows?.total ?? 0;
    if (this.#list.rows.length === total) this.#list.refresh();
    else this.#list.setRows([...Array(total).keys()], Math.min(this.#list.current, total - 1));
    const words = this.#options.onRows(total);
    this.say(total ? '' : words);
    if (this.#awaited) this.#select(this.current);
  }

  /** @param {Row | undefined} row */
  #select(row) {
    this.#awaited = !row;
    if (row) this.#options.onSelect(row);
  }

  /** @param {number} index @returns {HTMLElement} */
  #render(index) {
    const row = this.#rows?.at(index);
    if (row) return this.#options.render(row);
    return make('div', { class: `row ${this.#options.kind}`, role: 'row', 'aria-busy': 'true' }, cell('busy', '…'));
  }
}
