/** The data elements of one instance: path as indentation, tag, name, VR, length, value, flag. */

import { make } from '../dom.js';
import { count, masked, maskedPath } from '../format.js';
import { entryAt, SEVERITIES } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { flagBlocks, flagLines } from './flags.js';
import { severityMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { ElementRow, Instance, Severity, State } from '../state.js' */

const ROW_HEIGHT = 26;
const INDENT_PX = 14;

/**
 * @param {HTMLElement} element
 * @param {{onSelect: (path: string) => void, onOpen: (row: ElementRow) => void}} actions
 */
export function createElementList(element, { onSelect, onOpen }) {
  /** @type {Instance | null} */
  let instance = null;
  let hidden = false;
  let path = '';
  /** Whether the path was chosen since the elements were last shown. */
  let fresh = false;
  /** Where the list was: another instance of the series mostly has the same elements. */
  let place = 0;

  const bar = createFilterBar({
    label: texts.elements.filter,
    choiceLabel: texts.elements.flag,
    choices: texts.elements.flags,
    onChange: () => filter(),
  });
  const title = make('p', { class: 'panel-title' });
  const list = new VirtualList({
    label: texts.elements.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('data-element', texts.elements.columns),
    render: (/** @type {ElementRow} */ row) => renderRow(row),
    onSelect: (row) => onSelect(row.path),
    onOpen: (row) => openable(row) && onOpen(row),
  });
  const nothing = make('p', { class: 'nothing' });
  const detail = make('section', { class: 'detail low', 'aria-live': 'polite' });
  element.append(bar.element, title, list.element, nothing, detail);

  const isChosen = (/** @type {ElementRow} */ row) => row.path === path;

  function filter(scrollTop = 0) {
    const all = instance?.elements ?? [];
    const { text, choice } = bar;
    const rows = all.filter(
      (row) =>
        matchesFlag(row, choice.value) &&
        (!text ||
          [row.tag, row.name, row.keyword, row.path, row.vr, row.text ?? ''].some((word) =>
            word.toLowerCase().includes(text),
          )),
    );
    list.replaceRows(rows, rows.findIndex(isChosen), scrollTop);
    bar.tally.textContent = instance ? texts.files.shown(rows.length, all.length) : '';
    nothing.hidden = rows.length > 0;
    if (instance) nothing.textContent = texts.elements.noMatch;
  }

  /** @param {ElementRow} row @returns {HTMLElement} */
  function renderRow(row) {
    const gravest = gravestOf(row);
    const name = cell('name', row.name || row.private_creator || '', `${row.path} ${row.name}`);
    const tag = cell('tag', row.tag, row.path);
    tag.style.paddingInlineStart = `${8 + row.depth * INDENT_PX}px`;
    const text = hidden && gravest && gravest !== 'info' ? masked(row.text ?? '') : (row.text ?? '');
    const value = make('span', { class: row.binary ? 'value-words binary' : 'value-words', text });
    const content = make('span', { class: 'value-cell' }, value);
    if (openable(row)) {
      content.append(
        make('button', {
          type: 'button',
          class: 'open-value',
          tabindex: -1,
          'aria-label': texts.elements.open,
          text: '…',
          onclick: () => onOpen(row),
        }),
      );
    }
    const flag = gravest ? severityMark(gravest) : '';
    return make(
      'div',
      { class: `row data-element${gravest ? ` has-${gravest}` : ''}`, role: 'row' },
      tag,
      name,
      cell('vr', row.vr),
      cell('length', row.length < 0 ? texts.elements.undefinedLength : count(row.length)),
      cell('value', content, text),
      cell('flag', flag, flagLines(row.flags)),
    );
  }

  /** @type {ElementRow | null} */
  let explained = null;

  /** What the rules say of the chosen element. */
  function renderDetail() {
    const row = instance?.elements.find(isChosen) ?? null;
    detail.hidden = !instance;
    if (row === explained) return;
    explained = row;
    detail.replaceChildren(
      ...(row?.flags.length
        ? flagBlocks(row.flags)
        : [make('p', { class: 'detail-hint', text: row ? texts.elements.noFlags : texts.elements.pickElement })]),
    );
  }

  return {
    focusFilter: bar.focus,
    focus: () => list.element.focus({ preventScroll: true }),
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      const changed = state.instance !== instance || state.hidden !== hidden;
      if (state.selection.path !== path) fresh = true;
      if (instance && changed) place = list.element.scrollTop;
      hidden = state.hidden;
      path = state.selection.path;
      instance = state.instance;
      if (changed) filter(place);
      if (fresh && instance) {
        fresh = false;
        if (path && !list.rows.some(isChosen) && instance.elements.some(isChosen)) {
          // The filter would hide what was just chosen elsewhere.
          bar.reset();
          filter();
        }
      }
      list.setCurrent(list.rows.findIndex(isChosen));
      renderDetail();
      const { entry } = state.selection;
      const name = entry === null || !state.summary ? '' : entryAt(state.summary, entry).name;
      title.textContent = [hidden ? maskedPath(name) : name, instance?.sop_class_name, instance?.transfer_syntax_name]
        .filter(Boolean)
        .join(' · ');
      if (!instance) {
        nothing.hidden = false;
        nothing.textContent = state.instanceError || (entry === null ? texts.elements.pick : texts.elements.reading);
      }
    },
  };
}

/** @param {ElementRow} row @returns {Severity | undefined} */
function gravestOf(row) {
  return SEVERITIES.find((severity) => row.flags.some((flag) => flag.severity === severity));
}

/** @param {ElementRow} row @param {string} choice */
function matchesFlag(row, choice) {
  if (choice === 'all') return true;
  if (choice === 'flagged') return row.flags.length > 0;
  return row.flags.some(({ severity }) => severity === choice);
}

/** @param {ElementRow} row Whether there is more than the row shows. */
function openable(row) {
  return row.cut;
}
