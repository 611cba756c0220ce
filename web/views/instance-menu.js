/** The menu by which one instance is taken away: as text to copy or to save, or as DICOM JSON. */

import { make } from '../dom.js';
import { texts } from '../texts.js';
import { placeUnder } from './menus.js';

/**
 * @param {{
 *   write: (format: 'dump' | 'json', values: boolean) => Promise<{text: string, notes: string[]}>,
 *   onSave: (text: string, format: 'dump' | 'json', values: boolean) => void,
 * }} actions `values` says whether what the rules flag is in it as it is.
 */
export function createInstanceMenu({ write, onSave }) {
  const words = texts.instance;
  const menu = make('div', { id: 'instance-menu', class: 'menu', popover: '' });
  const button = make(
    'button',
    { type: 'button', class: 'button small', popovertarget: menu.id, 'aria-expanded': 'false' },
    make('span', { text: words.menu }),
    make('span', { class: 'caret', 'aria-hidden': 'true' }),
  );
  placeUnder(menu, button);
  const values = make('input', { type: 'checkbox' });
  const note = make('p', { class: 'fine', role: 'status' });
  const choices = /** @type {const} */ ([
    ['copy', 'dump'],
    ['dump', 'dump'],
    ['json', 'json'],
  ]).map(([name, format]) => ({
    name,
    choice: make('button', {
      type: 'button',
      role: 'menuitem',
      class: 'menu-item',
      onclick: () => take(name, format),
    }),
  }));
  menu.append(
    make('div', { role: 'menu', 'aria-label': words.menu }, ...choices.map(({ choice }) => choice)),
    make('label', { class: 'check' }, values, make('span', { text: words.withValues })),
    note,
  );
  values.addEventListener('change', describe);
  menu.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'open') describe();
    else values.checked = false; // asked for each time
  });

  function describe() {
    for (const { name, choice } of choices) choice.textContent = words[name](values.checked);
    note.textContent = values.checked ? words.unmasked : words.masked;
    note.classList.toggle('warn', values.checked);
  }
  describe();

  /** @param {'copy' | 'dump' | 'json'} name @param {'dump' | 'json'} format */
  async function take(name, format) {
    const withValues = values.checked;
    note.textContent = words.writing;
    try {
      const { text, notes } = await write(format, withValues);
      if (name === 'copy') await navigator.clipboard.writeText(text);
      else onSave(text, format, withValues);
      note.textContent = [name === 'copy' ? words.copied : words.saved, ...notes].join(' ');
    } catch (error) {
      const refused = error instanceof DOMException;
      note.textContent = refused ? words.notCopied : /** @type {Error} */ (error).message;
    }
  }

  return {
    button,
    menu,
    /** @param {boolean} there Whether there is an instance. */
    render(there) {
      button.hidden = !there;
    },
  };
}
