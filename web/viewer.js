/**
 * Between selection and canvas: asks the picture worker for what was chosen last. While one picture is drawn, only the
 * newest of those asked for meanwhile waits; whoever asked for another is told. Walks through the images of a series in
 * order, and plays them.
 */

import { createCine } from './cine.js';
import { item } from './item.js';
import { createSeriesOrder } from './series-order.js';
import { texts } from './texts.js';

/** @import { Client } from './client.js' */
/** @import { Summary } from './state.js' */
/** @import { Annotations } from './views/picture-corners.js' */
/** @import { createPicture, Description } from './views/picture.js' */
/** @import { Window } from './views/picture-windows.js' */

/** Of a series whose images say nothing about time. */
const FRAME_TIME_MS = 100;

/**
 * @typedef {object} Wish
 * @property {number} entry
 * @property {number} frame From 0.
 * @property {Window | null} window Null for the file's own.
 * @property {string} name
 * @property {() => void} resolve
 * @property {(error: Error) => void} reject
 *
 * @typedef {object} Shown
 * @property {number} entry
 * @property {number} frame
 * @property {Window | null} window What was chosen.
 *
 * @typedef {object} Plane
 * @property {number} group
 * @property {string} label
 */

/**
 * @param {() => Client} getClient
 * @param {ReturnType<typeof createPicture>} view
 * @param {object} page
 * @param {() => Summary | null} page.summary
 * @param {(entry: number) => void} page.onEntry An image of another entry was asked for here.
 * @param {(entry: number, frame: number) => void} page.onDrawn
 * @param {(entry: number, frame: number | null, error: Error) => void} page.onFailed A frame, or all of the entry.
 */
