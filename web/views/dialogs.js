/** The lock's account of itself, one value opened, and the list of keys. */

import { byId, make } from '../dom.js';
import { texts } from '../texts.js';
import { shapeMark } from './marks.js';

/** @import { ElementRow, State } from '../state.js' */

const HEX_BYTES_PER_LINE = 16;

/** @param {HTMLDialogElement} dialog @param {string} title @param {string} close @param {(Node | null | false)[]} content */
function fill(dialog, title, close, ...content) {
  const heading = make('h2', { id: `${dialog.id}-title`, text: title });
  dialog.setAttribute('aria-labelledby', heading.id);
  const button = make('button', { type: 'button', class: 'button', text: close, onclick: () => dialog.close() });
  dialog.replaceChildren(
    make('header', { class: 'dialog-head' }, heading, button),
    make('div', { class: 'dialog-body', tabindex: 0 }, ...content.filter((node) => node !== null && node !== false)),
  );
}

/** A click beside the dialog closes it. @param {HTMLDialogElement} dialog */
function closeOnBackdrop(dialog) {
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

/** @returns {{open: () => void}} */
export function createKeysDialog() {
  const dialog = byId('keys-dialog');
  closeOnBackdrop(dialog);
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
      const { title, close, list, pictureTitle, picture } = texts.keys;
      fill(dialog, title, close, table(list), make('h3', { text: pictureTitle }), table(picture));
      dialog.showModal();
    },
  };
}

/**
 * @param {{read: (entry: number, path: string) => Promise<{text: string | null, hex: string, length: number, shown: number}>}} actions
 */
export function createValueDialog({ read }) {
  const dialog = byId('value-dialog');
  closeOnBackdrop(dialog);
  return {
    /**
     * @param {number} entry
     * @param {Pick<ElementRow, 'path' | 'tag' | 'name' | 'vr' | 'private_creator'>} row
     * @param {boolean} hidden
     */
    async open(entry, row, hidden) {
      const title = `${row.tag} ${row.name || row.private_creator || ''}`;
      const note = (/** @type {string} */ text) => make('p', { class: 'fine', text });
      const facts = note([row.path, row.vr].join(' · '));
      fill(dialog, title, texts.value.close, facts, note(hidden ? texts.value.hidden : texts.value.loading));
      dialog.showModal();
      if (hidden) return;
      /** @type {(Node | null | false)[]} */
      let content;
      try {
        const { text, hex, length, shown } = await read(entry, row.path);
        content = [
          note(texts.value.length(Math.max(length, shown), shown)),
          text !== null && make('h3', { text: texts.value.asText }),
          text !== null && make('pre', { class: 'value-text', text }),
          hex !== '' && make('h3', { text: texts.value.asHex }),
          hex !== '' && make('pre', { class: 'value-hex', text: toDump(hex) }),
        ];
      } catch (error) {
        content = [note(/** @type {Error} */ (error).message)];
      }
      fill(dialog, title, texts.value.close, facts, ...content);
    },
  };
}

/** @param {string} hex @returns {string} Lines of offset, bytes and the ASCII characters among them. */
function toDump(hex) {
  const lines = [];
  for (let at = 0; at < hex.length; at += 2 * HEX_BYTES_PER_LINE) {
    const bytes = hex.slice(at, at + 2 * HEX_BYTES_PER_LINE).match(/../g) ?? [];
    const ascii = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
    });
    const offset = (at / 2).toString(16).padStart(6, '0');
    lines.push(`${offset}  ${bytes.join(' ').padEnd(3 * HEX_BYTES_PER_LINE - 1)}  ${ascii.join('')}`);
  }
  return lines.join('\n');
}
