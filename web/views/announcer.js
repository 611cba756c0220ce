/**
 * Says to a screen reader, once each, what happens to the page as a whole: what is done with the files, and the verdict.
 * What stands on the screen is no live region of its own: it changes many times a second.
 */

import { byId } from '../dom.js';
import { maskedPath } from '../format.js';
import { texts } from '../texts.js';

/** @import { State } from '../state.js' */

/** A third and two thirds of the way are worth a word. */
const MILESTONES = 3;

export function createAnnouncer() {
  const announcer = byId('announcer');
  let said = '';

  /** @param {string} words */
  function say(words) {
    if (words === said) return;
    said = words;
    announcer.textContent = words;
  }

  return {
    /** @param {State} state */
    render({ phase, reading, summary, hidden }) {
      if (reading) {
        const { name, step, counts } = reading;
        const words = texts.progress[step](hidden ? maskedPath(name) : name);
        const passed = step === 'reading' && counts ? Math.floor((counts.done / counts.entries) * MILESTONES) : 0;
        say(passed ? `${words}: ${texts.announced.percent(passed / MILESTONES)}` : words);
      } else if (phase === 'done' && summary) {
        say(texts.announced.verdict(texts.verdict[summary.verdict], summary.reason));
      } else if (phase === 'ready') say(''); // the first screen says so itself
    },
  };
}
