/** What this page is: its version, whether it opens without network, the same as one zip, and how to check all that. */

import { byId, make } from '../dom.js';
import { size } from '../format.js';
import { texts } from '../texts.js';
import { closeOnBackdrop, fill } from './dialogs.js';

/** @import { Listed } from '../assets.js' */
/** @import { State } from '../state.js' */

/** Files of this site that say what it is made of. */
const FILES = ['licences.txt', 'bom.json', 'manifest.json'];

/** @returns {{open: (state: State) => void, render: (state: State) => void}} */
export function createAbout() {
  const dialog = byId('about-dialog');
  const notice = byId('update');
  const line = byId('site-line');
  closeOnBackdrop(dialog);
  const words = texts.about;
  return { open, render };

  /** The line on the first screen, and the bar that announces a newer version. @param {State} state */
  function render({ site, kept, newVersion, phase }) {
    line.hidden = !site || phase === 'reviewing';
    const said = site ? [words.version(site.version), kept && words.kept].filter(Boolean).join(' · ') : '';
    if (line.textContent !== said) line.textContent = said;
    const offers = phase === 'ready' ? 'reload' : 'later';
    notice.hidden = !newVersion;
    if (!newVersion || notice.dataset.offers === offers) return;
    notice.dataset.offers = offers;
    // A link, since the page refuses every way out but the user's own click on one; and never while a review is open.
    const reload = offers === 'reload' && make('a', { href: './', text: words.reload });
    notice.replaceChildren(words.newVersion[offers], ' ', ...(reload ? [reload] : []));
  }

  /** @param {State} state */
  function open({ site, kept }) {
    const paragraph = (/** @type {string} */ text) => make('p', { text });
    const facts = site
      ? [
          [words.facts.version, site.version],
          [words.facts.standard, words.edition(site.standard_edition)],
          [words.facts.build, site.build || words.unknown],
          [words.facts.offline, words.offline[kept === null ? 'unknown' : kept ? 'yes' : 'no']],
        ]
      : [];
    const address = new URL('./', location.href).href;
    const link = (/** @type {string} */ name, /** @type {string} */ text) =>
      make('a', { href: name, target: '_blank', rel: 'noreferrer noopener', text });
    fill(
      dialog,
      words.title,
      words.close,
      paragraph(words.what),
      make(
        'dl',
        { class: 'about-facts' },
        ...facts.flatMap(([name, value]) => [make('dt', { text: name }), make('dd', { text: value })]),
      ),
      make('h3', { text: words.download.title }),
      ...(site?.download ? downloadOf(site.download) : [paragraph(words.download.copy)]),
      make('h3', { text: words.check.title }),
      paragraph(words.check.why),
      make('ol', {}, ...words.check.steps(address).map((text) => make('li', { text }))),
      make('h3', { text: words.made.title }),
      make('ul', {}, ...FILES.map((name) => make('li', {}, link(name, name), ` ${words.made.files[name] ?? ''}`))),
    );
    dialog.showModal();
  }

  /** @param {Listed} download */
  function downloadOf({ url, size: bytes, sha256 }) {
    return [
      make('p', {}, make('a', { href: url, download: url, text: url }), ` (${size(bytes)}) ${words.download.what}`),
      make('p', { class: 'digest' }, 'SHA-256 ', make('code', { text: sha256 })),
      make('p', { text: words.download.how }),
    ];
  }
}
