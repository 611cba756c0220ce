/** What could not be read or judged, one sentence each. */

import { make } from '../dom.js';
import { maskedPath } from '../format.js';
import { texts } from '../texts.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { State, Summary } from '../state.js' */

const ROW_HEIGHT = 44;

/** @param {HTMLElement} element @param {{onSelect: (entry: number) => void}} actions */
export function createProblemList(element, { onSelect }) {
  /** @type {Summary | null} */
  let summary = null;
  let hidden = false;
  const list = new VirtualList({
    label: texts.problems.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('problem', texts.problems.columns),
    render: (/** @type {Summary['problems'][number]} */ { entry, name, message }) =>
      make(
        'div',
        { class: 'row problem', role: 'row' },
        cell('entry', entry === null ? texts.problems.archive : hidden ? maskedPath(name) : name, hidden ? '' : name),
        cell('message', make('span', { class: 'clamp', text: message }), message),
      ),
    onSelect: ({ entry }) => entry !== null && onSelect(entry),
  });
  const nothing = make('p', { class: 'nothing', text: texts.problems.none });
  element.append(list.element, nothing);
  return {
    focus: () => list.element.focus({ preventScroll: true }),
    reveal: () => list.reveal(),
    focusFilter: () => list.element.focus(),
    /** @param {State} state */
    render(state) {
      if (state.summary === summary && state.hidden === hidden) return;
      summary = state.summary;
      hidden = state.hidden;
      const problems = summary?.problems ?? [];
      list.replaceRows(problems, -1);
      nothing.hidden = problems.length > 0;
    },
  };
}
