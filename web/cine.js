/**
 * Plays images by the clock: which one is due follows from the time alone, so that a slow machine leaves images out and
 * does not play slower.
 */

/**
 * @typedef {object} Reel
 * @property {number} from Position it begins at.
 * @property {number} count Of positions; after the last comes the first.
 * @property {number} intervalMs
 * @property {(position: number) => Promise<void>} draw
 */

/** @param {{onChange: (playing: boolean) => void}} actions */
export function createCine({ onChange }) {
  /** @type {object | undefined} */
  let playing;

  /** @param {Reel} reel */
  async function play({ from, count, intervalMs, draw }) {
    const own = {};
    playing = own;
    onChange(true);
    const began = performance.now();
    let last = from;
    while (playing === own) {
      const now = await new Promise(requestAnimationFrame);
      const due = (from + Math.floor(Math.max(0, now - began) / intervalMs)) % count;
      if (due === last || playing !== own) continue;
      last = due;
      try {
        await draw(due);
      } catch {
        // Something else was asked for, or the reason why it cannot be drawn stands in its place: both end it.
        if (playing === own) stop();
      }
    }
  }

  function stop() {
    if (!playing) return;
    playing = undefined;
    onChange(false);
  }

  return {
    play,
    stop,
    get playing() {
      return playing !== undefined;
    },
  };
}
