/** The lock's account of itself, the list of keys, and what every dialog has. */

import { byId, make } from '../dom.js';
import { TABS } from '../state.js';
import { texts } from '../texts.js';
import { shapeMark } from './marks.js';

/** @import { State } from '../state.js' */

/** @param {HTMLDialogElement} dialog @param {string} title @param {string} close @param {(Node | null | false)[]} content */
export function fill(dialog, title, close, ...content) {
  const heading = make('h2', { id: `${dialog.id}-title`, text: title });
  dialog.setAttribute('aria-labelledby', heading.id);
  const button = make('button', { type: 'button', class: 'button', text: close, onclick: () => dialog.close() });
  const hadFocus = dialog.contains(document.activeElement);
  dialog.replaceChildren(
    make('header', { class: 'dialog-head' }, heading, button),
    make('div', { class: 'dialog-body', tabindex: 0 }, ...content.filter((node) => node !== null && node !== false)),
  );
  if (hadFocus) button.focus(); // what had it is gone
}

/** A click beside the dialog closes it. @param {HTMLDialogElement} dialog */
export function closeOnBackdrop(dialog) {
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
}

/** @returns {{open: (state: State) => void}} */
export function createLockDialog() {
  const dialog = byId('lock-dialog');
  closeOnBackdrop(dialog);
  const words = texts.lock;
  return {
    open({ lock: { held, attempts, verified } }) {
      const notRefused = attempts.filter(({ refused }) => !refused).length;
      const rows = attempts.map(({ from, channel, refused, how }) =>
        make(
          'tr',
          {},
          make('td', { text: words.from[from] }),
          make('td', { text: channel }),
          make('td', {}, result(refused, how)),
        ),
      );
      const tried = attempts.length > 0 && [
        make('h3', { text: held ? words.tried(attempts.length) : words.triedFailed(notRefused, attempts.length) }),
        make(
          'div',
          { class: 'tried' },
          make(
            'table',
            {},
            make(
              'thead',
              {},
              make('tr', {}, ...Object.values(words.columns).map((text) => make('th', { text, scope: 'col' }))),
            ),
            make('tbody', {}, ...rows),
          ),
        ),
      ];
      const title = held ? words.title : held === null ? words.bootingTitle : words.failedTitle;
      fill(
        dialog,
        title,
        words.close,
        ...words.guarantee.map((text) => make('p', { text })),
        make('h3', { text: words.checkTitle }),
        make('ul', {}, ...words.check.map((text) => make('li', { text }))),
        ...(tried || []),
        held !== null && make('p', { class: 'fine', text: verified ? words.verified : words.unverified }),
      );
      dialog.showModal();
    },
  };
}

/** @param {boolean} refused @param {string} how */
function result(refused, how) {
  return make(
    'span',
    { class: refused ? 'refused' : 'open' },
    shapeMark(refused ? 'clean' : 'identifier'),
    refused ? texts.lock.refused(how) : texts.lock.open,
  );
}

/**
 * @param {{onAnywhere: (on: boolean) => void}} actions Single letters can be given up, for whoever speaks to the computer
 *   (WCAG 2.2, 2.1.4); those of a list or of the picture need the focus there.
 * @returns {{open: () => void}}
 */
export function createKeysDialog({ onAnywhere }) {
  const dialog = byId('keys-dialog');
  closeOnBackdrop(dialog);
  const box = make('input', {
    type: 'checkbox',
    checked: true,
    onchange: () => onAnywhere(box.checked),
  });
  const anywhere = make('label', { class: 'check' }, box, make('span', { text: texts.keys.anywhere }));
  return {
    open() {
      const table = (/** @type {string[][]} */ rows) =>
        make(
          'dl',
          { class: 'keys' },
          ...rows.flatMap(([keys, meaning]) => [
            make('dt', {}, make('kbd', { text: keys })),
            make('dd', { text: meaning }),
          ]),
        );
      const { title, close, list, tabs, pictureTitle, picture } = texts.keys;
      const byDigit = TABS.slice(0, 9);
      const ofTabs = [tabs(byDigit.length), byDigit.map((tab) => texts.tabs[tab]).join(', ')];
      fill(
        dialog,
        title,
        close,
        table([...list, ofTabs]),
        anywhere,
        make('h3', { text: pictureTitle }),
        table(picture),
      );
      dialog.showModal();
    },
  };
}
