/** The watch list: names and numbers that the user looks for, pasted or loaded, kept in the page and nowhere else. */

import { byId, make } from '../dom.js';
import { texts } from '../texts.js';
import { MAX_WATCHED, readText, toWatched } from '../watch-list.js';

/** @import { State } from '../state.js' */

/**
 * @param {{
 *   onWatch: (watch: string[]) => Promise<number | null>,
 *   onShow: () => void,
 * }} actions `onWatch` resolves with how many findings there are now; null where nothing has been reviewed yet.
 */
export function createWatchDialog({ onWatch, onShow }) {
  const dialog = byId('watch-dialog');
  const button = byId('watch-button');
  const input = byId('watch-file');
  const words = texts.watch;
  /** In force. @type {string[]} */
  let watch = [];

  const area = make('textarea', {
    id: 'watch-text',
    class: 'watch-text',
    rows: 9,
    placeholder: words.placeholder,
    // Browsers may have a service check the spelling, and may keep what was typed.
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    translate: 'no',
    oninput: () => tell(''),
    onpaste: paste,
  });
  const tally = make('span', { class: 'tally', role: 'status' });
  const result = make('p', { class: 'watch-result', role: 'status' });
  const show = make('button', { type: 'button', class: 'button', text: words.show, hidden: true, onclick: showFound });
  const apply = make('button', { type: 'button', class: 'button primary', text: words.apply, onclick: () => put() });
  const clear = make('button', { type: 'button', class: 'button', text: words.clear, onclick: empty });
  const title = make('h2', { id: 'watch-title', text: words.title });
  dialog.setAttribute('aria-labelledby', title.id);
  dialog.append(
    make(
      'header',
      { class: 'dialog-head' },
      title,
      make('button', { type: 'button', class: 'button', text: words.close, onclick: () => dialog.close() }),
    ),
    make(
      'div',
      { class: 'dialog-body watch-body' },
      make('p', { text: words.what }),
      make('p', { class: 'fine', text: words.promise }),
      make('label', { for: area.id, text: words.label }),
      area,
      make(
        'div',
        { class: 'watch-row' },
        make('button', { type: 'button', class: 'button small', text: words.load, onclick: () => input.click() }),
        tally,
      ),
      make('div', { class: 'watch-row' }, apply, clear, result, show),
    ),
  );
  input.addEventListener('change', () => {
    const [file] = input.files;
    input.value = ''; // the same file may be chosen again
    if (file) load(file);
  });
  // A list that is dropped here is not another archive to review.
  dialog.addEventListener('dragover', (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  dialog.addEventListener('drop', (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const file = event.dataTransfer?.files[0];
    if (file) load(file);
  });

  /** @param {string} outcome Of what was done last. @param {number} [found] */
  function tell(outcome, found = 0) {
    const lines = toWatched(area.value);
    const inForce = lines.length > 0 && lines.join('\n') === watch.join('\n');
    const tooMany = lines.length > MAX_WATCHED;
    tally.textContent = tooMany
      ? words.tooMany(lines.length, MAX_WATCHED)
      : inForce
        ? words.inForce(lines.length)
        : words.count(lines.length);
    tally.classList.toggle('warn', tooMany);
    apply.disabled = tooMany || lines.length === 0;
    clear.disabled = area.value === '' && watch.length === 0;
    result.textContent = outcome;
    show.hidden = found === 0;
  }

  /**
   * Browsers insert what is pasted line by line, in a time that grows with the square of the lines: thousands of names
   * would look like a hang.
   *
   * @param {ClipboardEvent} event
   */
  function paste(event) {
    const text = event.clipboardData?.getData('text/plain');
    if (!text) return;
    event.preventDefault();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
    tell('');
  }

  /** @param {File} file Its lines come after those that are there. */
  async function load(file) {
    try {
      const { text, encoding } = await readText(file);
      area.value = [area.value.trimEnd(), text.trim()].filter(Boolean).join('\n');
      tell(words.loaded(file.name, encoding));
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
  }

  async function put() {
    const lines = toWatched(area.value);
    tell(words.judging);
    try {
      const found = await onWatch(lines);
      if (lines.length === 0) tell(words.cleared);
      else if (found === null) tell(words.later);
      else tell(words.found(found), found);
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
  }

  function empty() {
    area.value = '';
    area.focus();
    if (watch.length) put();
    else tell('');
  }

  function showFound() {
    dialog.close();
    onShow();
  }

  return {
    open() {
      // What was typed and not looked for yet is still there.
      if (!area.value) area.value = watch.join('\n');
      tell('');
      dialog.showModal();
      area.focus();
    },
    /** @param {State} state */
    render(state) {
      watch = state.watch;
      button.hidden = !state.lock.held || state.phase === 'reviewing';
      button.textContent = texts.header.watch(watch.length);
      area.classList.toggle('masked', state.hidden);
    },
  };
}
