/** Severity and verdict as shape, word and colour: never colour alone. */

import { make } from '../dom.js';
import { count } from '../format.js';
import { SEVERITIES } from '../state.js';
import { texts } from '../texts.js';

/** @import { Flags, Said, Seen, Severity, Verdict } from '../state.js' */

/** Outlines in a square of 16: circle, diamond, triangle, ring, tick. */
const SHAPES = {
  identifier: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z',
  quasi: 'M8 .8L15.2 8L8 15.2L.8 8z',
  review: 'M8 1.5L15.2 14.3H.8z',
  info: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zm0 2.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z',
  clean: 'M6.4 13.2L1.6 8.4l1.9-1.9l2.9 2.9l6.1-6.6l2 1.9z',
  locked: 'M4.5 7V5a3.5 3.5 0 0 1 7 0v2H13v7.5H3V7zm1.8 0h3.4V5a1.7 1.7 0 0 0-3.4 0z',
};

/** @type {Record<Verdict, keyof typeof SHAPES>} */
const VERDICT_SHAPES = { identified: 'identifier', review: 'review', clean: 'clean' };

/** @param {keyof typeof SHAPES} shape @returns {string} Its outline in a square of 16, as SVG writes paths. */
export const shapeOutline = (shape) => SHAPES[shape];

const SVG = 'http://www.w3.org/2000/svg';

/** @param {keyof typeof SHAPES} shape @returns {SVGSVGElement} Decoration; the word stands beside it or in a label. */
export function shapeMark(shape) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `mark ${shape}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[shape]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}

/** @param {Severity} severity */
export function severityMark(severity) {
  const { word, meaning } = texts.severity[severity];
  return make('span', { class: `severity ${severity}`, title: `${word}: ${meaning}` }, shapeMark(severity), word);
}

/** @type {Record<Seen, keyof typeof SHAPES>} */
const SEEN_SHAPES = { 'nothing burned in': 'clean', 'burned-in text': 'identifier', unsure: 'review' };

/** @param {Seen} seen What a reviewer saw in pictures; the word stands beside it or in a label. */
export const seenMark = (seen) => shapeMark(SEEN_SHAPES[seen]);

/** @type {Record<Said, keyof typeof SHAPES>} */
const SAID_SHAPES = { fine: 'clean', 'must go': 'identifier' };

/** @param {Said} said What a reviewer said of a value. */
export function saidMark(said) {
  const shape = SAID_SHAPES[said];
  return make('span', { class: `said-mark ${shape}` }, shapeMark(shape), texts.values.said[said]);
}

/** @param {Verdict} verdict */
export function verdictMark(verdict) {
  return make(
    'strong',
    { class: `verdict-word ${verdict}` },
    shapeMark(VERDICT_SHAPES[verdict]),
    texts.verdict[verdict],
  );
}

/** @param {Flags} flags @returns {HTMLSpanElement} How many of the gravest severity that occurs; all of them on hover. */
export function flagCounts(flags) {
  const occurring = SEVERITIES.filter((_, index) => flags[index]);
  const number = (/** @type {Severity} */ severity) => flags[SEVERITIES.indexOf(severity)] ?? 0;
  const words = occurring.map((severity) =>
    texts.tree.flags(number(severity), texts.severity[severity].word.toLowerCase()),
  );
  const counts = make('span', { class: 'flag-counts', title: words.join(', ') });
  const [gravest] = occurring;
  if (gravest) {
    counts.append(make('span', { class: gravest }, shapeMark(gravest), count(number(gravest))));
    counts.append(make('span', { class: 'visually-hidden', text: words.join(', ') }));
  }
  return counts;
}
