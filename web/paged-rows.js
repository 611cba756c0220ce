/** Rows that are fetched when they are looked at, a page at a time. */

import { item } from './item.js';

const PAGE_ROWS = 200;

/** @template Row */
export class PagedRows {
  #read;
  #onChange;
  /** @type {Map<number, Row[]>} */
  #pages = new Map();
  /** The page that was looked at last and is not there; while one is on its way, only the newest wish counts. */
  #wanted = -1;
  #busy = false;
  #stopped = false;
  /** How many rows there are; known once the first page has come. @type {number | undefined} */
  total;

  /**
   * @param {(start: number, stop: number) => Promise<{total: number, rows: Row[]}>} read
   * @param {(error?: Error) => void} onChange More rows are there, or why not.
   */
  constructor(read, onChange) {
    this.#read = read;
    this.#onChange = onChange;
  }

  /** @param {number} index @returns {Row | undefined} Nothing while it is on its way. */
  at(index) {
    const page = Math.floor(index / PAGE_ROWS);
    const rows = this.#pages.get(page);
    if (rows) return item(rows, index % PAGE_ROWS);
    this.#wanted = page;
    if (!this.#busy) this.#fetch();
    return undefined;
  }

  /** Nobody looks any more. */
  stop() {
    this.#stopped = true;
  }

  async #fetch() {
    this.#busy = true;
    while (this.#wanted >= 0 && !this.#stopped) {
      const page = this.#wanted;
      this.#wanted = -1;
      try {
        const { total, rows } = await this.#read(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
        if (this.#stopped) return;
        this.total = total;
        this.#pages.set(page, rows);
        if (this.#wanted === page) this.#wanted = -1;
        this.#onChange(); // draws, and so may wish for another page
      } catch (error) {
        if (!this.#stopped) this.#onChange(/** @type {Error} */ (error));
        break;
      }
    }
    this.#busy = false;
  }
}
