/**
 * What is at hand of the pictures of a review: small ones, composites of whole series, which frames have been on the
 * screen, and which cannot be drawn. The picture worker makes them in the background, the visible ones first.
 */

import { createBackground } from './background.js';
import { RequestError } from './client.js';
import { item } from './item.js';

/** @import { Answer } from './client.js' */
/** @import { PictureSeries, Undrawable } from './state.js' */

/** Longer side of a small picture, in pixels. */
export const THUMBNAIL_SIZE = 104;
/** So many small pictures are kept, 43 kB each; those that were looked at longest ago go first. */
const MAX_THUMBNAILS = 1200;
/** Composites of so many series are kept. */
const MAX_COMPOSITES = 4;
/** While composites are made, they are shown anew so often. */
const SHOW_MS = 700;

/**
 * @typedef {{entry: number, frame: number}} Place Frames count from 0.
 *
 * @typedef {object} Thumbnail
 * @property {ImageData | null} image
 * @property {string} reason Why there is none; '' where there is one, and for a video.
 * @property {string} [label] What the frame shows, where it is a segment.
 * @property {boolean} [video]
 *
 * @typedef {object} CompositeGroup Composites of all frames of one size.
 * @property {number} rows
 * @property {number} columns
 * @property {number} aspect Height of a pixel over its width.
 * @property {number} frame_rows
 * @property {number} frame_columns
 * @property {number} frames How many went in.
 * @property {ImageData[]} images Maximum, minimum, mean.
 *
 * @typedef {object} Composites
 * @property {PictureSeries} series
 * @property {number} run
 * @property {'running' | 'stopped' | 'finished' | 'failed'} state
 * @property {string} error One sentence; '' for none.
 * @property {number} frames How many went in.
 * @property {number} leftOut Of other sizes than can be kept.
 * @property {number} videos
 * @property {number} total How many there are by the headers.
 * @property {CompositeGroup[]} groups
 */

/**
 * @param {object} page
 * @param {(type: 'thumbnail' | 'compose' | 'compose_step' | 'composed', payload: object) => Promise<Answer>} page.ask
 * @param {(place: Place) => void} page.onThumbnail
 * @param {(entry: number, frames: number) => void} page.onFrames The instance has more frames than its header says.
 * @param {(composites: Composites) => void} page.onComposites
 * @param {(found: Undrawable[]) => void} page.onUndrawable
 */
