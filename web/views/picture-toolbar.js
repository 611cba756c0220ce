/** The picture's buttons. */

import { make } from '../dom.js';
import { texts } from '../texts.js';
import { icon } from './picture-icons.js';

/** @import { Command } from './picture-commands.js' */
/** @import { Icon } from './picture-icons.js' */

/** @typedef {Command & Icon} Shown */

/** @type {readonly (readonly Shown[])[]} */
const GROUPS = [
  ['zoomOut', 'zoomIn', 'fit', 'actual'],
  ['rotate', 'flipHorizontal', 'flipVertical', 'invert', 'reset'],
  ['overlays', 'contours', 'shutter', 'text', 'patient'],
];

/** These are there also while nothing is drawn. @type {readonly Shown[]} */
const ALWAYS = ['fullScreen', 'enlarge'];

/** @param {Shown} name @param {() => void} onClick @returns {HTMLButtonElement} */
export function iconButton(name, onClick) {
  const words = texts.picture.commands[name];
  return make(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': words, title: words, onclick: onClick },
    icon(name),
  );
}

/** @param {(command: Command) => void} onCommand */
export function createToolbar(onCommand) {
  /** @type {Map<Shown, HTMLButtonElement>} */
  const buttons = new Map();
  /** @param {readonly Shown[]} names */
  function group(names) {
    const element = make('div', { class: 'tool-group' });
    for (const name of names) {
      const button = iconButton(name, () => onCommand(name));
      buttons.set(name, button);
      element.append(button);
    }
    return element;
  }

  const attributes = { class: 'tools', role: 'group', 'aria-label': texts.picture.tools };
  return {
    element: make('div', attributes, ...GROUPS.map(group)),
    always: group(ALWAYS),
    /** @param {Shown} name @param {{pressed?: boolean, hidden?: boolean}} state */
    set(name, { pressed, hidden }) {
      const button = /** @type {HTMLButtonElement} */ (buttons.get(name));
      if (pressed !== undefined) button.setAttribute('aria-pressed', String(pressed));
      if (hidden !== undefined) button.hidden = hidden;
    },
  };
}
