/** Every distinct value once, with what the rules say of it: ten thousand files are reviewed in a few hundred rows. */

import { make } from '../dom.js';
import { count, masked, maskedPath, tag } from '../format.js';
import { entryAt } from '../state.js';
import { PagedRows } from '../paged-rows.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { flagBlocks, flagLines, placeNodes, placeWords } from './flags.js';
import { severityMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { State, Summary, ValueQuery, ValueRow } from '../state.js' */

const ROW_HEIGHT = 28;

/** How long typing must rest before the core looks through all values. */
const REST_MS = 200;

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: (query: ValueQuery, start: number, stop: number) => Promise<{total: number, rows: ValueRow[]}>,
 *   onQuery: (query: ValueQuery) => void,
 *   onSelect: (row: ValueRow) => void,
 *   onElement: (row: ValueRow) => void,
 *   onOpen: (row: ValueRow) => void,
 * }} actions
 */
export function createValueList(element, { read, onQuery, onSelect, onElement, onOpen }) {
  /** @type {Summary | null} */
  let summary = null;
  /** @type {ValueQuery | null} */
  let query = null;
  let hidden = false;
  /** Whether what is shown is not of this summary and this query. */
  let stale = true;
  /** @type {PagedRows<ValueRow> | undefined} */
  let table;
  /** What the table was last asked for. @type {ValueQuery | null} */
  let loaded = null;
  /** @type {ValueRow | null} */
  let chosen = null;
  /** Whether the current row was moved to before it had come. */
  let awaited = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const bar = createFilterBar({
    label: texts.values.filter,
    choiceLabel: texts.values.kind,
    choices: texts.values.kinds,
    onChange: () => {
      clearTimeout(timer);
      timer = setTimeout(ask, REST_MS);
    },
  });
  const list = new VirtualList({
    label: texts.values.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('distinct-value', texts.values.columns),
    render: (/** @type {number} */ index) => renderRow(table?.at(index)),
    onSelect: (index) => choose(table?.at(index)),
    onOpen: () => chosen && hasElement(chosen) && onElement(chosen),
  });
  const nothing = make('p', { class: 'nothing', hidden: true });
  const detail = make('section', { class: 'detail', 'aria-live': 'polite' });
  element.append(bar.element, list.element, nothing, detail);

  function ask() {
    const kind = /** @type {ValueQuery['kind']} */ (bar.choice.value);
    const same = query?.kind === kind && query.find.trim().toLowerCase() === bar.text;
    if (!same) onQuery({ kind, find: bar.text });
  }

  /** Fetches the first rows; the list fills as they come. Judged again, the same rows keep their place. */
  function load() {
    const asked = /** @type {ValueQuery} */ (query);
    table?.stop();
    chosen = null;
    awaited = false;
    renderDetail();
    if (asked !== loaded) {
      list.replaceRows([], -1);
      bar.tally.textContent = '';
      nothing.hidden = false;
      nothing.textContent = texts.values.reading;
    }
    loaded = asked;
    table = new PagedRows((start, stop) => read(asked, start, stop), show);
    table.at(0);
  }

  /** @param {Error} [error] */
  function show(error) {
    const total = table?.total ?? 0;
    if (error) {
      nothing.hidden = false;
      nothing.textContent = error.message;
      return;
    }
    if (list.rows.length === total) list.refresh();
    else list.replaceRows([...Array(total).keys()], -1);
    bar.tally.textContent = count(total);
    nothing.hidden = total > 0;
    nothing.textContent = query?.find || query?.kind !== 'all' ? texts.values.noMatch : texts.values.none;
    const row = list.current < 0 ? undefined : table?.at(list.current);
    if (awaited) choose(row);
    else if (row && !chosen) {
      chosen = row;
      renderDetail();
    }
  }

  /** @param {ValueRow | undefined} row */
  function choose(row) {
    awaited = !row;
    if (!row) return;
    chosen = row;
    renderDetail();
    onSelect(row);
  }

  /** @param {ValueRow | undefined} row @returns {HTMLElement} */
  function renderRow(row) {
    if (!row) {
      return make('div', { class: 'row distinct-value', role: 'row', 'aria-busy': 'true' }, cell('element', '…'));
    }
    const text = textOf(row, hidden);
    return make(
      'div',
      { class: 'row distinct-value', role: 'row' },
      cell('severity', row.severity ? severityMark(row.severity) : '', flagLines(row.flags)),
      cell('element', placeWords(row), [row.path, row.name, row.private_creator].filter(Boolean).join(' ')),
      cell('value', text, text),
      cell('files', count(row.files)),
      cell('count', count(row.count)),
    );
  }

  function renderDetail() {
    detail.replaceChildren();
    if (!chosen || !summary) {
      detail.append(make('p', { class: 'detail-hint', text: texts.values.pick }));
      return;
    }
    const row = chosen;
    const { first_entry: first } = row;
    const inElement = hasElement(row);
    const name = first === null ? '' : entryAt(summary, first).name;
    detail.append(
      make(
        'header',
        { class: 'detail-head' },
        row.severity && severityMark(row.severity),
        make('h2', {}, ...placeNodes(row)),
        make('span', { class: 'detail-count', text: texts.findings.occurs(row.count, row.files) }),
      ),
      make('div', { class: 'detail-values' }, make('span', { class: 'value-chip', text: textOf(row, hidden) || '–' })),
      ...(row.flags.length ? flagBlocks(row.flags) : [make('p', { class: 'detail-hint', text: texts.values.silent })]),
      make(
        'div',
        { class: 'detail-actions' },
        inElement && smallButton(texts.findings.showElement, () => onElement(row)),
        inElement && smallButton(texts.values.open, () => onOpen(row)),
        make('span', { class: 'detail-entry', text: hidden ? maskedPath(name) : name }),
      ),
    );
  }

  /** @param {ValueRow} row Whether there is an element to be shown. */
  function hasElement({ path, first_entry: first }) {
    return Boolean(path && summary && first !== null && entryAt(summary, first).status === 'dicom');
  }

  return {
    focusFilter: bar.focus,
    focus: () => list.element.focus({ preventScroll: true }),
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      if (state.summary !== summary || state.values !== query) stale = true;
      summary = state.summary;
      if (state.values !== query) {
        query = state.values;
        clearTimeout(timer);
        if (bar.text !== query.find.trim().toLowerCase() || bar.choice.value !== query.kind) {
          bar.set(query.find, query.kind);
        }
      }
      const masks = state.hidden !== hidden;
      hidden = state.hidden;
      if (stale && state.tab === 'values') {
        stale = false;
        load();
      } else if (masks) {
        list.refresh();
        renderDetail();
      }
    },
  };
}

/** @param {string} text @param {() => void} onclick */
function smallButton(text, onclick) {
  return make('button', { type: 'button', class: 'button small', text, onclick });
}

/** @param {ValueRow} row @param {boolean} hidden @returns {string} Masked where it may tell who someone is. */
function textOf({ where, origin, text, severity }, hidden) {
  const harmless =
    (severity === null || severity === 'info') && !origin && (where === 'element' || where === 'file-meta');
  return hidden && !harmless ? masked(text) : text;
}

/** @param {ValueRow} row As the dialog for values names it. */
export function toElement(row) {
  return { path: row.path, tag: tag(row.tag), name: row.name, vr: row.vr, private_creator: row.private_creator };
}
