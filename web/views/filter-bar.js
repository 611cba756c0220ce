/** The row above a list: a text to look for, a choice, and how many rows are left. */

import { make } from '../dom.js';

/**
 * @param {{label: string, choiceLabel: string, choices: Record<string, string>, onChange: () => void}} options
 */
export function createFilterBar({ label, choiceLabel, choices, onChange }) {
  const text = make('input', {
    type: 'search',
    class: 'filter',
    placeholder: label,
    'aria-label': label,
    // Browsers may have a service check the spelling of what is typed, and names are typed here.
    spellcheck: 'false',
    autocomplete: 'off',
    oninput: onChange,
  });
  const choice = make(
    'select',
    { class: 'choice', 'aria-label': choiceLabel, onchange: onChange },
    ...Object.entries(choices).map(([value, title]) => make('option', { value, text: title })),
  );
  const tally = make('span', { class: 'tally', role: 'status' });
  const element = make('div', { class: 'filter-bar' }, text, choice, tally);
  return {
    element,
    choice,
    tally,
    /** In lower case, and without space around it. */
    get text() {
      return text.value.trim().toLowerCase();
    },
    /** @param {string} wanted @param {string} choiceWanted */
    set: (wanted, choiceWanted) => {
      text.value = wanted;
      choice.value = choiceWanted;
    },
    focus: () => text.focus(),
    reset: () => {
      text.value = '';
      choice.selectedIndex = 0;
    },
  };
}
