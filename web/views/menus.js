/** The two menus: what to judge by, and in which form to take the report away. */

import { byId, make } from '../dom.js';
import { item } from '../item.js';
import { texts } from '../texts.js';

/** @import { State, Summary } from '../state.js' */

/** Places a popover under its button, inside the window. @param {HTMLElement} menu @param {HTMLElement} button */
export function placeUnder(menu, button) {
  menu.addEventListener('toggle', (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === 'open';
    button.setAttribute('aria-expanded', String(open));
    if (!open) return;
    const { bottom, right } = button.getBoundingClientRect();
    const top = Math.min(bottom + 4, innerHeight - menu.offsetHeight - 8);
    menu.style.top = `${Math.max(8, top)}px`;
    menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
    /** @type {HTMLElement | null} */ (menu.querySelector('input, button:not([hidden])'))?.focus();
  });
  menu.addEventListener('keydown', (event) => walk(menu, event));
}

/** Arrows move in a menu, round and round (ARIA menu). @param {HTMLElement} menu @param {KeyboardEvent} event */
function walk(menu, event) {
  /** @type {HTMLElement[]} */
  const items = [...menu.querySelectorAll(/** @type {'button'} */ ('[role=menuitem]:not([hidden])'))];
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  item(items, to % items.length).focus();
  event.preventDefault();
}

/**
 * @typedef {object} HashControls
 * @property {AbortSignal} signal
 * @property {(done: number, size: number) => void} onProgress In bytes.
 */

/** @param {AbortSignal} signal @returns {Promise<never>} Rejects when it is aborted. */
function abortOf(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/**
 * @param {object} actions
 * @param {(format: string, values: boolean, controls: HashControls) => Promise<void>} actions.onReport Formats of the
 *   report, of recipes, and 'marks'.
 * @param {() => void} actions.onResume
 */
export function createReportMenu({ onReport, onResume }) {
  const menu = byId('report-menu');
  const button = byId('report-button');
  const words = texts.report;
  button.append(make('span', { text: words.menu }), make('span', { class: 'caret', 'aria-hidden': 'true' }));
  placeUnder(menu, button);
  const values = make('input', { type: 'checkbox' });
  const note = make('p', { class: 'fine', role: 'status', text: words.masked });
  /** @type {AbortController | null} While a report is being written. */
  let writing = null;
  const cancel = make('button', {
    type: 'button',
    class: 'button',
    text: words.cancel,
    hidden: true,
    onclick: () => writing?.abort(),
  });
  values.addEventListener('change', tellMasking);

  function tellMasking() {
    note.textContent = values.checked ? words.unmasked : words.masked;
    note.classList.toggle('warn', values.checked);
  }

  /** @param {string} format */
  async function write(format) {
    writing?.abort();
    const own = new AbortController();
    writing = own;
    note.textContent = words.writing;
    cancel.hidden = false;
    const onProgress = (/** @type {number} */ done, /** @type {number} */ size) => {
      if (writing === own) note.textContent = words.hashing(done, size);
    };
    try {
      // Told at once, whatever the core is doing; it ends what it has begun, and nothing comes of it.
      await Promise.race([onReport(format, values.checked, { signal: own.signal, onProgress }), abortOf(own.signal)]);
      if (writing !== own) return;
      menu.hidePopover();
      tellMasking();
    } catch (error) {
      if (writing !== own) return;
      note.textContent = own.signal.aborted ? words.cancelled : /** @type {Error} */ (error).message;
    } finally {
      if (writing === own) {
        writing = null;
        cancel.hidden = true;
      }
    }
  }

  /** @param {'html' | 'csv' | 'csv-values' | 'json' | 'text' | 'ctp' | 'deid' | 'dcmodify' | 'marks'} format */
  const choice = (format) =>
    make('button', {
      type: 'button',
      role: 'menuitem',
      class: 'menu-item',
      text: words[format],
      onclick: () => write(format),
    });
  const resume = make('button', {
    type: 'button',
    role: 'menuitem',
    class: 'menu-item',
    text: words.resume,
    onclick: onResume,
  });
  /** @param {string} title @param {HTMLElement[]} choices */
  const group = (title, ...choices) =>
    make(
      'div',
      { role: 'group', 'aria-label': title },
      make('p', { class: 'menu-title', 'aria-hidden': 'true', text: title }),
      ...choices,
    );
  menu.append(
    make(
      'div',
      { role: 'menu', 'aria-label': words.menu },
      group(
        words.menu,
        ...['html', 'csv', 'csv-values', 'json', 'text'].map((one) => choice(/** @type {'html'} */ (one))),
      ),
      group(words.recipes, choice('ctp'), choice('deid'), choice('dcmodify')),
      group(words.ownMarks, choice('marks'), resume),
    ),
    make('p', { class: 'fine', text: words.recipesNote }),
    make('label', { class: 'check' }, values, make('span', { text: words.withValues })),
    note,
    cancel,
  );
  return {
    /** @param {string} text What has come of it, in the open menu. */
    say(text) {
      note.textContent = text;
      menu.showPopover();
    },
  };
}

/** Dates are kept as they are or modified, not both (PS3.15 §E.3.6): the core refuses what holds the two. */
const EITHER = ['retain-full-dates', 'retain-modified-dates'];

/** @param {{onOptions: (options: string[]) => void}} actions */
export function createProfileMenu({ onOptions }) {
  const menu = byId('profile-menu');
  const button = byId('profile-button');
  placeUnder(menu, button);
  const words = make('span');
  button.append(words, make('span', { class: 'caret', 'aria-hidden': 'true' }));
  const status = make('p', { class: 'fine', role: 'status' });
  /** @type {HTMLInputElement[]} */
  let boxes = [];

  /** @param {HTMLInputElement} changed */
  function choose(changed) {
    for (const box of boxes) {
      const excluded = box !== changed && EITHER.includes(box.value) && EITHER.includes(changed.value);
      if (excluded && changed.checked) box.checked = false;
    }
    onOptions(boxes.filter((box) => box.checked).map((box) => box.value));
  }

  /** @param {Summary} summary */
  function fill({ profile, options, tool }) {
    boxes = options.map(({ name }) =>
      make('input', { type: 'checkbox', value: name, onchange: (event) => choose(event.target) }),
    );
    menu.replaceChildren(
      make('p', { class: 'menu-title', text: texts.profile.title }),
      make('p', { text: texts.profile.profiles[/** @type {'basic'} */ (profile.name)] ?? profile.name }),
      make('p', { class: 'fine', text: texts.profile.edition(tool.standard_edition) }),
      make('p', { class: 'menu-title', text: options.length ? texts.profile.optionsTitle : texts.profile.none }),
      ...options.map(({ title }, index) =>
        make('label', { class: 'check' }, item(boxes, index), make('span', { text: title })),
      ),
      status,
    );
  }

  return {
    /** @param {State} state */
    render({ summary, phase, options, judging, judgeError }) {
      button.hidden = phase !== 'done';
      if (!summary) return;
      if (!boxes.length) fill(summary);
      for (const box of boxes) box.checked = options.includes(box.value);
      const chosen = options.length ? ` +${options.length}` : '';
      words.textContent = `${texts.header.profile}: ${summary.profile.name}${chosen}`;
      status.textContent = judging ? texts.profile.judging : judgeError;
    },
  };
}
