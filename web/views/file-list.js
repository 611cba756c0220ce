/** Every entry of the archive, as a row or as a tile: nothing is left out, and each says what it is and why. */

import { make } from '../dom.js';
import { GRAVEST, sortEntries, toFileTable } from '../file-table.js';
import { masked, maskedPath, size } from '../format.js';
import { item } from '../item.js';
import { toLooks } from '../series-looks.js';
import { entryAt } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { placeName, ruleWords } from './flags.js';
import { severityMark, shapeMark } from './marks.js';
import { Mosaic } from './mosaic.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Column, FileTable, Gravest } from '../file-table.js' */
/** @import { Look } from '../series-looks.js' */
/** @import { State, Summary } from '../state.js' */

const ROW_HEIGHT = 26;
const words = texts.files;

/**
 * @param {HTMLElement} element
 * @param {{
 *   onSelect: (entry: number) => void,
 *   onOpen: (entry: number) => void,
 *   onStatus: (status: string) => void,
 *   onFinding: (finding: number, entry: number) => void,
 *   onBeside: (entry: number) => void,
 * }} actions
 */
export function createFileList(element, { onSelect, onOpen, onStatus, onFinding, onBeside }) {
  /** @type {Summary | null} */
  let summary = null;
  /** @type {FileTable} */
  let table = { series: [], seriesOf: new Int32Array(), gravest: [], problems: new Map() };
  /** @type {Look[]} By series. */
  let looks = [];
  /** @type {State['onlyEntries']} */
  let only = null;
  let hidden = false;
  let status = 'all';
  let selected = -1;
  /** Whether what is shown is not of this state. */
  let stale = true;
  /** @type {Column} */
  let column = 'index';
  let descending = false;
  let mosaicOn = false;
  /** All entries in the order that was asked for; null where it is to be made. @type {number[] | null} */
  let order = null;
  /** What the filter looks into, by entry; made when it is first used. @type {string[] | null} */
  let searched = null;
  /** What is shown. @type {number[]} */
  let rows = [];

  const bar = createFilterBar({
    label: words.filter,
    choiceLabel: words.status,
    choices: words.statuses,
    onChange: () => (bar.choice.value === status ? filter() : onStatus(bar.choice.value)),
  });
  const severities = choice(words.severity, () => filter());
  const kinds = choice(words.kind, () => filter());
  const sorting = choice(words.sort, () => sortBy(/** @type {Column} */ (sorting.value), false));
  fill(sorting, Object.entries(words.sorts));
  const direction = make('button', {
    type: 'button',
    class: 'button small',
    'aria-pressed': 'false',
    onclick: () => sortBy(column, !descending),
    text: words.reverse,
  });
  const views = /** @type {const} */ (['list', 'mosaic']).map((view) =>
    make('button', {
      type: 'button',
      class: 'button small',
      'aria-pressed': 'false',
      text: words.views[view],
      onclick: () => showAs(view === 'mosaic'),
    }),
  );
  bar.element.insertBefore(
    make('div', { class: 'segments', role: 'group', 'aria-label': words.view }, ...views),
    bar.tally,
  );
  const second = make('div', { class: 'filter-bar second' }, bar.choice, severities, kinds, sorting, direction);
  const limit = make('p', { class: 'limit', hidden: true });
  const head = headRow('entry', words.columns);
  for (const title of head.children) makeSortable(/** @type {HTMLElement} */ (title));
  const list = new VirtualList({
    label: words.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head,
    render: (/** @type {number} */ entry) => renderRow(entry),
    onSelect,
    onOpen,
  });
  const legend = createLegend();
  const mosaic = new Mosaic({
    label: words.mosaicLabel,
    tile: (entry) => ({
      status: item(theSummary().entries.status, entry),
      look: looks[table.seriesOf[entry] ?? -1] ?? null,
      gravest: item(table.gravest, entry),
    }),
    describe: (entry) => describe(entry),
    onSelect,
    onOpen,
  });
  const nothing = make('p', { class: 'nothing', hidden: true, text: words.noMatch });
  const detail = make('section', { class: 'detail file-detail', 'aria-live': 'polite' });
  element.append(bar.element, second, limit, list.element, legend, mosaic.element, nothing, detail);

  const theSummary = () => /** @type {Summary} */ (summary);

  /** @param {HTMLElement} title Of a column. A click sorts; the keyboard has the choice above. */
  function makeSortable(title) {
    const [name] = [...title.classList].filter((one) => one !== 'cell');
    if (!name || !(name in words.sorts)) return;
    title.dataset.column = name;
    title.addEventListener('click', () => sortBy(/** @type {Column} */ (name), column === name && !descending));
  }

  /** @param {Column} by @param {boolean} down */
  function sortBy(by, down) {
    [column, descending, order] = [by, down, null];
    filter();
  }

  /** @param {boolean} tiles */
  function showAs(tiles) {
    mosaicOn = tiles;
    show();
    current().element.focus({ preventScroll: true });
  }

  const current = () => (mosaicOn ? mosaic : list);

  function filter() {
    if (!summary) return;
    const { archive, entries } = summary;
    const { text } = bar;
    if (text) searched ??= entries.name.map((_, entry) => searchedOf(entry));
    order ??= sortEntries(summary, table, column, descending);
    const severity = severities.value;
    const kind = kinds.value;
    rows = order.filter(
      (entry) =>
        (!only || only.entries.has(entry)) &&
        (status === 'all' || entries.status[entry] === status) &&
        (severity === 'all' || table.gravest[entry] === severity) &&
        (kind === 'all' || entries.kind[entry] === kind.slice(1)) &&
        (!text || searched?.[entry]?.includes(text)),
    );
    bar.tally.textContent = words.shown(rows.length, archive.entries);
    sorting.value = column;
    direction.setAttribute('aria-pressed', String(descending));
    for (const title of head.children) {
      const { column: name } = /** @type {HTMLElement} */ (title).dataset;
      if (name) title.setAttribute('aria-sort', name !== column ? 'none' : descending ? 'descending' : 'ascending');
    }
    show();
  }

  function show() {
    list.element.hidden = mosaicOn;
    mosaic.element.hidden = legend.hidden = !mosaicOn;
    views.forEach((button, at) => button.setAttribute('aria-pressed', String((at === 1) === mosaicOn)));
    if (mosaicOn) mosaic.setRows(rows, rows.indexOf(selected));
    else list.replaceRows(rows, rows.indexOf(selected));
    nothing.hidden = rows.length > 0;
  }

  /** @param {number} entry */
  function searchedOf(entry) {
    const { name, kind, reason } = entryAt(theSummary(), entry);
    const series = table.series[table.seriesOf[entry] ?? -1];
    return [name, kind, reason, series?.patient, series?.words, series?.description].join('\n').toLowerCase();
  }

  /** @param {number} entry @returns {{patient: string, series: string}} As they may be shown. */
  function belongs(entry) {
    const series = table.series[table.seriesOf[entry] ?? -1];
    if (!series) return { patient: '', series: '' };
    const { patient, description } = series;
    const shown = hidden ? masked(description) : description;
    return { patient: hidden ? masked(patient) : patient, series: [series.words, shown].filter(Boolean).join(' ') };
  }

  /** @param {number} entry @returns {string} Why it could not be read, or the gravest that was found. */
  function reasonOf(entry) {
    const { reason, finding } = entryAt(theSummary(), entry);
    if (reason) return reason;
    const problem = table.problems.get(entry);
    if (finding === null) return problem ?? '';
    const found = item(theSummary().findings, finding);
    return problem && found.severity === 'info' ? problem : findingWords(finding);
  }

  /** @param {number} finding */
  function findingWords(finding) {
    const found = item(theSummary().findings, finding);
    return `${found.name || found.pattern || placeName(found.where)} – ${ruleWords(found)}`;
  }

  /** @param {number} entry */
  const nameOf = (entry) => {
    const name = item(theSummary().entries.name, entry);
    return hidden ? maskedPath(name) : name;
  };

  /** @param {number} entry @returns {string[]} Name, series and severity. */
  function describe(entry) {
    const { status: is } = entryAt(theSummary(), entry);
    const { series } = belongs(entry);
    return [nameOf(entry), series || words.statuses[is], gravestWords(item(table.gravest, entry))];
  }

  /** @param {number} entry @returns {HTMLElement} */
  function renderRow(entry) {
    const { status: is, kind, size: bytes } = entryAt(theSummary(), entry);
    const name = nameOf(entry);
    const gravest = item(table.gravest, entry);
    const { patient, series } = belongs(entry);
    const reason = reasonOf(entry);
    const mark = gravest === 'none' ? make('span', { class: 'no-mark' }) : shapeMark(gravest);
    return make(
      'div',
      { class: `row entry ${is}`, role: 'row' },
      cell('index', String(entry)),
      cell(
        'name',
        make(
          'span',
          { class: 'name-words' },
          mark,
          make('span', { class: 'visually-hidden', text: gravestWords(gravest) }),
          ...nameParts(name),
        ),
        `${name}\n${gravestWords(gravest)}`,
      ),
      cell('status', words.statuses[is]),
      cell('kind', kind, kind),
      cell('size', is === 'folder' ? '' : size(bytes)),
      cell('patient', patient, patient),
      cell('series', series, series),
      cell('reason', reason, reason),
    );
  }

  function renderDetail() {
    detail.replaceChildren();
    if (!summary || selected < 0) {
      detail.append(make('p', { class: 'detail-hint', text: words.pick }));
      return;
    }
    const entry = selected;
    const { status: is, kind, size: bytes, reason, finding } = entryAt(summary, entry);
    const { patient, series } = belongs(entry);
    const gravest = item(table.gravest, entry);
    const problem = table.problems.get(entry);
    const inPart = summary.read_in_part.some(([start, stop]) => start <= entry && entry < stop);
    /** @type {[string, string][]} */
    const facts = [
      [words.columns.status, [words.statuses[is], reason].filter(Boolean).join(': ')],
      [words.columns.kind, kind],
      [words.columns.size, is === 'folder' ? '' : size(bytes)],
      [words.columns.patient, patient],
      [words.columns.series, series],
      [words.gravest, finding === null ? '' : findingWords(finding)],
      [words.problem, problem && problem !== reason ? problem : ''],
      [words.read, inPart ? words.inPart : ''],
    ];
    detail.append(
      make(
        'header',
        { class: 'detail-head' },
        gravest !== 'none' && severityMark(gravest),
        make('h2', {}, ...nameParts(nameOf(entry))),
        is === 'dicom' && smallButton(words.showElements, () => onOpen(entry)),
        is === 'dicom' && smallButton(texts.sideBySide.addShort, () => onBeside(entry)),
        finding !== null && smallButton(words.showFinding, () => onFinding(finding, entry)),
      ),
      make(
        'dl',
        { class: 'facts' },
        ...facts
          .filter(([, text]) => text)
          .map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', { text }))),
      ),
    );
  }

  /** The choices with how many entries each has; they add up to all. */
  function renderChoices() {
    const { entries } = theSummary();
    const all = entries.name.length;
    const statuses = tally(entries.status);
    fill(
      bar.choice,
      Object.entries(words.statuses).map(([value, text]) => [
        value,
        words.counted(text, value === 'all' ? all : (statuses.get(value) ?? 0)),
      ]),
    );
    const gravest = tally(table.gravest);
    fill(severities, [
      ['all', words.anySeverity],
      ...GRAVEST.map((one) => pair(one, words.counted(gravestWords(one), gravest.get(one) ?? 0))),
    ]);
    const found = [...tally(entries.kind)].sort(([one, n], [other, m]) => m - n || (one < other ? -1 : 1));
    fill(kinds, [
      ['all', words.anyKind],
      ...found.map(([kind, n]) => pair(`=${kind}`, words.counted(kind || words.noKind, n))),
    ]);
  }

  function renderLimit() {
    limit.hidden = !only;
    if (!only || !summary) return;
    const finding = item(summary.findings, only.finding);
    const what = finding.name || finding.path || placeName(finding.where);
    limit.replaceChildren(
      make('span', { text: words.onlyFinding(only.entries.size, what) }),
      smallButton(words.showAll, () => onStatus('all')),
    );
  }

  return {
    focusFilter: bar.focus,
    focus: () => current().element.focus({ preventScroll: true }),
    reveal: () => current().reveal(),
    /** @param {State} state */
    render(state) {
      const moved = (state.selection.entry ?? -1) !== selected;
      selected = state.selection.entry ?? -1;
      const changed = state.summary !== summary;
      if (changed || state.onlyEntries !== only || state.hidden !== hidden || state.status !== status) stale = true;
      if (state.tab !== 'files' || !state.summary) return;
      if (stale) {
        stale = false;
        ({ hidden, status } = state);
        only = state.onlyEntries;
        if (changed) {
          summary = state.summary;
          table = toFileTable(summary);
          looks = toLooks(table.series.map(({ key }) => key));
          [order, searched] = [null, null];
          renderChoices();
        }
        bar.choice.value = status;
        renderLimit();
        filter();
      } else if (!moved) return;
      current().setCurrent(rows.indexOf(selected));
      renderDetail();
    },
  };
}

