/** One value opened: its text, and its bytes a page at a time, read from the archive when they are looked at. */

import { byId, make } from '../dom.js';
import { texts } from '../texts.js';
import { closeOnBackdrop, fill } from './dialogs.js';

/** @import { ElementRow, OpenedValue } from '../state.js' */

const BYTES_PER_LINE = 16;
const PAGE_BYTES = 4096;

/**
 * @param {{read: (entry: number, path: string, start: number, stop: number) => Promise<OpenedValue>}} actions
 */
export function createValueDialog({ read }) {
  const dialog = byId('value-dialog');
  closeOnBackdrop(dialog);
  /** Counts what was opened, so that a late answer is not taken for the next. */
  let opened = 0;
  return {
    /**
     * @param {number} entry
     * @param {Pick<ElementRow, 'path' | 'tag' | 'name' | 'vr' | 'private_creator'>} row
     * @param {boolean} hidden
     */
    async open(entry, row, hidden) {
      const own = ++opened;
      const title = `${row.tag} ${row.name || row.private_creator || ''}`;
      const note = (/** @type {string} */ text) => make('p', { class: 'fine', text });
      const facts = note([row.path, row.vr].join(' · '));
      fill(dialog, title, texts.value.close, facts, note(hidden ? texts.value.hidden : texts.value.loading));
      dialog.showModal();
      if (hidden) return;
      const ask = (/** @type {number} */ start) => read(entry, row.path, start, start + PAGE_BYTES);
      try {
        const first = await ask(0);
        if (own !== opened) return;
        const { text, characters } = first;
        fill(
          dialog,
          title,
          texts.value.close,
          facts,
          text !== null && make('h3', { text: texts.value.asText }),
          text !== null && make('pre', { class: 'value-text', text: text || texts.value.empty }),
          text !== null && text.length < characters && note(texts.value.textCut(text.length, characters)),
          make('h3', { text: texts.value.asHex }),
          createPages(first, ask),
        );
      } catch (error) {
        if (own === opened) fill(dialog, title, texts.value.close, facts, note(/** @type {Error} */ (error).message));
      }
    },
  };
}

/** @param {OpenedValue} first @param {(start: number) => Promise<OpenedValue>} ask @returns {HTMLElement} */
function createPages(first, ask) {
  const { length } = first;
  const last = Math.max(0, Math.floor((length - 1) / PAGE_BYTES));
  let page = 0;
  const tally = make('p', { class: 'fine', role: 'status' });
  const bytes = make('pre', { class: 'value-hex' });
  const words = texts.value;
  const step = (/** @type {string} */ text, /** @type {() => number} */ target) =>
    make('button', { type: 'button', class: 'button small', text, onclick: () => go(target()) });
  const buttons = [
    step(words.firstPage, () => 0),
    step(words.previousPage, () => page - 1),
    step(words.nextPage, () => page + 1),
    step(words.lastPage, () => last),
  ];

  /** @param {number} target */
  async function go(target) {
    if (target < 0 || target > last || target === page) return;
    page = target;
    tally.textContent = words.loading;
    try {
      const value = await ask(target * PAGE_BYTES);
      if (page === target) show(value);
    } catch (error) {
      if (page === target) tally.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {OpenedValue} value */
  function show({ hex, stated, damage }) {
    const start = page * PAGE_BYTES;
    tally.textContent = [words.bytes(start, hex.length / 2, length), !stated && words.undefinedLength, damage]
      .filter(Boolean)
      .join(' ');
    bytes.textContent = toDump(hex, start);
    bytes.hidden = !hex;
    // Those that lead nowhere stay in reach, or the focus would be lost on the way.
    buttons.forEach((button, at) => button.setAttribute('aria-disabled', String(at < 2 ? page === 0 : page === last)));
  }

  show(first);
  return make('div', {}, tally, last > 0 && make('div', { class: 'value-pages' }, ...buttons), bytes);
}

/** @param {string} hex @param {number} start @returns {string} Lines of offset, bytes and the ASCII characters among them. */
function toDump(hex, start) {
  const lines = [];
  for (let at = 0; at < hex.length; at += 2 * BYTES_PER_LINE) {
    const bytes = hex.slice(at, at + 2 * BYTES_PER_LINE).match(/../g) ?? [];
    const ascii = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
    });
    const offset = (start + at / 2).toString(16).padStart(6, '0');
    lines.push(`${offset}  ${bytes.join(' ').padEnd(3 * BYTES_PER_LINE - 1)}  ${ascii.join('')}`);
  }
  return lines.join('\n');
}
