/** Private elements by their creator, and what is known of them; the values are one step away. */

import { make } from '../dom.js';
import { count } from '../format.js';
import { texts } from '../texts.js';
import { shapeMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Creator, Knowledge, State, Summary } from '../state.js' */

const ROW_HEIGHT = 30;

/** @type {Record<Knowledge, Parameters<typeof shapeMark>[0]>} */
const SHAPES = {
  safe: 'clean',
  'curated keep': 'info',
  'curated delete': 'quasi',
  unknown: 'review',
  unsafe: 'identifier',
};

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: () => Promise<Creator[]>,
 *   onSelect: (creator: Creator) => void,
 *   onOpen: (creator: Creator) => void,
 * }} actions
 */
export function createPrivateList(element, { read, onSelect, onOpen }) {
  /** @type {Summary | null} */
  let summary = null;
  let stale = true;
  /** @type {Creator | null} */
  let chosen = null;

  const list = new VirtualList({
    label: texts.private.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('creator', texts.private.columns),
    render: (/** @type {Creator} */ creator) => renderRow(creator),
    onSelect: (creator) => {
      chosen = creator;
      renderDetail();
      onSelect(creator);
    },
    onOpen,
  });
  const nothing = make('p', { class: 'nothing', hidden: true });
  const detail = make('section', { class: 'detail', 'aria-label': texts.private.detail });
  element.append(list.element, nothing, detail);

  async function load() {
    const asked = summary;
    chosen = null;
    renderDetail();
    try {
      const creators = await read();
      if (asked !== summary) return;
      list.replaceRows(creators, -1);
      nothing.hidden = creators.length > 0;
      nothing.textContent = texts.private.none;
    } catch (error) {
      if (asked !== summary) return;
      list.replaceRows([], -1);
      nothing.hidden = false;
      nothing.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {Creator} creator @returns {HTMLElement} */
  function renderRow(creator) {
    const name = creator.private_creator || texts.private.noCreator;
    const groups = creator.groups.map(toGroup).join(' ');
    const known = creator.known.map(([knowledge, n]) => `${count(n)} ${texts.private.known[knowledge]}`);
    const values = make('button', {
      type: 'button',
      class: 'count-link',
      tabindex: -1,
      text: count(creator.distinct),
      'aria-label': texts.private.showValues(creator.distinct),
      onclick: () => onOpen(creator),
    });
    return make(
      'div',
      { class: 'row creator', role: 'row' },
      cell('creator', name, name),
      cell('groups', groups, groups),
      cell('elements', count(creator.elements)),
      cell('files', count(creator.files)),
      cell('distinct', values),
      cell(
        'known',
        make('span', { class: 'known-words' }, ...creator.known.map(([knowledge, n]) => knownMark(knowledge, n))),
        known.join(', '),
      ),
    );
  }

  function renderDetail() {
    detail.replaceChildren();
    if (!chosen) {
      detail.append(make('p', { class: 'detail-hint', text: texts.private.pick }));
      return;
    }
    const creator = chosen;
    detail.append(
      make(
        'header',
        { class: 'detail-head' },
        make('h2', { text: creator.private_creator || texts.private.noCreator }),
        make('span', { class: 'detail-count', text: texts.private.counts(creator.elements, creator.files) }),
      ),
      make(
        'ul',
        { class: 'known-list' },
        ...creator.known.map(([knowledge, n]) =>
          make('li', {}, knownMark(knowledge, n), ' ', make('span', { text: texts.private.meanings[knowledge] })),
        ),
      ),
      make(
        'div',
        { class: 'detail-actions' },
        make('button', {
          type: 'button',
          class: 'button small',
          text: texts.private.showValues(creator.distinct),
          onclick: () => onOpen(creator),
        }),
      ),
    );
  }

  return {
    focusFilter: () => list.element.focus(),
    focus: () => list.element.focus({ preventScroll: true }),
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      if (state.summary !== summary) stale = true;
      summary = state.summary;
      if (!stale || state.tab !== 'private') return;
      stale = false;
      load();
    },
  };
}

/** @param {number} group @returns {string} 0033 */
const toGroup = (group) => group.toString(16).toUpperCase().padStart(4, '0');

/** @param {Knowledge} knowledge @param {number} n */
function knownMark(knowledge, n) {
  const shape = SHAPES[knowledge];
  return make('span', { class: `known ${shape}` }, shapeMark(shape), `${count(n)} ${texts.private.known[knowledge]}`);
}