export function createViewer(getClient, view, { summary, onEntry, onDrawn, onFailed }) {
  /** @type {Wish | undefined} */
  let waiting;
  let drawing = false;
  /** @type {{entry: number, description: Description} | undefined} */
  let known;
  /** @type {{key: string, annotations: Annotations | null, planes: {plane: Plane, data: ArrayBuffer}[], problems: string[]} | undefined} */
  let surroundings;
  /** Entries of the structure sets that belong to an image. @type {{entry: number, sets: number[]} | undefined} */
  let structures;
  /** Who asked for contours last. @type {object | undefined} */
  let contoursOf;
  /** What was asked for last. @type {Shown | undefined} */
  let wanted;
  /** @type {{of: Summary, order: ReturnType<typeof createSeriesOrder>} | undefined} */
  let ordered;
  let shutter = true;
  let probing = false;
  /** @type {{row: number, column: number} | null} */
  let probe = null;
  const cine = createCine({
    onChange(playing) {
      view.playing(playing);
      // What is being drawn sees to it itself.
      if (!playing && wanted && !drawing) drawContours(getClient(), wanted.entry, wanted.frame);
    },
  });

  function order() {
    const of = summary();
    if (!of) return undefined;
    if (ordered?.of !== of) ordered = { of, order: createSeriesOrder(of) };
    return ordered.order;
  }

  async function drawAll() {
    drawing = true;
    view.busy();
    while (waiting) {
      const wish = waiting;
      waiting = undefined;
      try {
        await draw(wish);
        wish.resolve();
        onDrawn(wish.entry, wish.frame);
      } catch (error) {
        const failure = /** @type {Error} */ (error);
        const none = known?.entry === wish.entry && !known.description.drawable;
        onFailed(wish.entry, none ? null : wish.frame, failure);
        if (!waiting) view.explain(failure.message, order()?.positionOf(wish.entry, wish.frame));
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
    if (description.video) {
      const { value, buffers } = await client.picture('video', { entry });
      await view.play(item(buffers, 0), value, name, order()?.positionOf(entry, frame));
      return;
    }
    if (!description.drawable) throw new Error(description.reason);
    order()?.setFrames(entry, description.number_of_frames);
    const [answer, around] = await Promise.all([
      client.picture('picture', { entry, frame, window, shutter }),
      readSurroundings(client, entry, frame, description),
    ]);
    const { rows, columns, window: used } = answer.value;
    const { position, count } = order()?.positionOf(entry, frame) ?? { position: frame, count: frame + 1 };
    const another = view.draw(description, {
      ...{ entry, frame, rows, columns, name, position, count, shutter },
      ...{ rgba: item(answer.buffers, 0), window: used, chosen: window },
      ...{ annotations: around.annotations, planes: around.planes, problems: around.problems },
    });
    if (another) contoursOf = undefined; // those of the frame before come too late
    if (another && !cine.playing) drawContours(client, entry, frame);
  }

  /**
   * What is written around a frame and what lies above it; none of it keeps the picture from being drawn.
   *
   * @param {Client} client @param {number} entry @param {number} frame @param {Description} description
   */
  async function readSurroundings(client, entry, frame, description) {
    const key = `${entry}/${frame}`;
    if (surroundings?.key === key) return surroundings;
    const [annotations, overlays] = await Promise.allSettled([
      client.picture('annotations', { entry, frame }),
      description.overlays.length ? client.picture('overlays', { entry, frame }) : null,
    ]);
    const answer = overlays.status === 'fulfilled' ? overlays.value : null;
    const refused = [annotations, overlays].flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
    const problems = [...refused, ...(answer?.value.problems ?? [])];
    /** @type {Plane[]} */
    const planes = answer?.value.planes ?? [];
    surroundings = {
      key,
      annotations: annotations.status === 'fulfilled' ? /** @type {any} */ (annotations.value.value) : null,
      planes: planes.map((plane, index) => ({ plane, data: item(answer?.buffers ?? [], index) })),
      problems,
    };
    return surroundings;
  }

  /**
   * Contours come when the picture is there already: reading a structure set takes longer.
   *
   * @param {Client} client @param {number} entry @param {number} frame
   */
  async function drawContours(client, entry, frame) {
    const own = {};
    contoursOf = own;
    try {
      if (structures?.entry !== entry) structures = { entry, sets: await client.structuresOf(entry) };
      if (own !== contoursOf || !structures.sets.length) return;
      const { value } = await client.picture('contours', { entry, frame, structures: structures.sets });
      if (own === contoursOf) view.contours(value.lines, value.notes);
    } catch (error) {
      if (own === contoursOf) view.contours([], [/** @type {Error} */ (error).message]);
    }
  }

  /** @param {Shown} image @param {string} name @returns {Promise<void>} */
  function ask({ entry, frame, window }, name) {
    wanted = { entry, frame, window };
    return new Promise((resolve, reject) => {
      waiting?.reject(new Error(texts.picture.superseded));
      waiting = { entry, frame, window, name, resolve, reject };
      if (!drawing) drawAll();
    });
  }

  /** Draws another image of what is shown, as it is shown. @param {Partial<Shown>} change @returns {Promise<void>} */
  async function change(change) {
    const of = summary();
    if (!wanted || !of) return;
    const next = { ...wanted, ...change };
    const other = next.entry !== wanted.entry;
    const done = ask(next, item(of.entries.name, next.entry));
    if (other) onEntry(next.entry);
    await done;
  }

  /** The reason why something cannot be drawn stands in its place. @param {Partial<Shown>} image */
  function show(image) {
    change(image).catch(() => {});
  }

  /** @param {number} position Held between the first and the last image of the series. */
  function goTo(position) {
    const all = order();
    if (!wanted || !all) return;
    const image = all.imageAt(wanted.entry, position);
    if (image.entry !== wanted.entry || image.frame !== wanted.frame) show(image);
  }

  async function readPixel() {
    probing = true;
    while (probe && wanted && !drawing && !cine.playing) {
      const { row, column } = probe;
      const { entry, frame } = wanted;
      probe = null;
      try {
        const { value } = await getClient().picture('pixel', { entry, frame, row, column });
        if (wanted.entry === entry && wanted.frame === frame) view.pixel(row, column, value.text);
      } catch {
        break; // the picture has gone, or its worker; either is told where the picture is asked for
      }
    }
    probing = false;
  }

  return {
    /**
     * @param {number} entry @param {number} frame
     * @param {Window | null | undefined} window Undefined for that of the image before, within its series.
     * @param {string} name
     * @returns {Promise<void>} Resolves when it is drawn; rejects with a sentence that says why not.
     */
    show(entry, frame, window, name) {
      cine.stop();
      const all = order();
      const same = wanted && (wanted.entry === entry || all?.seriesOf(wanted.entry) === (all?.seriesOf(entry) ?? -1));
      if (!same) view.reset();
      const kept = (same ? wanted?.window : null) ?? null;
      return ask({ entry, frame, window: window === undefined ? kept : window }, name);
    },
    /** Which entry was asked for last; null for none. */
    get entry() {
      return wanted?.entry ?? null;
    },
    /** @param {number} step From image to image of the series; it ends at the first and the last. */
    step(step) {
      cine.stop();
      if (wanted) goTo((order()?.positionOf(wanted.entry, wanted.frame).position ?? 0) + step);
    },
    /** @param {number} position */
    goTo(position) {
      cine.stop();
      goTo(position);
    },
    /** @param {-1 | 1} step To the series before or after this one. */
    otherSeries(step) {
      cine.stop();
      const entry = wanted && order()?.otherSeries(wanted.entry, step);
      if (entry === null || entry === undefined) return;
      view.reset();
      show({ entry, frame: 0, window: null });
    },
    /** @param {Window | null} window */
    setWindow(window) {
      if (cine.playing && wanted) wanted = { ...wanted, window };
      else show({ window });
    },
    /** @param {boolean} on Whether shutters hide what is behind them. */
    setShutter(on) {
      shutter = on;
      show({});
    },
    /** Plays the frames of the instance, or the images of the series; or stops. */
    play() {
      const all = order();
      if (cine.playing || !wanted || !all) {
        cine.stop();
        return;
      }
      const { entry, frame } = wanted;
      const description = known?.entry === entry ? known.description : undefined;
      const { number_of_frames: frames, frame_time_ms: frameTime } = description ?? {};
      const intervalMs = frameTime || FRAME_TIME_MS;
      if (frames && frames > 1) {
        cine.play({ from: frame, count: frames, intervalMs, draw: (due) => change({ frame: due }) });
      } else {
        const { position, count } = all.positionOf(entry, frame);
        if (count < 2) return;
        cine.play({ from: position, count, intervalMs, draw: (due) => change(all.imageAt(entry, due)) });
      }
    },
    /** Reads the value of a pixel, of the newest one that was asked for. @param {{row: number, column: number} | null} at */
    probe(at) {
      probe = at;
      if (at && !probing) readPixel();
    },
    /** The files are others now. @param {string} sentence */
    clear(sentence) {
      cine.stop();
      waiting?.reject(new Error(texts.picture.superseded));
      waiting = undefined;
      known = undefined;
      surroundings = undefined;
      structures = undefined;
      contoursOf = undefined;
      wanted = undefined;
      view.explain(sentence);
    },
  };
}
