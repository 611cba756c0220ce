/** The picture of the chosen instance: the canvas holds the image's own columns × rows, the pane only scales it. */

import { byId, make } from '../dom.js';
import { maskedPath } from '../format.js';
import { texts } from '../texts.js';

/**
 * @typedef {object} Window
 * @property {number} center
 * @property {number} width
 * @property {string} [explanation]
 *
 * @typedef {object} Description
 * @property {number} rows
 * @property {number} columns
 * @property {number} number_of_frames
 * @property {string} photometric_interpretation
 * @property {string} transfer_syntax_name
 * @property {Window[]} windows
 * @property {boolean} drawable
 * @property {string} reason Why it cannot be drawn.
 */

/** Small images are enlarged at most so many times, so that a 16 × 16 test image does not fill the screen with blocks. */
const MAX_SCALE = 4;

/**
 * @param {{onFrame: (frame: number) => void, onWindow: (window: Window | null) => void}} actions
 */
export function createPicture({ onFrame, onWindow }) {
  const canvas = byId('image');
  const stage = byId('picture-stage');
  const words = byId('picture-words');
  const title = byId('picture-title');
  const foot = byId('picture-foot');

  const slider = make('input', { type: 'range', class: 'frames', min: 0, 'aria-label': texts.picture.frame });
  const frameWords = make('output', { class: 'frame-words' });
  const frameRow = make('div', { class: 'frame-row' }, slider, frameWords);
  const windows = make('select', { class: 'choice', 'aria-label': texts.picture.window });
  const windowRow = make('div', { class: 'window-row' }, windows);
  const facts = make('p', { class: 'picture-facts' });
  foot.append(frameRow, windowRow, facts, make('p', { class: 'caution', text: texts.picture.caution }));
  slider.addEventListener('input', () => onFrame(Number(slider.value)));
  windows.addEventListener('change', () => onWindow(JSON.parse(windows.value)));
  new ResizeObserver(fit).observe(stage);

  function fit() {
    const { width, height } = stage.getBoundingClientRect();
    const scale = Math.min(width / canvas.width, height / canvas.height, MAX_SCALE);
    canvas.style.width = `${Math.max(1, Math.floor(canvas.width * scale))}px`;
    canvas.style.height = `${Math.max(1, Math.floor(canvas.height * scale))}px`;
    canvas.classList.toggle('enlarged', scale > 1);
  }

  return {
    /** @param {string} name @param {boolean} hidden */
    name(name, hidden) {
      title.textContent = hidden ? maskedPath(name) : name;
      title.title = title.textContent ?? '';
    },
    /** Says a sentence in place of a picture. @param {string} sentence */
    explain(sentence) {
      canvas.hidden = true;
      foot.hidden = true;
      words.hidden = false;
      words.textContent = sentence;
    },
    /** Something is being drawn; the picture before stays until it is. */
    busy() {
      stage.classList.add('busy');
      if (canvas.hidden) words.textContent = texts.picture.loading;
    },
    idle() {
      stage.classList.remove('busy');
    },
    /**
     * @param {Description} description
     * @param {{rows: number, columns: number, rgba: ArrayBuffer, frame: number, window: Window | null, chosen: Window | null, name: string}} picture
     */
    draw(description, { rows, columns, rgba, frame, window, chosen, name }) {
      canvas.width = columns;
      canvas.height = rows;
      canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba), columns, rows), 0, 0);
      canvas.hidden = false;
      words.hidden = true;
      foot.hidden = false;
      const frames = description.number_of_frames;
      frameRow.hidden = frames < 2;
      slider.max = String(frames - 1);
      slider.value = String(frame);
      frameWords.textContent = texts.picture.frameOf(frame, frames);
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', texts.picture.alt(name, texts.picture.frameOf(frame, frames)));
      renderWindows(description, chosen);
      facts.textContent = [
        window ? texts.picture.windowText(window.width, window.center) : '',
        `${columns} × ${rows}`,
        description.photometric_interpretation,
        description.transfer_syntax_name,
      ]
        .filter(Boolean)
        .join(' · ');
      fit();
    },
  };

  /** @param {Description} description @param {Window | null} chosen */
  function renderWindows(description, chosen) {
    const choices = [
      make('option', { value: 'null', text: texts.picture.ownWindow }),
      ...(description.windows ?? []).map(({ center, width, explanation }) =>
        make('option', {
          value: JSON.stringify({ center, width }),
          text: [texts.picture.windowText(width, center), explanation].filter(Boolean).join(' · '),
        }),
      ),
    ];
    windows.replaceChildren(...choices);
    windows.value = chosen ? JSON.stringify({ center: chosen.center, width: chosen.width }) : 'null';
    windowRow.hidden = choices.length < 3;
  }
}
