/** What a reviewer says of the chosen values: fine or must go, with a note, and by whom; taken back and set again. */

import { make } from '../dom.js';
import { texts } from '../texts.js';
import { saidMark } from './marks.js';

/** @import { Said, State, ValueMark } from '../state.js' */

/** With the key that sets each while the list has the focus. @type {[Said, string][]} */
const MARKS = [
  ['fine', 'f'],
  ['must go', 'x'],
];

/**
 * @param {string} key That does the same while the list has the focus. @param {string} title What the mark means.
 * @param {() => void} onclick @param {(Node | string)[]} content
 */
export function markButton(key, title, onclick, ...content) {
  return make(
    'button',
    {
      type: 'button',
      class: 'button small mark-button',
      'aria-pressed': 'false',
      'aria-keyshortcuts': key,
      title,
      onclick,
    },
    ...content,
    make('kbd', { text: key.toUpperCase() }),
  );
}

/**
 * @param {{
 *   onMark: (mark: {said: Said, note: string} | null) => void,
 *   onUndo: () => void,
 *   onRedo: () => void,
 *   onReviewer: (reviewer: string) => void,
 * }} actions
 */
export function createMarkBar({ onMark, onUndo, onRedo, onReviewer }) {
  const words = texts.values;
  /** @type {ValueMark | null} */
  let marked = null;
  let several = false;

  const tally = make('span', { class: 'mark-tally', role: 'status' });
  const buttons = MARKS.map(([said, key]) => {
    const button = markButton(key, words.saidMeanings[said], () => mark(said), saidMark(said));
    return { said, key, button };
  });
  const note = field(texts.pictures.note);
  const reviewer = field(texts.pictures.reviewer);
  note.addEventListener('change', () => marked && !several && onMark({ said: marked.said, note: note.value.trim() }));
  reviewer.addEventListener('change', () => onReviewer(reviewer.value.trim()));
  const undo = make('button', { type: 'button', class: 'button small', text: words.undo, onclick: onUndo });
  const redo = make('button', { type: 'button', class: 'button small', text: words.redo, onclick: onRedo });
  const element = make(
    'div',
    { class: 'mark-bar', role: 'group', 'aria-label': words.markLabel },
    tally,
    ...buttons.map(({ button }) => button),
    note,
    reviewer,
    undo,
    redo,
  );

  /** The same mark again takes it away. @param {Said} said */
  function mark(said) {
    onMark(marked?.said === said ? null : { said, note: note.value.trim() });
  }

  return {
    element,
    /** @param {KeyboardEvent} event @returns {boolean} Whether it marked. */
    onKey(event) {
      const marking = buttons.find(({ key }) => key === event.key.toLowerCase());
      if (!marking || marking.button.disabled) return false;
      mark(marking.said);
      return true;
    },
    /** @param {number} chosen How many values. @param {ValueMark | null} first The mark of the first of them. */
    render(chosen, first) {
      marked = first;
      several = chosen > 1;
      tally.textContent = words.chosen(chosen);
      for (const { said, button } of buttons) {
        button.disabled = !chosen;
        button.setAttribute('aria-pressed', String(first?.said === said));
      }
      if (document.activeElement !== note) note.value = several ? '' : (first?.note ?? '');
    },
    /** @param {State} state */
    update({ canUndo, canRedo, reviewer: name }) {
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
      if (document.activeElement !== reviewer) reviewer.value = name;
    },
  };
}

/** @param {string} label */
export function field(label) {
  return make('input', {
    type: 'text',
    class: 'filter',
    placeholder: label,
    'aria-label': label,
    // Browsers may have a service check the spelling of what is typed, and names are typed here.
    spellcheck: 'false',
    autocomplete: 'off',
    maxlength: 500,
  });
}
