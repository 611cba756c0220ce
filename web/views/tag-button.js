/** The path of an element as a button: pressed or focused, `reference.js` explains the element. */

import { make } from '../dom.js';

/** @param {string} path @param {string | null} creator @returns {HTMLElement} */
export function tagButton(path, creator) {
  return make('button', {
    type: 'button',
    class: 'tag-button path',
    'aria-haspopup': 'dialog',
    'data-creator': creator,
    text: path,
  });
}