/** @param {Gravest} gravest */
const gravestWords = (gravest) => (gravest === 'none' ? words.nothingFound : texts.severity[gravest].word);

/** @param {string} value @param {string} text @returns {[string, string]} */
const pair = (value, text) => [value, text];

/** @param {string} label @param {() => void} onchange */
function choice(label, onchange) {
  return make('select', { class: 'choice', 'aria-label': label, onchange });
}

/** Keeps what was chosen, where it is still there. @param {HTMLSelectElement} select @param {[string, string][]} options */
function fill(select, options) {
  const { value } = select;
  select.replaceChildren(...options.map(([name, text]) => make('option', { value: name, text })));
  select.value = options.some(([name]) => name === value) ? value : (options[0]?.[0] ?? '');
}

/** @param {readonly string[]} values @returns {Map<string, number>} How often each occurs. */
function tally(values) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function createLegend() {
  return make(
    'p',
    { class: 'mosaic-legend', hidden: true },
    make('span', { text: words.legend }),
    ...GRAVEST.filter((one) => one !== 'none').map((one) => severityMark(one)),
  );
}

/** @param {string} text @param {() => void} onclick */
function smallButton(text, onclick) {
  return make('button', { type: 'button', class: 'button small', text, onclick });
}

/** @param {string} name @returns {HTMLElement[]} Folders, which may be cut, and the last part, which tells most. */
function nameParts(name) {
  const at = name.replace(/\/+$/, '').lastIndexOf('/') + 1;
  const last = make('bdi', { text: name.slice(at) });
  return at ? [make('bdi', { class: 'folders', text: name.slice(0, at) }), last] : [last];
}
