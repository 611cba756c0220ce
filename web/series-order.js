/** The images of a series in order: every frame of every instance, counted from 0 as one row of positions. */

import { item } from './item.js';

/** @import { Summary } from './state.js' */

/**
 * @typedef {object} Row The images of one series.
 * @property {number} index Of the series, in the order of the tree.
 * @property {number[]} instances Indexes of entries.
 * @property {number[]} frames Of each instance; 1 for what has no pixels, so that it is come across too.
 */

/** @param {Summary} summary */
export function createSeriesOrder(summary) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Map<number, {row: Row, at: number}>} */
  const places = new Map();
  for (const patient of summary.patients) {
    for (const study of patient.studies) {
      for (const { instances } of study.series) {
        const frames = instances.map((entry) => Math.max(1, item(summary.entries.frames, entry)));
        const row = { index: rows.length, instances, frames };
        rows.push(row);
        instances.forEach((entry, at) => places.set(entry, { row, at }));
      }
    }
  }

  /** @param {Row} row @param {number} at @returns {number} */
  const startOf = (row, at) => row.frames.slice(0, at).reduce((sum, frames) => sum + frames, 0);

  return {
    /** @param {number} entry @returns {number} Which series it belongs to; −1 for none. */
    seriesOf(entry) {
      return places.get(entry)?.row.index ?? -1;
    },
    /** The header of an instance was read and has another number than was reviewed. @param {number} entry @param {number} frames */
    setFrames(entry, frames) {
      const place = places.get(entry);
      if (place) place.row.frames[place.at] = Math.max(1, frames);
    },
    /** @param {number} entry @param {number} frame @returns {{position: number, count: number}} */
    positionOf(entry, frame) {
      const place = places.get(entry);
      if (!place) return { position: frame, count: frame + 1 };
      const { row, at } = place;
      return { position: startOf(row, at) + frame, count: startOf(row, row.frames.length) };
    },
    /**
     * @param {number} entry Of any instance of the series. @param {number} position Held between the first and the last.
     * @returns {{entry: number, frame: number}}
     */
    imageAt(entry, position) {
      const place = places.get(entry);
      if (!place) return { entry, frame: Math.max(0, position) };
      const { instances, frames } = place.row;
      let frame = Math.max(0, position);
      let at = 0;
      while (at < instances.length - 1 && frame >= item(frames, at)) {
        frame -= item(frames, at);
        at += 1;
      }
      return { entry: item(instances, at), frame: Math.min(frame, item(frames, at) - 1) };
    },
    /** @param {number} entry @param {number} step @returns {number | null} First instance of another series; null at the ends. */
    otherSeries(entry, step) {
      const place = places.get(entry);
      return (place && rows[place.row.index + step]?.instances[0]) ?? null;
    },
  };
}
