/**
 * What the files of a series look like in the mosaic: hue, shade and pattern, so that it is told by more than colour.
 * The same series looks the same in every archive, unless two of one archive would look alike: then the later one takes
 * the next look that is free. Pure.
 */

const HUES = 12;
const SHADES = 2;
export const PATTERNS = /** @type {const} */ (['plain', 'rows', 'columns', 'slope', 'dots']);
/** How many looks there are; of more series, some look alike. */
export const LOOKS = HUES * SHADES * PATTERNS.length;
/** From one look to the next that is tried: without a common divisor with their number, so that all are. */
const STEP = 37;

/**
 * @typedef {object} Look
 * @property {number} hue In degrees.
 * @property {number} shade 0 is the stronger, 1 the paler.
 * @property {typeof PATTERNS[number]} pattern
 */

/** @param {readonly string[]} keys Of series, in order. @returns {Look[]} */
export function toLooks(keys) {
  const taken = new Set();
  return keys.map((key) => {
    let slot = hash(key) % LOOKS;
    if (taken.size < LOOKS) while (taken.has(slot)) slot = (slot + STEP) % LOOKS;
    taken.add(slot);
    const hue = ((slot % HUES) * 360) / HUES;
    const rest = Math.floor(slot / HUES);
    return { hue, shade: rest % SHADES, pattern: PATTERNS[Math.floor(rest / SHADES)] ?? 'plain' };
  });
}

/** @param {string} text @returns {number} FNV-1a of its UTF-16, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
