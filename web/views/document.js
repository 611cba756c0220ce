/**
 * An object as a document: neutral blocks from the core, drawn without knowing what they mean. Every text is a text
 * node; those that identify are masked while identifiers are hidden.
 */

import { make } from '../dom.js';
import { masked } from '../format.js';
import { entryAt } from '../state.js';
import { texts } from '../texts.js';
import { chart, plot } from './document-plots.js';

/** @import { Document } from '../documents.js' */
/** @import { State } from '../state.js' */

/**
 * @typedef {object} Run A piece of text in one style.
 * @property {string} text
 * @property {boolean} [identifying]
 * @property {'strong' | 'quiet' | 'code' | 'warning'} [style]
 * @property {string} [reference] What it leads to, if an entry holds it.
 * @property {number} [frame]
 * @property {string} [color] Of a swatch before the text.
 */

/** Deeper rows are not indented further: the text would be left no room. */
const MAX_INDENT = 16;

const SCROLLING = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
  ' ',
]);

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: (entry: number) => Promise<Document>,
 *   wants: (state: State) => boolean,
 *   onSelect: (entry: number, frame: number) => void,
 * }} actions `wants` says whether the document of the selected entry is to be shown here now.
 */
export function createDocument(element, { read, wants, onSelect }) {
  const body = make('article', { class: 'document', tabindex: 0, 'aria-label': texts.document.label });
  const words = make('p', { class: 'nothing', role: 'status' });
  element.append(words, body);
  body.addEventListener('keydown', (event) => {
    if (SCROLLING.has(event.key)) event.stopPropagation(); // around it, they walk through the images
  });

  /** Which entry is shown or read, of which review. @type {{entry: number, summary: object} | null} */
  let asked = null;
  /** @type {Document | null} */
  let shown = null;
  let hidden = false;

  /** @param {number} entry @param {object} summary */
  async function load(entry, summary) {
    const own = { entry, summary };
    asked = own;
    shown = null;
    explain(texts.document.reading);
    try {
      const document = await read(entry);
      if (asked !== own) return;
      shown = document;
      draw();
      body.scrollTop = 0;
    } catch (error) {
      if (asked === own) explain(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} sentence */
  function explain(sentence) {
    body.hidden = true;
    words.hidden = false;
    words.textContent = sentence;
  }

  function draw() {
    if (!shown) return;
    const { title, blocks } = shown;
    const place = body.scrollTop;
    words.hidden = true;
    body.hidden = false;
    body.replaceChildren(make('h2', { class: 'document-title' }, ...runNodes([title])), ...blocks.map(drawBlock));
    body.scrollTop = place;
  }

  /** @param {any} block @returns {HTMLElement | SVGElement} */
  function drawBlock(block) {
    switch (block.kind) {
      case 'heading':
        return make(block.level > 2 ? 'h4' : 'h3', {}, ...runNodes(block.runs));
      case 'paragraph':
        return make('p', { class: `document-text ${block.tone}` }, ...runNodes(block.runs));
      case 'fields':
        return make('dl', { class: 'document-fields' }, ...block.rows.flatMap(drawField));
      case 'tree':
        return make('ul', { class: 'document-tree' }, ...block.rows.map(drawRow));
      case 'table':
        return drawTable(block);
      case 'plot':
        return plot(block, shown?.buffers[block.buffer] ?? new ArrayBuffer(0), labelOf);
      case 'chart':
        return chart(block, labelOf);
      default:
        throw new Error(`unknown block ${block.kind}`);
    }
  }

  /** @param {{name: string, runs: Run[]}} row */
  function drawField({ name, runs }) {
    return [make('dt', { text: name }), make('dd', {}, ...runNodes(runs))];
  }

  /** @param {{depth: number, section: boolean, runs: Run[]}} row */
  function drawRow({ depth, section, runs }) {
    const row = make('li', { class: section ? 'section' : null }, ...runNodes(runs));
    row.style.setProperty('--depth', String(Math.min(depth, MAX_INDENT)));
    return row;
  }

  /** @param {{columns: string[], rows: Run[][][]}} block */
  function drawTable({ columns, rows }) {
    const head = make('tr', {}, ...columns.map((text) => make('th', { scope: 'col', text })));
    const lines = rows.map((cells) => make('tr', {}, ...cells.map((runs) => make('td', {}, ...runNodes(runs)))));
    const table = make('table', {}, make('thead', {}, head), make('tbody', {}, ...lines));
    return make(
      'div',
      { class: 'document-table', tabindex: 0, role: 'region', 'aria-label': columns.join(', ') },
      table,
    );
  }

  /** @param {Run} run @returns {string} */
  function labelOf({ text, identifying }) {
    return identifying && hidden ? masked(text) : text;
  }

  /** @param {Run[]} runs @returns {Node[]} */
  function runNodes(runs) {
    return runs.flatMap((run) => {
      const { style, reference, frame = 0, color } = run;
      const swatch = color ? [make('span', { class: 'swatch', 'aria-hidden': 'true' })] : [];
      if (color && swatch[0]) swatch[0].style.setProperty('background', color);
      const text = labelOf(run);
      if (!reference) return [...swatch, style ? make('span', { class: `run-${style}`, text }) : new Text(text)];
      const entry = shown?.links.get(reference);
      if (entry === undefined) {
        return [...swatch, new Text(text), make('span', { class: 'run-quiet', text: ` ${texts.document.notHere}` })];
      }
      const link = make('button', { type: 'button', class: 'count-link', text, title: texts.document.open });
      link.addEventListener('click', () => onSelect(entry, frame));
      return [...swatch, link];
    });
  }

  return {
    focusFilter: () => body.focus(),
    focus: () => body.focus({ preventScroll: true }),
    reveal: () => {},
    /** @param {State} state @returns {boolean} Whether there is something to show. */
    render(state) {
      const { summary, selection } = state;
      const { entry } = selection;
      const masks = state.hidden !== hidden;
      hidden = state.hidden;
      if (!summary || !wants(state)) {
        asked = null;
        return false;
      }
      if (entry === null || entryAt(summary, entry).status !== 'dicom') {
        asked = null;
        shown = null;
        const status = entry === null ? '' : texts.files.is[entryAt(summary, entry).status];
        explain(entry === null ? texts.document.pick : texts.document.notDicom(status));
        return true;
      }
      // Judged again, the entries are the same, and so is what is in them.
      if (asked?.entry !== entry || asked.summary !== summary.entries.name) load(entry, summary.entries.name);
      else if (masks) draw();
      return true;
    },
  };
}
