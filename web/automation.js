/** `window.inspector`: what a script may ask of the page, thin over the client. */

import { texts } from './texts.js';

/** @import { Client } from './client.js' */
/** @import { Summary } from './state.js' */

/** NumPy's names of types, and the arrays that hold such values. */
const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * @param {object} page
 * @param {() => Client} page.client Throws until there is one.
 * @param {() => Summary | null} page.summary
 * @param {(entry: number, frame: number) => Promise<void>} page.show
 */
export function createInspector({ client, summary, show }) {
  /** @returns {Summary} */
  function reviewed() {
    const found = summary();
    if (!found) throw new Error(texts.errors.noReview);
    return found;
  }

  /** @param {number | string} entry Index, or path in the archive. @returns {number} */
  function indexOf(entry) {
    const { name } = reviewed().entries;
    const index = typeof entry === 'number' ? entry : name.indexOf(entry);
    if (!(index in name)) throw new Error(texts.errors.noEntry(String(entry)));
    return index;
  }

  return Object.freeze({
    /**
     * The report: as an object, or as text in another format than JSON.
     *
     * @param {{values?: boolean, format?: 'json' | 'html' | 'csv' | 'text', sha256?: boolean}} [options]
     */
    async report({ values = false, format, sha256 = false } = {}) {
      reviewed();
      const text = await client().report(values, format ?? 'json', sha256);
      return format ? text : JSON.parse(text);
    },
    /**
     * Resolves when the frame is drawn, rejects with the reason when it cannot be.
     *
     * @param {{entry: number | string, frame?: number}} what Frames count from 0.
     */
    async show({ entry, frame = 0 }) {
      await show(indexOf(entry), frame);
    },
    /**
     * Stored pixel values, before any look-up table.
     *
     * @param {{entry: number | string, frame?: number}} what Frames count from 0.
     */
    async values({ entry, frame = 0 }) {
      const { value, buffers } = await client().picture('stored', { entry: indexOf(entry), frame });
      const { shape, dtype } = value;
      const ArrayType = ARRAYS[/** @type {keyof typeof ARRAYS} */ (dtype)];
      if (!ArrayType) throw new Error(texts.errors.unknownDtype(dtype));
      return { shape, dtype, data: new ArrayType(buffers[0]) };
    },
  });
}
