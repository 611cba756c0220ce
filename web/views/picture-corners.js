/** What is written around the picture: text in the corners, the letters of orientation at the edges, the scale. */

import { make } from '../dom.js';
import { masked } from '../format.js';
import { texts } from '../texts.js';
import { edgeAt, roundLength } from './picture-geometry.js';

/** @import { Edge, View } from './picture-geometry.js' */

/**
 * @typedef {object} Line
 * @property {string} text
 * @property {boolean} identifying
 * @property {boolean} [patient] Whether it says who the patient is.
 *
 * @typedef {'top_left' | 'top_right' | 'bottom_left' | 'bottom_right'} Corner
 *
 * @typedef {object} Annotations
 * @property {Record<Corner, Line[]>} corners
 * @property {Record<Edge, string>} edges Of the image as it is stored.
 * @property {{mm_per_pixel: [number, number], spacing: string} | null} scale Of rows and of columns.
 */

/** @type {readonly Corner[]} */
const CORNERS = ['top_left', 'top_right', 'bottom_left', 'bottom_right'];
/** @type {readonly Edge[]} */
const EDGES = ['top', 'right', 'bottom', 'left'];
/** The longest that the scale may be, of the stage's height. */
const SCALE_SHARE = 0.3;
/** Characters that fit into a corner of the smallest stage. */
const LONGEST_FACT = 20;

/** A line that is too long breaks between facts, not before the unit of one. @param {string} text */
function toFacts(text) {
  return text
    .split(' · ')
    .flatMap((fact, index) => [
      index ? ' · ' : '',
      fact.length <= LONGEST_FACT ? make('span', { class: 'fact', text: fact }) : fact,
    ]);
}

/** @param {HTMLElement} stage */
export function createCorners(stage) {
  const corners = CORNERS.map((corner) => make('div', { class: `corner ${corner.replace('_', ' ')}` }));
  const letters = EDGES.map((edge) => make('span', { class: `edge ${edge}` }));
  const bar = make('span', { class: 'scale-bar' });
  const length = make('span', { class: 'scale-length' });
  const scale = make('div', { class: 'scale', hidden: true }, bar, length);
  const sheet = make('div', { class: 'corners' }, ...corners, ...letters, scale);
  stage.append(sheet);

  /** The corner under the pointer gives way: there may be text of the picture behind it. @param {[number, number] | null} at */
  function giveWay(at) {
    const origin = sheet.getBoundingClientRect();
    for (const corner of corners) {
      const { left, right, top, bottom } = corner.getBoundingClientRect();
      const [x, y] = at ? [at[0] + origin.left, at[1] + origin.top] : [-1, -1];
      corner.classList.toggle('under', x >= left && x <= right && y >= top && y <= bottom);
    }
  }

  return {
    giveWay,
    /** @param {boolean} on */
    show(on) {
      sheet.hidden = !on;
    },
    /**
     * @param {Annotations | null} annotations
     * @param {{own: Partial<Record<Corner, string[]>>, view: View, mmPerPx: number | null, height: number, hidden: boolean, named: boolean}} around
     *   `own` is what the page itself says; `mmPerPx` are millimetres per CSS pixel, downwards on the
     *   screen; `named` is whether the user wants to read who the patient is.
     */
    render(annotations, { own, view, mmPerPx, height, hidden, named }) {
      corners.forEach((element, index) => {
        const corner = /** @type {Corner} */ (CORNERS[index]);
        /** @type {Line[]} */
        const lines = [
          ...(own[corner] ?? []).map((text) => ({ text, identifying: false })),
          ...(annotations?.corners[corner] ?? []),
        ];
        if (corner === 'bottom_right' && mmPerPx && annotations?.scale) {
          lines.push({ text: texts.picture.scaleOf(annotations.scale.spacing), identifying: false });
        }
        element.replaceChildren(
          ...lines.map(({ text, identifying, patient }) =>
            make('span', {}, ...toFacts((hidden && identifying) || (patient && !named) ? masked(text) : text)),
          ),
        );
      });
      letters.forEach((element, index) => {
        const edge = edgeAt(view, /** @type {Edge} */ (EDGES[index]));
        element.textContent = annotations?.edges[edge] ?? '';
      });
      scale.hidden = !mmPerPx;
      if (!mmPerPx) return;
      const millimetres = roundLength(mmPerPx * height * SCALE_SHARE);
      bar.style.height = `${millimetres / mmPerPx}px`;
      length.textContent = texts.picture.length(millimetres);
    },
  };
}
