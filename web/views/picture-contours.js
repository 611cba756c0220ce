/** Contours of structures -> lines above the picture: each structure is named once, a point becomes a cross. */

import { masked } from '../format.js';

/** @import { Line } from './picture-layers.js' */

/**
 * @typedef {object} Contour
 * @property {number} entry Of the structure set.
 * @property {number} structure
 * @property {string} name
 * @property {boolean} identifying
 * @property {string} color
 * @property {boolean} closed
 * @property {[number, number][]} points
 */

/** Half of a cross, in pixels of the image. */
const ARM = 2;

/** @param {Contour[]} contours @param {boolean} hidden Whether names that identify are masked. @returns {Line[]} */
export function toLines(contours, hidden) {
  /** @type {Line[]} */
  const lines = [];
  /** @type {Set<string>} */
  const labelled = new Set();
  for (const { entry, structure, name, identifying, color, closed, points } of contours) {
    const key = `${entry}/${structure}`;
    const label = labelled.has(key) ? undefined : identifying && hidden ? masked(name) : name;
    labelled.add(key);
    const [x, y] = points[0] ?? [0, 0];
    if (points.length !== 1) {
      lines.push({ points, closed, color, label });
      continue;
    }
    lines.push({
      closed: false,
      color,
      label,
      points: [
        [x - ARM, y],
        [x + ARM, y],
      ],
    });
    lines.push({
      closed: false,
      color,
      points: [
        [x, y - ARM],
        [x, y + ARM],
      ],
    });
  }
  return lines;
}
