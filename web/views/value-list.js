/** Every distinct value once, with what the rules say of it: ten thousand files are reviewed in a few hundred rows. */

import { make } from '../dom.js';
import { count, masked, maskedPath, tag } from '../format.js';
import { entryAt } from '../state.js';
import { item } from '../item.js';
import { PagedRows } from '../paged-rows.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { flagBlocks, flagLines, placeHeading, placeWords } from './flags.js';
import { saidMark, severityMark } from './marks.js';
import { createMarkBar } from './mark-bar.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Said, State, Summary, ValueMark, ValueQuery, ValueRow } from '../state.js' */

const ROW_HEIGHT = 28;

/** How long typing must rest before the core looks through all values. */
const REST_MS = 200;

/** How many rows are fetched at once, to be marked. */
const MOST_ROWS = 5000;

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: (query: ValueQuery, start: number, stop: number) => Promise<{total: number, rows: ValueRow[]}>,
 *   onQuery: (query: ValueQuery) => void,
 *   onSelect: (row: ValueRow) => void,
 *   onElement: (row: ValueRow) => void,
 *   onOpen: (row: ValueRow) => void,
 *   onMark: (rows: Pick<ValueMark, 'key' | 'path'>[], mark: {said: Said, note: string} | null) => void,
 *   onUndo: () => void,
 *   onRedo: () => void,
 *   onReviewer: (reviewer: string) => void,
 * }} actions
 */
export function createValueList(element, { read, onQuery, onSelect, onElement, onOpen, ...marking }) {
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
  /** Rows that a mark would be set on, by index. @type {number[]} */
  let indexes = [];
  /** By key. @type {Map<string, ValueMark>} */
  let marks = new Map();
  /** @type {ValueMark[]} */
  let given = [];
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
    onChosen: (chosenNow) => {
      indexes = chosenNow;
      renderBar();
    },
    onKey: (event) => markBar.onKey(event),
  });
  const markBar = createMarkBar({ ...marking, onMark: mark });
  const limit = make('div', { class: 'limit', hidden: true });
  const nothing = make('p', { class: 'nothing', hidden: true });
  const detail = make('section', { class: 'detail', 'aria-label': texts.values.detail });
  element.append(bar.element, limit, list.element, nothing, markBar.element, detail);

  function ask() {
    const kind = /** @type {ValueQuery['kind']} */ (bar.choice.value);
    const same = query?.kind === kind && query.find.trim().toLowerCase() === bar.text;
    if (!same) onQuery({ kind, find: bar.text, creator: kind === 'private' ? (query?.creator ?? null) : null });
  }

  /** @param {{said: Said, note: string} | null} given Null takes the marks away. */
  async function mark(given) {
    const asked = query;
    const several = indexes.length > 1;
    const rows = await rowsAt(indexes);
    if (asked !== query || !rows.length) return;
    marking.onMark(
      rows.map(({ key, path }) => ({ key, path: path.replace(/\[\d+\]/g, '[*]') })),
      given,
    );
    const stays = query?.kind !== 'open' && query?.kind !== 'marked';
    if (!several && given && stays) list.move(1);
  }

  /** @param {number[]} wanted Ascending. @returns {Promise<ValueRow[]>} Those that were not looked at are fetched. */
  async function rowsAt(wanted) {
    /** @type {ValueRow[]} */
    const rows = [];
    for (let at = 0; at < wanted.length;) {
      const start = item(wanted, at);
      let end = at + 1;
      while (end < wanted.length && wanted[end] === start + end - at && end - at < MOST_ROWS) end += 1;
      const known = end - at === 1 ? table?.at(start) : undefined;
      const part = known ? [known] : (await read(/** @type {ValueQuery} */ (query), start, start + end - at)).rows;
      rows.push(...part);
      at = end;
    }
    return rows;
  }

  function renderBar() {
    const first = indexes[0] === undefined ? undefined : table?.at(indexes[0]);
    markBar.render(indexes.length, first ? (marks.get(first.key) ?? null) : null);
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
      indexes = [];
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
    else {
      list.setRows([...Array(total).keys()], Math.min(list.current, total - 1));
      indexes = list.current < 0 ? [] : [list.current];
    }
    renderBar();
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
    const said = marks.get(row.key);
    return make(
      'div',
      { class: 'row distinct-value', role: 'row' },
      cell('severity', row.severity ? severityMark(row.severity) : '', flagLines(row.flags)),
      cell('element', placeWords(toPlace(row)), [row.pattern, row.name, row.private_creator].filter(Boolean).join(' ')),
      cell('value', text, text),
      cell('files', count(row.files)),
      cell('count', count(row.count)),
      cell('said', said ? saidMark(said.said) : '', said?.note),
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
        placeHeading(toPlace(row)),
        make('span', { class: 'detail-count', text: texts.findings.occurs(row.count, row.files) }),
      ),
      ...saidNodes(marks.get(row.key)),
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

  function renderLimit() {
    const creator = query?.creator ?? null;
    limit.hidden = creator === null;
    if (creator === null || limit.dataset.creator === creator) return;
    limit.dataset.creator = creator;
    limit.replaceChildren(
      make('span', { text: texts.values.onlyCreator(creator || texts.private.noCreator) }),
      smallButton(texts.files.showAll, () => onQuery({ kind: 'private', find: '', creator: null })),
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
      const masks = state.hidden !== hidden || state.marks.values !== given;
      if (state.marks.values !== given) {
        given = state.marks.values;
        marks = new Map(given.map((one) => [one.key, one]));
      }
      renderLimit();
      markBar.update(state);
      hidden = state.hidden;
      if (stale && state.tab === 'values') {
        stale = false;
        load();
      } else if (masks) {
        list.refresh();
        renderDetail();
        renderBar();
      }
    },
  };
}

/** @param {ValueRow} row As the place that is shown of it. */
const toPlace = (row) => ({ ...row, path: row.pattern });

/** @param {ValueMark | undefined} mark */
function saidNodes(mark) {
  if (!mark) return [];
  const words = [mark.note, mark.reviewer, mark.time.replace('T', ' ').replace('Z', ' UTC')]
    .filter(Boolean)
    .join(' · ');
  return [make('p', { class: 'said-words' }, saidMark(mark.said), make('span', { text: words }))];
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
