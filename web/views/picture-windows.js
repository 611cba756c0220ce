/** Which range of values is shown: the menu of presets, and a window that is dragged or moved by keys. */

import { make } from '../dom.js';
import { texts } from '../texts.js';

/**
 * @typedef {object} Window
 * @property {number | null} center Null where the frame itself or a table of the file decides.
 * @property {number | null} width
 * @property {string} [function]
 * @property {string} [label]
 *
 * @typedef {object} Preset
 * @property {string} label
 * @property {number | null} center
 * @property {number | null} width
 * @property {string} function
 * @property {'file' | 'auto' | 'preset'} source
 */

/** So many CSS pixels of a drag move the level by the width that was, or make the width e times as large. */
const DRAG_PX = 300;
const LEAST_WIDTH = 1e-6;
const DIGIT_KEYS = 9;

/** @param {{onWindow: (window: Window | null) => void}} actions */
export function createWindowMenu({ onWindow }) {
  const menu = make('select', { class: 'choice', 'aria-label': texts.picture.window });
  const element = make('div', { class: 'window-row' }, menu);
  /** @type {Preset[]} */
  let presets = [];
  let drawnFor = '';
  /** What is applied now. @type {Window | null} */
  let used = null;
  /** What was applied when a drag began. @type {{center: number, width: number, function?: string} | null} */
  let from = null;
  const other = make('option', { value: 'other', hidden: true });
  menu.addEventListener('change', () => onWindow(menu.value === 'own' ? null : (presets[Number(menu.value)] ?? null)));

  /** @param {Preset} preset @param {number} index @param {string} unit */
  function option({ label, center, width }, index, unit) {
    const range = center === null || width === null ? '' : texts.picture.windowText(width, center, unit);
    const key = index < DIGIT_KEYS ? `${index + 1}` : '';
    return make('option', { value: index, text: [key, label, range].filter(Boolean).join(' · ') });
  }

  /** @param {number} dx @param {number} dy In CSS pixels; to the right is wider, down is a higher level. */
  function moved(dx, dy) {
    if (!from) return null;
    const step = from.width / DRAG_PX;
    // Whole numbers where a step is about one or more, else as many digits as the step has.
    const digits = Math.max(0, Math.ceil(-Math.log10(step)));
    const round = (/** @type {number} */ value) => (digits > 15 ? value : Number(value.toFixed(digits)));
    const least = from.function === 'LINEAR' && from.width >= 1 ? 1 : LEAST_WIDTH * from.width;
    const width = Math.max(least, round(from.width * Math.exp(dx / DRAG_PX)));
    return { center: round(from.center + dy * step), width, function: from.function };
  }

  function begin() {
    const { center = null, width = null } = used ?? {};
    from = center === null || width === null ? null : { center, width, function: used?.function };
  }

  return {
    element,
    begin,
    /** Whether there is a window to change; colour has none. */
    get possible() {
      return used?.center !== null && used?.center !== undefined;
    },
    /** @param {number} dx From where the drag began. @param {number} dy */
    drag(dx, dy) {
      const window = moved(dx, dy);
      if (window) onWindow(window);
    },
    /** One step by a key. @param {number} dx @param {number} dy */
    step(dx, dy) {
      begin();
      const window = moved(dx, dy);
      if (!window) return;
      used = window; // the next key may come before it is drawn
      onWindow(window);
    },
    /** @param {number} index Of a preset. */
    choose(index) {
      const preset = presets[index];
      if (preset) onWindow(preset);
    },
    /** @param {Preset[]} next @param {{chosen: Window | null, used: Window | null, unit: string}} now */
    render(next, { chosen, used: applied, unit }) {
      used = applied;
      presets = next;
      element.hidden = !presets.length;
      const content = JSON.stringify([presets, unit]);
      if (content !== drawnFor) {
        drawnFor = content;
        const own = make('option', { value: 'own', text: texts.picture.ownWindow });
        menu.replaceChildren(own, ...presets.map((preset, index) => option(preset, index, unit)), other);
      }
      const index = chosen ? presets.findIndex((preset) => isSame(preset, chosen)) : -1;
      if (chosen && index < 0) {
        other.textContent = texts.picture.windowByHand(Number(chosen.width), Number(chosen.center), unit);
      }
      other.hidden = !chosen || index >= 0;
      menu.value = chosen ? (index < 0 ? 'other' : String(index)) : 'own';
    },
  };
}

/** @param {Preset} preset @param {Window} window */
function isSame(preset, window) {
  const sameFunction = !window.function || window.function === preset.function;
  return preset.center === window.center && preset.width === window.width && sameFunction;
}
