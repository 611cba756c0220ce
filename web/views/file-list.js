/** Every entry of the archive, one row each: nothing is left out, and each says what it is and why. */

import { make } from '../dom.js';
import { count, maskedPath, size } from '../format.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { shapeMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { State, Status, Summary } from '../state.js' */

const ROW_HEIGHT = 26;

/**
 * @param {HTMLElement} element
 * @param {{onSelect: (entry: number) => void, onOpen: (entry: number) => void, onStatus: (status: string) => void}} actions
 */
export function createFileList(element, { onSelect, onOpen, onStatus }) {
  /** @type {Summary | null} */
  let summary = null;
  /** @type {State['onlyEntries']} */
  let only = null;
  let hidden = false;
  let status = 'all';
  /** @type {string[]} Series of each entry, in words. */
  let belongs = [];

  const bar = createFilterBar({
    label: texts.files.filter,
    choiceLabel: texts.files.status,
    choices: texts.files.statuses,
    onChange: () => (bar.choice.value === status ? filter() : onStatus(bar.choice.value)),
  });
  const limit = make('p', { class: 'limit', hidden: true });
  const list = new VirtualList({
    label: texts.files.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('entry', texts.files.columns),
    render: (/** @type {number} */ entry) => renderRow(entry),
    onSelect,
    onOpen,
  });
  const nothing = make('p', { class: 'nothing', hidden: true });
  element.append(bar.element, limit, list.element, nothing);

  function filter() {
    if (!summary) return;
    const { entries } = summary;
    const { text } = bar;
    /** @type {number[]} */
    const rows = [];
    for (let entry = 0; entry < entries.name.length; entry++) {
      if (only && !only.entries.has(entry)) continue;
      if (status !== 'all' && entries.status[entry] !== status) continue;
      if (text && ![entries.name, entries.kind, entries.reason, belongs].some((column) => column[entry].toLowerCase().includes(text))) continue;
      rows.push(entry);
    }
    list.setRows(rows, rows.indexOf(selected));
    bar.tally.textContent = texts.files.shown(rows.length, entries.name.length);
    nothing.hidden = rows.length > 0;
    nothing.textContent = texts.files.noMatch;
  }
  let selected = -1;

  /** @param {number} entry @returns {HTMLElement} */
  function renderRow(entry) {
    const { entries } = /** @type {Summary} */ (summary);
    const name = hidden ? maskedPath(entries.name[entry]) : entries.name[entry];
    const is = entries.status[entry];
    const verdict = entries.verdict[entry];
    const mark = verdict === 'clean' ? '' : shapeMark(verdict === 'identified' ? 'identifier' : 'review');
    return make(
      'div',
      { class: `row entry ${is}`, role: 'row' },
      cell('index', count(entry)),
      cell('name', make('span', { class: 'name-words' }, mark, make('bdi', { text: name })), name),
      cell('status', texts.files.statuses[/** @type {Status} */ (is)]),
      cell('kind', entries.kind[entry], entries.kind[entry]),
      cell('size', is === 'folder' ? '' : size(entries.size[entry])),
      cell('label', belongs[entry], belongs[entry]),
      cell('reason', entries.reason[entry], entries.reason[entry]),
    );
  }

  return {
    focusFilter: bar.focus,
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      const { summary: next, onlyEntries } = state;
      const changed = next !== summary || onlyEntries !== only || state.hidden !== hidden || state.status !== status;
      if (next && next !== summary) belongs = toBelongs(next);
      summary = next;
      only = onlyEntries;
      hidden = state.hidden;
      status = state.status;
      selected = state.selection.entry ?? -1;
      bar.choice.value = status;
      if (changed) {
        limit.hidden = !only;
        if (only && summary) {
          const finding = summary.findings[only.finding];
          const what = finding.name || finding.path || texts.where[/** @type {keyof typeof texts.where} */ (finding.where)];
          limit.replaceChildren(
            make('span', { text: texts.files.onlyFinding(only.entries.size, what) }),
            make('button', { type: 'button', class: 'button small', text: texts.files.showAll, onclick: () => onStatus('all') }),
          );
        }
        filter();
      }
      list.setCurrent(list.rows.indexOf(selected));
    },
  };
}

/** @param {Summary} summary @returns {string[]} By entry: modality, series number and description. */
function toBelongs({ patients, entries }) {
  const belongs = new Array(entries.name.length).fill('');
  for (const { studies } of patients) {
    for (const { series } of studies) {
      for (const { modality, number, description, instances } of series) {
        const words = [modality, number && `#${number}`, description].filter(Boolean).join(' ');
        for (const entry of instances) belongs[entry] = words;
      }
    }
  }
  return belongs;
}
