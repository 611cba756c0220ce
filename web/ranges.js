/**
 * Reads many byte ranges of a file for the core, a few large slices instead of many small ones.
 *
 * What a slice costs is the same for any length until it is long: the browser's other process is asked for each. So ranges
 * that lie near are read as one span, and what lies between them is dropped at once. How near that is depends on the storage:
 * over a network less is read in between. A few slices of the file tell.
 */

import { release } from './memory.js';

const LONGEST_SPAN = 8 << 20;
/** Bytes between two ranges that are read rather than passed over, where storage is fast. */
const WIDEST_GAP = 512 << 10;
/** What is read of a file to learn how fast its storage is. */
const SHORT_TRIAL = { slices: 8, length: 16 << 10 };
const LONG_TRIAL = { slices: 2, length: 4 << 20 };
const LANES = 16;
/** Bytes that are on their way at the same time. */
const MOST_COMING = 2 * LONGEST_SPAN;

/** How wide a gap is read rather than passed over, once it is known. @type {WeakMap<Blob, number>} */
const gaps = new WeakMap();

/**
 * @typedef {object} Span Ranges that are read together.
 * @property {number} start
 * @property {number} stop
 * @property {{start: number, stop: number, at: number}[]} parts What of it is wanted, and where in the answer it lies.
 */

/**
 * @param {Blob} file
 * @param {number[]} ranges Offset and length of one after the other, ascending, none reaching into the next.
 * @param {boolean} isAwaited Whether the worker does nothing else meanwhile, so that the time taken is that of the reading.
 * @returns {Promise<{data: Uint8Array, error: string}>} The bytes of all ranges, one after the other, or why they cannot be
 *   had. It is never rejected: nobody may wait for it yet.
 */
export async function readRanges(file, ranges, isAwaited) {
  let error = '';
  if (isAwaited && !gaps.has(file)) {
    try {
      gaps.set(file, await findGap(file, ranges[0] ?? 0));
    } catch (reason) {
      error = toSentence(reason);
    }
  }
  const { spans, total } = toSpans(ranges, gaps.get(file) ?? WIDEST_GAP);
  const data = new Uint8Array(total);
  let coming = 0;
  let next = 0;
  /** @param {Span} span */
  const read = async ({ start, stop, parts }) => {
    const buffer = await file.slice(start, stop).arrayBuffer();
    if (buffer.byteLength !== stop - start) throw new Error('it has become shorter');
    for (const part of parts) {
      data.set(new Uint8Array(buffer, part.start - start, part.stop - part.start), part.at);
    }
    release(buffer);
  };
  const lane = async () => {
    for (let span = spans[next]; span && !error && (!coming || coming < MOST_COMING); span = spans[next]) {
      next += 1;
      const length = span.stop - span.start;
      coming += length;
      try {
        await read(span);
      } catch (reason) {
        error ||= toSentence(reason);
      }
      coming -= length;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { data, error };
}

/** @param {number[]} ranges @param {number} gap @returns {{spans: Span[], total: number}} */
function toSpans(ranges, gap) {
  /** @type {Span[]} */
  const spans = [];
  let total = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const start = /** @type {number} */ (ranges[index]);
    const length = /** @type {number} */ (ranges[index + 1]);
    const stop = start + length;
    const part = { start, stop, at: total };
    total += length;
    const last = spans.at(-1);
    if (last && start - last.stop <= gap && stop - last.start <= LONGEST_SPAN) {
      last.parts.push(part);
      last.stop = stop;
    } else spans.push({ start, stop, parts: [part] });
  }
  return { spans, total };
}

/**
 * @param {Blob} file @param {number} start Of what will be read next.
 * @returns {Promise<number>} How many bytes take as long as a slice of its own does: with less between, one slice is better.
 */
async function findGap(file, start) {
  const from = Math.min(start, file.size - LONG_TRIAL.length);
  if (from < 0) return WIDEST_GAP;
  const readEach = async ({ slices, length } = SHORT_TRIAL) => {
    const began = performance.now();
    const reading = Array.from({ length: slices }, () => file.slice(from, from + length).arrayBuffer());
    for (const buffer of await Promise.all(reading)) release(buffer);
    return (performance.now() - began) / slices;
  };
  await readEach(); // the first opens the file
  const short = await readEach();
  const long = await readEach(LONG_TRIAL);
  // A slice is work for two processes, and while one waits the other has none: it counts twice.
  return Math.min(WIDEST_GAP, (2 * short * LONG_TRIAL.length) / Math.max(long, 1));
}

/** @param {unknown} reason */
const toSentence = (reason) => (reason instanceof Error ? reason.message : String(reason));
