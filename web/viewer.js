/**
 * Between selection and canvas: asks the picture worker for what was chosen last. While one picture is drawn, only the
 * newest of those asked for meanwhile waits; whoever asked for another is told.
 */

import { item } from './item.js';
import { texts } from './texts.js';

/** @import { Client } from './client.js' */
/** @import { createPicture, Description, Window } from './views/picture.js' */

/**
 * @typedef {object} Wish
 * @property {number} entry
 * @property {number} frame From 0.
 * @property {Window | null} window Null for the file's own.
 * @property {string} name
 * @property {() => void} resolve
 * @property {(error: Error) => void} reject
 */

/** @param {() => Client} getClient @param {ReturnType<typeof createPicture>} view */
export function createViewer(getClient, view) {
  /** @type {Wish | undefined} */
  let waiting;
  let drawing = false;
  /** @type {{entry: number, description: Description} | undefined} */
  let known;

  async function drawAll() {
    drawing = true;
    view.busy();
    while (waiting) {
      const wish = waiting;
      waiting = undefined;
      try {
        await draw(wish);
        wish.resolve();
      } catch (error) {
        const failure = /** @type {Error} */ (error);
        if (!waiting) view.explain(failure.message);
        wish.reject(failure);
      }
    }
    view.idle();
    drawing = false;
  }

  /** @param {Wish} wish */
  async function draw({ entry, frame, window, name }) {
    const client = getClient();
    if (known?.entry !== entry) {
      const { value } = await client.picture('describe', { entry });
      known = { entry, description: value.description };
    }
    const { description } = known;
    if (!description.drawable) throw new Error(description.reason);
    const { value, buffers } = await client.picture('picture', { entry, frame, window, shutter: true });
    const { rows, columns, window: used } = value;
    view.draw(description, { rows, columns, rgba: item(buffers, 0), frame, window: used, chosen: window, name });
  }

  return {
    /**
     * @param {number} entry @param {number} frame @param {Window | null} window @param {string} name
     * @returns {Promise<void>} Resolves when it is drawn; rejects with a sentence that says why not.
     */
    show(entry, frame, window, name) {
      return new Promise((resolve, reject) => {
        waiting?.reject(new Error(texts.picture.superseded));
        waiting = { entry, frame, window, name, resolve, reject };
        if (!drawing) drawAll();
      });
    },
    /** How many frames the shown instance has; 1 when it is not known. */
    get frames() {
      return known?.description.number_of_frames ?? 1;
    },
    /** The files are others now. @param {string} sentence */
    clear(sentence) {
      waiting?.reject(new Error(texts.picture.superseded));
      waiting = undefined;
      known = undefined;
      view.explain(sentence);
    },
  };
}
