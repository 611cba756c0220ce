/** The data elements of one instance as a tree grid: tag, name, VR, length, value, flag; sequences open and close. */

import { make } from '../dom.js';
import { matchingNodes, openNodes, toNodes } from '../element-tree.js';
import { count, masked, maskedPath } from '../format.js';
import { item } from '../item.js';
import { entryAt, SEVERITIES } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { flagBlocks, flagLines } from './flags.js';
import { createInstanceMenu } from './instance-menu.js';
import { severityMark } from './marks.js';
import { tagButton } from './tag-button.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Node } from '../element-tree.js' */
/** @import { ElementRow, Instance, Severity, State } from '../state.js' */

const ROW_HEIGHT = 26;
const INDENT_PX = 12;
/** Deeper rows are indented no further, or nothing would be left of them. */
const MAX_INDENTS = 10;

/**
 * @param {HTMLElement} element
 * @param {{
 *   onSelect: (path: string) => void,
 *   onOpen: (row: ElementRow) => void,
 *   write: (format: 'dump' | 'json', values: boolean) => Promise<{text: string, notes: string[]}>,
 *   onSave: (text: string, format: 'dump' | 'json', values: boolean) => void,
 * }} actions
 */
export function createElementList(element, { onSelect, onOpen, write, onSave }) {
  /** @type {Instance | null} */
  let instance = null;
  /** @type {Node[]} */
  let nodes = [];
  let hidden = false;
  let path = '';
  /** Whether the path was chosen since the elements were last shown. */
  let fresh = false;
  /** Where the list was: another instance of the series mostly has the same elements. */
  let place = 0;
  /** Paths of what is closed; they stay closed in the next instance. @type {Set<string>} */
  const closed = new Set();

  const bar = createFilterBar({
    label: texts.elements.filter,
    choiceLabel: texts.elements.flag,
    choices: texts.elements.flags,
    onChange: () => filter(),
  });
  const openAll = smallButton(texts.elements.openAll, () => {
    closed.clear();
    filter(list.element.scrollTop);
  });
  const closeAll = smallButton(texts.elements.closeAll, () => {
    for (const node of nodes) if (node.row && node.children) closed.add(node.path);
    filter();
  });
  const instanceMenu = createInstanceMenu({ write, onSave });
  bar.element.insertBefore(openAll, bar.tally);
  bar.element.insertBefore(closeAll, bar.tally);
  bar.element.append(instanceMenu.button, instanceMenu.menu);
  const title = make('p', { class: 'panel-title' });
  const list = new VirtualList({
    label: texts.elements.label,
    role: 'treegrid',
    rowHeight: ROW_HEIGHT,
    head: headRow('data-element', texts.elements.columns),
    render: (/** @type {number} */ index) => renderNode(item(nodes, index)),
    onSelect: (index) => onSelect(item(nodes, index).path),
    onOpen: (index) => open(item(nodes, index)),
    onKey: (event, index) => onArrow(event, index),
  });
  list.element.addEventListener('click', (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest('.twisty')?.closest('.row');
    const index = row && list.rows[Number(/** @type {HTMLElement} */ (row).dataset.index)];
    if (index !== undefined && index !== null) toggle(item(nodes, index));
  });
  const nothing = make('p', { class: 'nothing' });
  const detail = make('section', { class: 'detail low', 'aria-label': texts.elements.detail });
  element.append(bar.element, title, list.element, nothing, detail);

  const chosenAt = () => list.rows.findIndex((index) => item(nodes, index).path === path);
  const isFiltered = () => bar.text !== '' || bar.choice.value !== 'all';

  function filter(scrollTop = 0) {
    const { text, choice } = bar;
    const all = instance?.elements.length ?? 0;
    let matching = all;
    /** @type {number[]} */
    let rows;
    if (isFiltered()) {
      const matches = (/** @type {ElementRow} */ row) =>
        matchesFlag(row, choice.value) &&
        (!text ||
          [row.tag, row.name, row.keyword, row.path, row.vr, row.text ?? '', row.readable].some((word) =>
            word.toLowerCase().includes(text),
          ));
      ({ shown: rows, matching } = matchingNodes(nodes, matches));
    } else rows = openNodes(nodes, (node) => closed.has(node.path));
    list.replaceRows(rows, -1, scrollTop);
    list.setCurrent(chosenAt());
    bar.tally.textContent = instance ? texts.files.shown(matching, all) : '';
    const nested = nodes.some(({ children }) => children > 0);
    openAll.hidden = closeAll.hidden = !nested || isFiltered();
    nothing.hidden = rows.length > 0;
    if (instance) nothing.textContent = texts.elements.noMatch;
  }

  /** @param {Node} node */
  function open(node) {
    if (node.row) onOpen(node.row);
    else toggle(node);
  }

  /** @param {Node} node Nothing closes while the list is filtered: what matches is to be seen. */
  function toggle(node) {
    if (!node.children || isFiltered()) return;
    if (!closed.delete(node.path)) closed.add(node.path);
    filter(list.element.scrollTop);
  }

  /** Right opens, then goes in; left closes, then goes out. @param {KeyboardEvent} event @param {number} index */
  function onArrow(event, index) {
    const node = item(nodes, index);
    const isOpen = node.children > 0 && (isFiltered() || !closed.has(node.path));
    if (event.key === 'ArrowRight') {
      if (isOpen) list.move(1);
      else toggle(node);
    } else if (event.key === 'ArrowLeft') {
      if (isOpen && !isFiltered()) toggle(node);
      else if (node.parent >= 0) list.move(list.rows.indexOf(node.parent) - list.current);
    } else return false;
    return true;
  }

  /** @param {Node} node @returns {HTMLElement} */
  function renderNode(node) {
    const { row, children, level, position, parent } = node;
    const drawn = row ? renderElement(row) : renderItems(node);
    drawn.setAttribute('aria-level', String(level));
    drawn.setAttribute('aria-posinset', String(position));
    drawn.setAttribute('aria-setsize', String(parent < 0 ? topNodes : item(nodes, parent).children));
    if (children) drawn.setAttribute('aria-expanded', String(isFiltered() || !closed.has(node.path)));
    const tag = /** @type {HTMLElement} */ (drawn.firstElementChild);
    tag.style.paddingInlineStart = `${4 + Math.min(level - 1, MAX_INDENTS) * INDENT_PX}px`;
    tag.prepend(make('span', { class: `twisty${children ? '' : ' leaf'}`, 'aria-hidden': 'true' }));
    return drawn;
  }
  let topNodes = 0;

  /** @param {Node} node @returns {HTMLElement} */
  function renderItems({ items, path: where, children }) {
    const [first, last] = items ?? [0, 0];
    const words = children ? texts.elements.item(first) : texts.elements.emptyItems(first, last);
    return make('div', { class: 'row data-element item-row', role: 'row' }, cell('tag', words, where));
  }

  /** @param {ElementRow} row @returns {HTMLElement} */
  function renderElement(row) {
    const gravest = gravestOf(row);
    const flag = gravest ? severityMark(gravest) : '';
    const text = hidesValue(row) ? masked(row.text ?? '') : (row.text ?? '');
    const readable = hidesValue(row) ? '' : row.readable;
    const content = make(
      'span',
      { class: 'value-cell' },
      make('span', {
        class: `value-words${row.binary ? ' binary' : ''}${readable ? ' readable' : ''}`,
        text: readable || text,
      }),
      readable && readable !== text && make('span', { class: 'raw-value', text }),
      make('button', {
        type: 'button',
        class: row.cut ? 'open-value' : 'open-value quiet-until-near',
        tabindex: -1,
        'aria-label': texts.elements.open,
        text: '…',
        onclick: () => onOpen(row),
      }),
    );
    return make(
      'div',
      { class: `row data-element${gravest ? ` has-${gravest}` : ''}`, role: 'row' },
      cell('tag', make('span', { class: 'tag-words', text: row.tag }), row.path),
      cell('name', row.name || row.private_creator || '', `${row.path} ${row.name}`),
      cell('vr', row.vr),
      cell('length', row.length < 0 ? texts.elements.undefinedLength : count(row.length)),
      cell('value', content, readable && readable !== text ? `${readable} (${text})` : text),
      cell('flag', flag, flagLines(row.flags)),
    );
  }

  /** @param {ElementRow} row */
  function hidesValue(row) {
    const gravest = gravestOf(row);
    return hidden && gravest !== undefined && gravest !== 'info';
  }

  /** @type {ElementRow | null} */
  let explained = null;

  /** What the rules say of the chosen element. */
  function renderDetail() {
    const row = instance?.elements.find((one) => one.path === path) ?? null;
    detail.hidden = !instance;
    if (row === explained) return;
    explained = row;
    detail.replaceChildren(
      ...(row?.flags.length
        ? flagBlocks(row.flags)
        : [make('p', { class: 'detail-hint', text: row ? texts.elements.noFlags : texts.elements.pickElement })]),
      ...(row
        ? [
            make(
              'div',
              { class: 'detail-actions' },
              tagButton(row.path, row.private_creator),
              smallButton(texts.elements.openBytes, () => onOpen(row)),
            ),
          ]
        : []),
    );
  }

  /** Opens what the chosen element lies in, and ends a filter that would hide it. */
  function reach() {
    const at = nodes.findIndex((node) => node.path === path);
    if (!path || at < 0 || chosenAt() >= 0) return;
    for (let up = item(nodes, at).parent; up >= 0; up = item(nodes, up).parent) closed.delete(item(nodes, up).path);
    bar.reset();
    filter();
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
      if (state.instance !== instance) {
        instance = state.instance;
        nodes = toNodes(instance?.elements ?? []);
        topNodes = nodes.filter(({ parent }) => parent < 0).length;
      }
      if (changed) filter(place);
      if (fresh && instance) {
        fresh = false;
        reach();
      }
      list.setCurrent(chosenAt());
      renderDetail();
      const { entry } = state.selection;
      const name = entry === null || !state.summary ? '' : entryAt(state.summary, entry).name;
      title.textContent = [hidden ? maskedPath(name) : name, instance?.sop_class_name, instance?.transfer_syntax_name]
        .filter(Boolean)
        .join(' · ');
      instanceMenu.render(Boolean(instance));
      if (!instance) {
        nothing.hidden = false;
        nothing.textContent = state.instanceError || (entry === null ? texts.elements.pick : texts.elements.reading);
      }
    },
  };
}

/** @param {string} text @param {() => void} onclick */
function smallButton(text, onclick) {
  return make('button', { type: 'button', class: 'button small', text, onclick });
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