export function createGlance({ ask, onThumbnail, onFrames, onComposites, onUndrawable }) {
  /** Counts reviews, so that what was asked for one is not taken for the next. */
  let review = 0;
  let active = false;
  /** @type {Place[]} */
  let wanted = [];
  /** The newest last. @type {Map<string, Thumbnail>} */
  let thumbnails = new Map();
  /** Instances of which no frame can be drawn, and why. @type {Map<number, string>} */
  let hopeless = new Map();
  /** @type {Map<number, number>} */
  let frames = new Map();
  /** Frames that have been on the screen by themselves, by entry. @type {Map<number, Set<number>>} */
  let drawn = new Map();
  /** By the key of the series, the newest last. @type {Map<string, Composites>} */
  let composites = new Map();
  /** @type {PictureSeries | null} */
  let composing = null;
  const background = createBackground([nextThumbnail, nextStep]);

  const keyOf = (/** @type {Place} */ { entry, frame }) => `${entry}/${frame}`;

  /** @param {Place} place @returns {Thumbnail | undefined} */
  function thumbnailAt(place) {
    const reason = hopeless.get(place.entry);
    if (reason !== undefined) return { image: null, reason };
    const key = keyOf(place);
    const found = thumbnails.get(key);
    if (found) {
      thumbnails.delete(key);
      thumbnails.set(key, found); // looked at just now
    }
    return found;
  }

  function nextThumbnail() {
    if (!active) return undefined;
    const place = wanted.find((one) => !hopeless.has(one.entry) && !thumbnails.has(keyOf(one)));
    return place && (() => makeThumbnail(place));
  }

  /** @param {Place} place */
  async function makeThumbnail(place) {
    const own = review;
    /** @type {Thumbnail} */
    let made;
    try {
      const { value, buffers } = await ask('thumbnail', { ...place, size: THUMBNAIL_SIZE });
      if (own !== review) return;
      const image = value.rows ? toImage(value, buffers, 0) : null;
      made = { image, reason: value.reason, label: value.label, video: value.video };
      if (value.frames > (frames.get(place.entry) ?? 1)) {
        frames.set(place.entry, value.frames);
        onFrames(place.entry, value.frames);
      }
      if (value.whole) hopeless.set(place.entry, value.reason);
      if (!value.rows && !value.video)
        onUndrawable([{ ...place, frame: value.whole ? null : place.frame, reason: value.reason }]);
    } catch (error) {
      if (own !== review) return;
      const { message } = /** @type {Error} */ (error);
      made = { image: null, reason: message };
      if (error instanceof RequestError && error.code === 'pixels') onUndrawable([{ ...place, reason: message }]);
    }
    thumbnails.set(keyOf(place), made);
    for (const key of thumbnails.keys()) {
      if (thumbnails.size <= MAX_THUMBNAILS) break;
      thumbnails.delete(key);
    }
    onThumbnail(place);
  }

  function nextStep() {
    if (!active || !composing) return undefined;
    const known = composites.get(composing.key);
    if (!known) return begin;
    return known.state === 'running' ? () => step(known) : undefined;
  }

  async function begin() {
    const series = /** @type {PictureSeries} */ (composing);
    const own = review;
    /** @type {Composites} */
    const begun = {
      series,
      run: 0,
      state: 'running',
      error: '',
      frames: 0,
      leftOut: 0,
      videos: 0,
      total: series.frames,
      groups: [],
    };
    try {
      const { value } = await ask('compose', { entries: series.entries });
      begun.run = value.run;
    } catch (error) {
      begun.state = 'failed';
      begun.error = /** @type {Error} */ (error).message;
    }
    if (own !== review) return;
    // The worker keeps what was begun last; what is not finished has to be begun anew.
    for (const [key, one] of composites) if (one.state !== 'finished') composites.delete(key);
    composites.set(series.key, begun);
    for (const key of composites.keys()) {
      if (composites.size <= MAX_COMPOSITES) break;
      composites.delete(key);
    }
    onComposites(begun);
  }

  let shownAt = 0;

  /** @param {Composites} made */
  async function step(made) {
    const own = review;
    try {
      const { value } = await ask('compose_step', { run: made.run });
      if (own !== review) return;
      made.frames = value.frames;
      made.leftOut = value.left_out;
      made.videos = value.videos;
      if (value.failed.length) onUndrawable(value.failed);
      const now = performance.now();
      if (value.finished || now - shownAt > SHOW_MS) {
        shownAt = now;
        /** @type {CompositeGroup[]} */
        const groups = [];
        for (let group = 0; group < value.groups; group++) {
          const { value: facts, buffers } = await ask('composed', { run: made.run, group });
          groups.push({ ...facts, images: [0, 1, 2].map((at) => toImage(facts, buffers, at)) });
        }
        if (own !== review) return;
        made.groups = groups;
      }
      if (value.finished) made.state = 'finished';
    } catch (error) {
      if (own !== review) return;
      const failure = /** @type {Error} */ (error);
      if (failure instanceof RequestError && failure.code === 'request')
        composites.delete(made.series.key); // begin anew
      else {
        made.state = 'failed';
        made.error = failure.message;
      }
    }
    onComposites(made);
  }

  return {
    thumbnailAt,
    /** Other files, or the same reviewed anew. */
    reset() {
      review += 1;
      wanted = [];
      composing = null;
      thumbnails = new Map();
      hopeless = new Map();
      frames = new Map();
      drawn = new Map();
      composites = new Map();
    },
    /** How many frames the headers say. @param {number[]} byEntry */
    setFrames(byEntry) {
      frames = new Map(byEntry.map((number, entry) => [entry, Math.max(number, frames.get(entry) ?? 0)]));
    },
    /** Work goes on only while someone looks. @param {boolean} looking */
    setActive(looking) {
      active = looking;
      if (active) background.wake();
    },
    /** The small pictures to be made, the most urgent first. @param {Place[]} places */
    want(places) {
      wanted = places.slice(0, MAX_THUMBNAILS / 2);
      background.wake();
    },
    /** The series whose composites are to be made. @param {PictureSeries | null} series */
    compose(series) {
      composing = series;
      background.wake();
    },
    /** @param {string} key @returns {Composites | undefined} */
    compositesOf: (key) => composites.get(key),
    /** Stops what is made of that series, or goes on with it. @param {string} key */
    toggle(key) {
      const made = composites.get(key);
      if (!made) return;
      if (made.state === 'failed') composites.delete(key);
      else if (made.state !== 'finished') made.state = made.state === 'running' ? 'stopped' : 'running';
      onComposites(made);
      background.wake();
    },
    /** A frame is on the screen. @param {Place} place */
    saw({ entry, frame }) {
      const seen = drawn.get(entry);
      if (seen) seen.add(frame);
      else drawn.set(entry, new Set([frame]));
    },
    /** How many frames of a series have been on the screen, by themselves or in composites. @param {PictureSeries} series */
    drawnOf(series) {
      const alone = series.entries.reduce((sum, entry) => sum + (drawn.get(entry)?.size ?? 0), 0);
      const composed = (composites.get(series.key)?.groups ?? []).reduce((sum, group) => sum + group.frames, 0);
      return Math.min(series.frames, Math.max(alone, composed));
    },
  };
}

/** @param {{rows: number, columns: number}} size @param {ArrayBuffer[]} buffers @param {number} index */
function toImage({ rows, columns }, buffers, index) {
  return new ImageData(new Uint8ClampedArray(item(buffers, index)), columns, rows);
}
