/** Asks for the password of a zip whose entries could not be read without it. */

import { make } from '../dom.js';
import { texts } from '../texts.js';

/** @param {HTMLElement} form @param {{onPassword: (password: string) => void}} actions */
export function createPasswordForm(form, { onPassword }) {
  const words = texts.password;
  const said = make('p', { role: 'status' });
  const field = make('input', {
    type: 'password',
    class: 'field',
    required: true,
    // Browsers offer to keep any other password.
    autocomplete: 'one-time-code',
    'aria-describedby': `${form.id}-promise`,
  });
  const label = make('label', {}, make('span', { text: words.label }), field);
  const submit = make('button', { type: 'submit', class: 'button', text: words.submit });
  form.append(said, label, submit, make('p', { id: `${form.id}-promise`, class: 'fine', text: words.promise }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { value } = field;
    field.value = '';
    if (value) onPassword(value);
  });
  return {
    /** @param {number} locked How many entries were not read. @param {boolean} tried Whether passwords were tried. */
    render(locked, tried) {
      const sentence = locked ? (tried ? words.wrong(locked) : words.ask(locked)) : '';
      form.hidden = !locked;
      if (said.textContent !== sentence) said.textContent = sentence;
    },
  };
}
