/** The two menus: what to judge by, and in which form to take the report away. */

import { byId, make } from '../dom.js';
import { texts } from '../texts.js';

/** @import { State, Summary } from '../state.js' */

/** Places a popover under its button, inside the window. @param {HTMLElement} menu @param {HTMLElement} button */
function placeUnder(menu, button) {
  menu.addEventListener('toggle', (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === 'open';
    button.setAttribute('aria-expanded', String(open));
    if (!open) return;
    const { bottom, right } = button.getBoundingClientRect();
    menu.style.top = `${bottom + 4}px`;
    menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
    /** @type {HTMLElement | null} */ (menu.querySelector('input, button'))?.focus();
  });
}

/** @param {{onReport: (format: string, values: boolean) => Promise<void>}} actions */
export function createReportMenu({ onReport }) {
  const menu = byId('report-menu');
  const button = byId('report-button');
  button.append(make('span', { text: texts.report.menu }), make('span', { class: 'caret', 'aria-hidden': 'true' }));
  placeUnder(menu, button);
  const values = make('input', { type: 'checkbox' });
  const note = make('p', { class: 'fine', role: 'status', text: texts.report.masked });
  values.addEventListener('change', () => {
    note.textContent = values.checked ? texts.report.unmasked : texts.report.masked;
    note.classList.toggle('warn', values.checked);
  });
  const formats = /** @type {const} */ (['html', 'csv', 'json', 'text']).map((format) =>
    make('button', {
      type: 'button',
      role: 'menuitem',
      class: 'menu-item',
      text: texts.report[format],
      onclick: async () => {
        note.textContent = texts.report.writing;
        try {
          await onReport(format, values.checked);
          menu.hidePopover();
          note.textContent = values.checked ? texts.report.unmasked : texts.report.masked;
        } catch (error) {
          note.textContent = /** @type {Error} */ (error).message;
        }
      },
    }),
  );
  menu.append(
    make('div', { role: 'menu', 'aria-label': texts.report.menu }, ...formats),
    make('label', { class: 'check' }, values, make('span', { text: texts.report.withValues })),
    note,
  );
}

/** @param {{onOptions: (options: string[]) => void}} actions */
export function createProfileMenu({ onOptions }) {
  const menu = byId('profile-menu');
  const button = byId('profile-button');
  placeUnder(menu, button);
  /** @type {Summary | null} */
  let shown = null;
  return {
    /** @param {State} state */
    render({ summary, phase }) {
      button.hidden = phase !== 'done';
      if (!summary || summary === shown) return;
      shown = summary;
      const { profile, options, tool } = summary;
      button.replaceChildren(
        make('span', {
          text: [`${texts.header.profile}: ${profile.name}`, profile.options.length && `+${profile.options.length}`]
            .filter(Boolean)
            .join(' '),
        }),
        make('span', { class: 'caret', 'aria-hidden': 'true' }),
      );
      const boxes = options.map(({ name, title }) => {
        const box = make('input', { type: 'checkbox', value: name });
        box.checked = profile.options.includes(name);
        box.addEventListener('change', () =>
          onOptions(boxes.filter(({ box }) => box.checked).map(({ box }) => box.value)),
        );
        return { box, label: make('label', { class: 'check' }, box, make('span', { text: title })) };
      });
      const focused = boxes.findIndex(({ box }) => box.value === /** @type {any} */ (document.activeElement)?.value);
      menu.replaceChildren(
        make('p', { class: 'menu-title', text: texts.profile.title }),
        make('p', { text: texts.profile.profiles[/** @type {'basic'} */ (profile.name)] ?? profile.name }),
        make('p', { class: 'fine', text: texts.profile.edition(tool.standard_edition) }),
        make('p', { class: 'menu-title', text: options.length ? texts.profile.optionsTitle : texts.profile.none }),
        ...boxes.map(({ label }) => label),
      );
      boxes[focused]?.box.focus();
    },
  };
}
