/** What the user pasted or loaded, as names and numbers to look for. */

import { texts } from './texts.js';

/** The most that the core looks for: `MAX_WATCHED` of `pycore/phi/echo.py`; a test compares the two. */
export const MAX_WATCHED = 10_000;

const MAX_FILE_BYTES = 4_000_000;

/** @param {string} text One a line; cells of a table, too. @returns {string[]} Without blanks and repetitions. */
export function toWatched(text) {
  const cells = text.split(/[\r\n\t;]+/).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );
  return [...new Set(cells.filter(Boolean))];
}

/**
 * @param {File} file
 * @returns {Promise<{text: string, encoding: string}>} Rejects with a sentence when it is no text.
 */
export async function readText(file) {
  if (file.size > MAX_FILE_BYTES) throw new Error(texts.watch.tooLarge(file.name));
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = encodingOf(bytes);
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) throw new Error(texts.watch.notText(file.name));
  return { text, encoding };
}

/** @param {Uint8Array} bytes @returns {string} Spreadsheets still write lists of names in all of these. */
function encodingOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what `fatal` throws
    return 'windows-1252';
  }
}
