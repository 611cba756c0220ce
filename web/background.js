/** Work that nobody waits for, one piece at a time: each time the first source that has something to do is asked. */

/** @typedef {() => (() => Promise<void>) | undefined} Source The next piece of work, or nothing; pieces do not throw. */

/** @param {Source[]} sources Most urgent first. */
export function createBackground(sources) {
  let working = false;

  function next() {
    for (const source of sources) {
      const piece = source();
      if (piece) return piece;
    }
    return undefined;
  }

  return {
    /** Something may be to do; returns at once. */
    async wake() {
      if (working) return;
      working = true;
      try {
        for (let piece = next(); piece; piece = next()) await piece();
      } finally {
        working = false;
      }
    },
  };
}
