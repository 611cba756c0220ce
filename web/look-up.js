/** @typedef {{getBuffer: (type?: string) => {data: any, release: () => void}}} Buffered What holds memory of Python. */

/**
 * Looks up the colour of every pixel. It reads Python's memory where it lies and writes what can be transferred, so that
 * a new window costs one pass over the pixels.
 *
 * @param {Buffered} places Of every pixel, where its colour stands.
 * @param {Buffered} colors RGBA, four bytes each.
 * @returns {ArrayBuffer} RGBA of every pixel.
 */
export function lookUp(places, colors) {
  const from = places.getBuffer();
  const table = colors.getBuffer('u32');
  try {
    const { data } = from;
    const pixels = new Uint32Array(data.length);
    const own = Uint32Array.from(table.data); // beside the pixels, not in the memory that is being read
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = /** @type {number} */ (own[data[at]]);
    return pixels.buffer;
  } finally {
    from.release();
    table.release();
  }
}
