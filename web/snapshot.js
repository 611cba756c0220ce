/**
 * Python's memory as two files: the build takes it once, after the imports, and every worker starts from it.
 *
 * Pyodide's own format is a head (magic number, build, which JavaScript objects Python holds) and then the whole heap,
 * of which a third is zero. The head is a file by itself: it is all that the runtime needs while it is made. In the other
 * the zeros are left out: a little-endian uint32 that says how long the JSON after it is, that JSON (`Layout`), and the
 * pages that are not zero.
 */

import { release } from './memory.js';

/** The files, by name. */
export const SNAPSHOT = Object.freeze({ head: 'snapshot-head', pages: 'snapshot' });

/** Of WebAssembly; the heap is a multiple of it. */
const PAGE = 65536;

/** How much is read at once; it is in memory twice for that long. */
const PIECE = 4 << 20;

/**
 * @typedef {object} Layout
 * @property {number} heap Bytes of the heap.
 * @property {[start: number, stop: number][]} runs Of pages that are not zero; the numbers are offsets in the heap.
 *
 * @typedef {object} PyodideModule What is needed of Emscripten's module.
 * @property {Uint8Array} HEAPU8 A new view after every growth.
 * @property {(bytes: number) => 1 | undefined} growMemory To that size; 1 when it was done.
 */

/**
 * @param {Uint8Array} snapshot As `makeMemorySnapshot` returns it.
 * @returns {{head: Uint8Array, pages: Uint8Array[]}} The first file, and the parts of the other.
 */
export function packSnapshot(snapshot) {
  const head = new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(4, true);
  const heap = snapshot.subarray(head);
  /** @type {Layout['runs']} */
  const runs = [];
  for (let start = 0; start < heap.length; start += PAGE) {
    const stop = Math.min(start + PAGE, heap.length);
    const last = runs.at(-1);
    if (isZero(heap.subarray(start, stop))) continue;
    if (last?.[1] === start) last[1] = stop;
    else runs.push([start, stop]);
  }
  const layout = new TextEncoder().encode(JSON.stringify({ heap: heap.length, runs }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, layout.length, true);
  const pages = [length, layout, ...runs.map(([start, stop]) => heap.subarray(start, stop))];
  return { head: snapshot.subarray(0, head), pages };
}

/**
 * Fills the heap of the module, after growing it; inside a worker.
 *
 * @param {Blob | ArrayBuffer} file The pages; what is in memory is empty afterwards. @param {PyodideModule} module
 */
export function restoreHeap(file, module) {
  const inMemory = file instanceof ArrayBuffer;
  const size = inMemory ? file.byteLength : file.size;
  let position = 0;
  const take = (/** @type {number} */ length) => {
    const start = position;
    position += length;
    if (position > size) throw new RangeError(`the snapshot ends after ${size} bytes`);
    if (inMemory) return new Uint8Array(file, start, length);
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(start, position)));
  };
  const length = new DataView(take(4).slice().buffer).getUint32(0, true);
  /** @type {Layout} */
  const layout = JSON.parse(new TextDecoder().decode(take(length)));
  const fresh = module.HEAPU8.length;
  if (fresh > layout.heap) throw new RangeError(`the heap already has ${fresh} bytes`);
  if (fresh < layout.heap && !module.growMemory(layout.heap)) throw new RangeError('the heap cannot grow');
  const heap = module.HEAPU8;
  let end = 0;
  for (const [start, stop] of layout.runs) {
    clear(heap, end, Math.min(start, fresh));
    for (let offset = start; offset < stop; offset += PIECE) {
      const piece = take(Math.min(PIECE, stop - offset));
      heap.set(piece, offset);
      if (!inMemory) release(piece.buffer);
    }
    end = stop;
  }
  clear(heap, end, fresh);
  if (inMemory) release(file);
}

/**
 * Fills with zeros what is not zero yet: a page that is only read takes no memory.
 *
 * @param {Uint8Array} heap @param {number} start Multiple of the page, as `stop`. @param {number} stop
 */
function clear(heap, start, stop) {
  for (let page = start; page < stop; page += PAGE) {
    const part = heap.subarray(page, page + PAGE);
    if (!isZero(part)) part.fill(0);
  }
}

/** @param {Uint8Array} page Aligned to 8 bytes. */
function isZero(page) {
  const words = new Int32Array(page.buffer, page.byteOffset, page.byteLength / 4);
  for (let at = 0; at < words.length; at += 1) if (words[at] !== 0) return false;
  return true;
}
