/** What varies inside the series of the chosen instance: between what, in how many objects, and which of them has which value. */

import { make } from '../dom.js';
import { count, date, masked } from '../format.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { placeWords } from './flags.js';
import { PagedList } from './paged-list.js';
import { tagButton } from './tag-button.js';
import { cell, headRow } from './virtual-list.js';

/** @import { Severity, State, Summary } from '../state.js' */

/**
 * @typedef {object} Variation An element that varies.
 * @property {string} path Without the numbers of Items.
 * @property {string} tag
 * @property {string} name
 * @property {string | null} private_creator
 * @property {string} vr
 * @property {'number' | 'date' | 'time' | 'age' | 'text'} kind
 * @property {[string, string][]} ranges Lowest and highest, of each component; none of text.
 * @property {number} distinct
 * @property {number} missing How many instances do not have it.
 * @property {string[]} examples
 * @property {Severity | null} severity
 * @property {number} first_entry
 *
 * @typedef {object} Held One of its values.
 * @property {string | null} text Null: no element.
 * @property {string} path In the first entry.
 * @property {number} files
 * @property {number} first_entry
 * @property {Severity | null} severity
 *
 * @typedef {{total: number, rows: Variation[], instances: number, elements: number}} Answer
 */

const words = texts.varies;
const ROW_HEIGHT = 28;
const REST_MS = 200;

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: (entry: number, find: string, start: number, stop: number) => Promise<Answer>,
 *   readValues: (entry: number, row: Variation, start: number, stop: number) => Promise<{total: number, rows: Held[]}>,
 *   onSelect: (entry: number, path: string) => void,
 *   onOpen: (entry: number, path: string) => void,
 * }} actions
 */
export function createVaries(element, { read, readValues, onSelect, onOpen }) {
  /** @type {Summary | null} */
  let summary = null;
  /** Entries of the series that is shown. @type {number[] | null} */
  let series = null;
  let entry = -1;
  let hidden = false;
  let stale = false;
  /** @type {Variation | null} */
  let chosen = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const bar = createFilterBar({
    label: words.filter,
    choiceLabel: '',
    choices: {},
    onChange: () => {
      clearTimeout(timer);
      timer = setTimeout(() => load(), REST_MS);
    },
  });
  bar.choice.remove(); // there is nothing to choose
  const title = make('p', { class: 'panel-title' });
  const list = new PagedList({
    label: words.label,
    kind: 'variation',
    rowHeight: ROW_HEIGHT,
    head: headRow('variation', words.columns),
    reading: words.reading,
    render: (/** @type {Variation} */ row) => renderRow(row),
    onSelect: (row) => {
      chosen = row;
      renderDetail();
    },
    onOpen: () => values.focus(),
    onRows: () => (bar.text ? words.noMatch : series?.length === 1 ? words.single : words.none),
  });
  const values = new PagedList({
    label: words.values,
    kind: 'held',
    rowHeight: ROW_HEIGHT,
    head: headRow('held', words.valueColumns),
    reading: words.reading,
    render: (/** @type {Held} */ row) => renderValue(row),
    onSelect: (row) => onSelect(row.first_entry, row.path),
    onOpen: (row) => onOpen(row.first_entry, row.path),
    onRows: () => '',
  });
  const heading = make('h2');
  const detailHint = make('p', { class: 'detail-hint' });
  const detail = make(
    'section',
    { class: 'detail varies-detail' },
    make('header', { class: 'detail-head' }, heading),
    detailHint,
    values.element,
  );
  const note = make('p', { class: 'fine varies-note', text: words.binary });
  element.append(bar.element, title, list.element, note, detail);

  function load() {
    const asked = entry;
    const find = bar.text;
    chosen = null;
    renderDetail();
    bar.tally.textContent = '';
    if (!series) {
      list.load(null);
      title.textContent = '';
      list.say(asked < 0 ? words.pick : words.noSeries);
      return;
    }
    list.load(async (start, stop) => {
      const answer = await read(asked, find, start, stop);
      if (!find) title.textContent = words.title(answer.instances, answer.total, answer.elements);
      bar.tally.textContent = count(answer.total);
      return answer;
    });
  }

  /** @param {{severity: Severity | null}} row */
  const isHidden = ({ severity }) => hidden && severity !== null && severity !== 'info';

  /** @param {Variation} row @returns {string} */
  function rangeWords(row) {
    /** @param {string} text */
    const show = (text) => {
      if (isHidden(row)) return masked(text);
      return row.kind === 'date' ? date(text) : text;
    };
    if (row.ranges.length) return row.ranges.map(([low, high]) => words.range(show(low), show(high))).join(' \\ ');
    const examples = row.examples.map((text) => (text ? show(text) : words.empty));
    return examples.join(' | ') + (row.distinct > row.examples.length ? ' | …' : '');
  }

  /** @param {Variation} row @returns {HTMLElement} */
  function renderRow(row) {
    const range = rangeWords(row);
    return make(
      'div',
      { class: 'row variation', role: 'row' },
      cell(
        'element',
        placeWords({ where: 'element', path: row.path, name: row.name, private_creator: row.private_creator }),
        [row.path, row.name, row.private_creator].filter(Boolean).join(' '),
      ),
      cell('range', range, range),
      cell('distinct', count(row.distinct)),
      cell('missing', row.missing ? count(row.missing) : ''),
    );
  }

  /** @param {Held} row @returns {HTMLElement} */
  function renderValue(row) {
    const text = row.text === null ? words.missing : row.text || words.empty;
    const shown = row.text && isHidden(row) ? masked(text) : chosen?.kind === 'date' ? date(text) : text;
    const dated = shown !== text && !isHidden(row);
    return make(
      'div',
      { class: 'row held', role: 'row' },
      cell(
        'value',
        make('span', {}, shown, dated && make('span', { class: 'aside', text })),
        dated ? `${shown} (${text})` : shown,
      ),
      cell('files', count(row.files)),
    );
  }

  function renderDetail() {
    const row = chosen;
    values.element.hidden = heading.hidden = !row;
    detailHint.hidden = Boolean(row);
    detailHint.textContent = series ? words.pickElement : '';
    if (!row) {
      values.load(null);
      return;
    }
    const asked = entry;
    heading.replaceChildren(tagButton(row.path, row.private_creator), ' ', row.name || row.private_creator || '');
    values.load((start, stop) => readValues(asked, row, start, stop));
  }

  return {
    focusFilter: bar.focus,
    focus: () => list.focus(),
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      const next = state.selection.entry ?? -1;
      if (state.summary !== summary) {
        summary = state.summary;
        series = null;
        stale = true;
      }
      if (next !== entry && !series?.includes(next)) {
        entry = next;
        series = summary ? seriesOf(summary, entry) : null;
        stale = true;
      } else if (!series && summary) {
        series = seriesOf(summary, entry);
      }
      const masks = state.hidden !== hidden;
      hidden = state.hidden;
      if (stale && state.tab === 'varies') {
        stale = false;
        load();
      } else if (masks) {
        list.refresh();
        values.refresh();
      }
    },
  };
}

/** @param {Summary} summary @param {number} entry @returns {number[] | null} The entries of its series. */
function seriesOf(summary, entry) {
  for (const { studies } of summary.patients) {
    for (const study of studies) {
      for (const { instances } of study.series) if (instances.includes(entry)) return instances;
    }
  }
  return null;
}
