/** The first screen: what this is, how far it is, where to drop; and the progress of a review. */

import { byId, make } from '../dom.js';
import { maskedPath, size } from '../format.js';
import { texts } from '../texts.js';
import { severityMark } from './marks.js';

/** @import { Finding, Preview, State } from '../state.js' */

/** @param {{onCancel: () => void}} actions */
export function createWelcome({ onCancel }) {
  const welcome = byId('welcome');
  const review = byId('review');
  const trouble = byId('trouble');
  const boot = byId('boot');
  const bootWords = byId('boot-words');
  const bootBar = byId('boot-bar');
  const drop = byId('drop');
  const progress = byId('progress');
  const bar = byId('progress-bar');
  const found = byId('preview');
  /** @type {Preview | null} */
  let shown = null;
  byId('cancel').addEventListener('click', onCancel);

  return {
    /** @param {State} state */
    render(state) {
      const { phase, error, lock } = state;
      welcome.hidden = phase === 'done';
      review.hidden = phase !== 'done';
      byId('promise').hidden = lock.held === false; // it does not hold here
      trouble.hidden = !error;
      trouble.textContent = error;
      drop.hidden = phase === 'reviewing' || lock.held === false || (phase === 'error' && lock.held === null);
      progress.hidden = phase !== 'reviewing';
      boot.hidden = phase === 'reviewing' || phase === 'error';
      if (phase === 'booting') renderBoot(state);
      if (phase === 'ready') {
        bootWords.textContent = texts.welcome.ready;
        bootBar.hidden = true;
      }
      if (state.reading) renderProgress(state);
    },
  };

  /** @param {State} state */
  function renderBoot({ bootStep, assets, waiting, hidden }) {
    const words = texts.welcome[bootStep];
    bootBar.hidden = false;
    if (bootStep === 'loading' && assets.total) {
      bootBar.max = assets.total;
      bootBar.value = assets.loaded;
    } else bootBar.removeAttribute('value');
    bootWords.textContent = waiting
      ? `${texts.welcome.kept(hidden ? maskedPath(waiting) : waiting)} ${words}…`
      : `${words}…`;
  }

  /** @param {State} state */
  function renderProgress({ reading, hidden }) {
    const { name, step, since, counts } = /** @type {NonNullable<State['reading']>} */ (reading);
    byId('progress-title').textContent = texts.progress[step](hidden ? maskedPath(name) : name);
    if (counts && step === 'reading') {
      bar.max = Math.max(1, counts.entries);
      bar.value = counts.done;
      byId('progress-counts').textContent = texts.progress.counts(counts.done, counts.entries, counts.dicom);
      const seconds = (performance.now() - since) / 1000;
      byId('progress-speed').textContent = `${size(counts.bytes)}, ${size(counts.bytes / seconds)}/s`;
    } else bar.removeAttribute('value');
    if (!counts) {
      byId('progress-counts').textContent = '';
      byId('progress-speed').textContent = '';
    }
    renderPreview(reading?.preview ?? null);
  }

  /** @param {Preview | null} preview */
  function renderPreview(preview) {
    found.hidden = !preview?.findings.length;
    if (preview === shown) return;
    shown = preview;
    if (!preview) return;
    const { entries, counts, findings } = preview;
    const more = counts.reduce((sum, count) => sum + count) - findings.length;
    found.replaceChildren(
      make('p', { class: 'preview-title', text: texts.progress.found(entries) }),
      make(
        'ul',
        {},
        ...findings.map(previewRow),
        more > 0 && make('li', { class: 'preview-more' }, texts.progress.more(more)),
      ),
    );
  }

  /** @param {Finding} finding */
  function previewRow({ severity, name, where, path }) {
    return make(
      'li',
      {},
      severityMark(severity),
      make('span', {
        class: 'preview-name',
        text: name || path || texts.where[/** @type {keyof typeof texts.where} */ (where)],
      }),
    );
  }
}
