/** Every entry of the archive, one row each: nothing is left out, and each says what it is and why. */

import { make } from '../dom.js';
import { maskedPath, size } from '../format.js';
import { item } from '../item.js';
import { entryAt } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { shapeMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { State, Summary } from '../state.js' */

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
    const { text } = bar;
    /** @type {number[]} */
    const rows = [];
    for (let index = 0; index < summary.archive.entries; index++) {
      if (only && !only.entries.has(index)) continue;
      const entry = entryAt(summary, index);
      if (status !== 'all' && entry.status !== status) continue;
      const words = [entry.name, entry.kind, entry.reason, item(belongs, index)];
      if (!text || words.some((word) => word.toLowerCase().includes(text))) rows.push(index);
    }
    list.replaceRows(rows, rows.indexOf(selected));
    bar.tally.textContent = texts.files.shown(rows.length, summary.archive.entries);
    nothing.hidden = rows.length > 0;
    nothing.textContent = texts.files.noMatch;
  }
  let selected = -1;

  /** @param {number} index @returns {HTMLElement} */
  function renderRow(index) {
    const entry = entryAt(/** @type {Summary} */ (summary), index);
    const name = hidden ? maskedPath(entry.name) : entry.name;
    const mark = entry.verdict === 'clean' ? '' : shapeMark(entry.verdict === 'identified' ? 'identifier' : 'review');
    const series = item(belongs, index);
    return make(
      'div',
      { class: `row entry ${entry.status}`, role: 'row' },
      cell('index', String(index)),
      cell('name', make('span', { class: 'name-words' }, mark, ...nameParts(name)), name),
      cell('status', texts.files.statuses[entry.status]),
      cell('kind', entry.kind, entry.kind),
      cell('size', entry.status === 'folder' ? '' : size(entry.size)),
      cell('label', series, series),
      cell('reason', entry.reason, entry.reason),
    );
  }

  return {
    focusFilter: bar.focus,
    focus: () => list.element.focus({ preventScroll: true }),
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
          const finding = item(summary.findings, only.finding);
          const what =
            finding.name || finding.path || texts.where[/** @type {keyof typeof texts.where} */ (finding.where)];
          limit.replaceChildren(
            make('span', { text: texts.files.onlyFinding(only.entries.size, what) }),
            make('button', {
              type: 'button',
              class: 'button small',
              text: texts.files.showAll,
              onclick: () => onStatus('all'),
            }),
          );
        }
        filter();
      }
      list.setCurrent(list.rows.indexOf(selected));
    },
  };
}

/** @param {string} name @returns {HTMLElement[]} Folders, which may be cut, and the last part, which tells most. */
function nameParts(name) {
  const at = name.replace(/\/+$/, '').lastIndexOf('/') + 1;
  const last = make('bdi', { text: name.slice(at) });
  return at ? [make('bdi', { class: 'folders', text: name.slice(0, at) }), last] : [last];
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
