/** `window.inspector`: what a script may ask of the page, thin over the client. */

import { item } from './item.js';
import { texts } from './texts.js';

/** @import { Client } from './client.js' */
/** @import { Attempt } from './protocol.js' */
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
 * @typedef {object} ReportChoices
 * @property {boolean} [values] Whether names and values are shown as they are; masked otherwise.
 * @property {'json' | 'html' | 'csv' | 'csv-values' | 'text' | 'ctp' | 'deid' | 'dcmodify' | 'marks'} [format]
 * @property {boolean} [sha256] Whether the archive's digest is computed, which reads all of it.
 */

/**
 * @param {object} page
 * @param {() => Client} page.client Throws until there is one.
 * @param {() => Summary | null} page.summary
 * @param {(entry: number, frame: number) => Promise<void>} page.show
 * @param {() => Promise<Attempt[]>} page.probe
 * @param {() => Promise<void>} page.settle Resolves when all that is marked has been judged.
 */
export function createInspector({ client, summary, show, probe, settle }) {
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

  /** @param {ReportChoices} [choices] @returns {Promise<string>} To the byte what the command line writes. */
  async function reportText({ values = false, format = 'json', sha256 = false } = {}) {
    reviewed();
    await settle();
    return client().report(values, format, sha256);
  }

  return Object.freeze({
    /** @param {ReportChoices} [choices] @returns {Promise<any>} The report, schema `dicom-zip-inspector/report@1`. */
    async report(choices) {
      return JSON.parse(await reportText({ ...choices, format: 'json' }));
    },
    reportText,
    /** @returns {Promise<any>} With what Python the first worker runs, and how it started: the value of `boot`. */
    boot: () => client().booted(),
    /** Tries to reach the network again, from everywhere; nothing may come through. */
    probe,
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
      return { shape, dtype, data: new ArrayType(item(buffers, 0)) };
    },
  });
}
