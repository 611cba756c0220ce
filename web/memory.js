/**
 * Gives memory back now, in browsers that can: a garbage collector does not hurry for bytes outside of its own heap.
 *
 * @param {ArrayBuffer} buffer Is empty afterwards.
 */
export function release(buffer) {
  /** @type {any} */ (buffer).transfer?.(0);
}
