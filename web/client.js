/**
 * Page side of the protocol: owns the workers, divides a review over them, and turns every answer into a Promise.
 *
 * One worker is the *lead*: it reads like the others, merges what they found, and judges. The *readers* share the
 * reading; the *picture* worker is the only one with NumPy. A worker that dies takes its open requests with it, each
 * rejected with a sentence; the next request starts a new one.
 */

import { texts } from './texts.js';

/** @import { Attempt, Failure, Reply, Role } from './protocol.js' */
/** @import { Comparison, Creator, Preview, Marks, Summary, ValueQuery, ValueRow } from './state.js' */

/** A shard that a dying worker held is read once more by another; whatever kills two workers is reported. */
const MAX_TRIES = 2;

/** After how many merged entries it is judged what they hold, while more are read. */
const PREVIEWED = [1, 128];

/** Entries whose Pixel Data is read at a time. */
const PIXEL_SHARD = 32;

/** What only the picture worker needs. */
const FOR_PICTURES = /^(numpy|codec)-/;

/** A request that could not be done; `code` as in the protocol's `Failure`. */
export class RequestError extends Error {
  /** @param {Failure} failure */
  constructor({ code, message, detail = '' }) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.detail = detail;
  }
}

/**
 * @typedef {object} Progress Of a review; counts of entries and of inflated bytes.
 * @property {number} done
 * @property {number} dicom
 * @property {number} bytes
 * @property {number} entries How many there are.
 *
 * @typedef {object} Answer
 * @property {any} value
 * @property {ArrayBuffer[]} buffers
 */

/** One worker and the requests it has not answered yet. */
class Seat {
  /** @type {Map<number, {resolve: (answer: Answer) => void, reject: (error: Error) => void, onProgress?: (progress: any) => void}>} */
  #pending = new Map();
  #nextId = 1;
  #worker;
  /** @type {Promise<any> | undefined} */
  booted;
  /** What the worker has open, by side. @type {Partial<Record<Side, {files: ChosenFile[], opening: Promise<any>}>>} */
  opened = {};
  dead = false;
  static #seats = 0;
  /** Tells it apart from every other worker, those that died too. */
  number = Seat.#seats++;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#take(data);
    worker.onerror = (event) => this.end({ code: 'crashed', message: texts.errors.crashed, detail: event.message });
    worker.onmessageerror = () => this.end({ code: 'crashed', message: texts.errors.crashed });
  }

  /**
   * @param {string} type @param {object} payload
   * @param {{beside?: object, transfer?: Transferable[], onProgress?: (progress: any) => void}} [options]
   * @returns {Promise<Answer>}
   */
  request(type, payload, { beside = {}, transfer = [], onProgress } = {}) {
    return new Promise((resolve, reject) => {
      if (this.dead) {
        reject(new RequestError({ code: 'crashed', message: texts.errors.crashed }));
        return;
      }
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject, onProgress });
      this.#worker.postMessage({ id, type, payload, ...beside }, { transfer });
    });
  }

  /** @param {Failure} failure What the open requests are told. */
  end(failure) {
    this.dead = true;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(new RequestError(failure));
    this.#pending.clear();
  }

  /** @param {Reply} reply */
  #take({ id, progress, value, buffers, error }) {
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (progress !== undefined) {
      pending.onProgress?.(JSON.parse(progress));
      return;
    }
    this.#pending.delete(id);
    const parsed = error ? { error } : JSON.parse(value ?? 'null');
    if (parsed?.error) pending.reject(new RequestError(parsed.error));
    else pending.resolve({ value: parsed, buffers: buffers ?? [] });
    // Out of memory leaves a worker that answers and yet cannot be trusted with the next request.
    if (error) this.end({ code: 'crashed', message: texts.errors.crashed, detail: error.detail });
  }
}

/** @typedef {{file: File, name: string}} ChosenFile A file and the path under which it was chosen. */
/** @typedef {'before' | 'after'} Side What is reviewed, and what it is compared with. */
/** @typedef {{before: Record<string, string>, after: Record<string, string>}} Digests Of Pixel Data, by entry. */

export class Client {
  #startWorker;
  #assets;
  /** @type {Seat | undefined} */
  #lead;
  /** @type {(Seat | undefined)[]} Beside the lead. */
  #readers;
  /** @type {Seat | undefined} */
  #picture;
  /** How many pictures are waited for, and what goes on when it is none. */
  #awaited = 0;
  /** @type {(() => void)[]} */
  #patient = [];
  /** @type {ChosenFile[]} */
  #files = [];
  /** To try on encrypted entries of `#files`; kept as long as those, and nowhere else. @type {string[]} */
  #passwords = [];
  /** Whether the lead holds the merged harvest of `#files`. */
  #reviewed = false;
  /** What `#files` is compared with. @type {{files: ChosenFile[], entries: number}} */
  #after = { files: [], entries: 0 };
  /** How many entries `#files` has. */
  #entries = 0;

  /**
   * @param {() => Worker} startWorker
   * @param {Record<string, Blob | WebAssembly.Module>} assets By file name.
   * @param {number} readers How many workers read, the lead among them.
   */
  constructor(startWorker, assets, readers) {
    this.#startWorker = startWorker;
    this.#assets = assets;
    this.#readers = new Array(Math.max(0, readers - 1)).fill(undefined);
  }

  /** What is open, compared by identity. */
  get files() {
    return this.#files;
  }

  get passwords() {
    return this.#passwords;
  }

  /** Boots the lead. @returns {Promise<any>} The value of `boot`. */
  async start() {
    return this.#leadSeat().booted;
  }

  /**
   * Boots the others, one after the other, so that none of them slows down what the user waits for. From the first
   * review on they boot when they are needed.
   */
  async startOthers() {
    for (let index = 0; index < this.#readers.length && !this.#files.length; index++) {
      await this.#readerSeat(index).booted;
    }
    if (!this.#files.length) await this.#pictureSeat().booted;
  }

  /** @returns {Promise<Attempt[]>} What the lead and its Python tried. */
  async probe() {
    const { value } = await this.#leadSeat().request('probe', {});
    return value.attempts;
  }

  /**
   * Reads every entry of the files, with all readers, and judges what was found.
   *
   * @param {ChosenFile[]} files
   * @param {{passwords: string[], profile: string, options: string[], watch: string[], marks: Marks,
   *   onProgress: (progress: Progress) => void, onPreview: (preview: Preview) => void}} choices `passwords` are tried on
   *   encrypted entries; `onPreview` is told what the first entries hold, of many.
   * @returns {Promise<Summary>}
   */
  async review(files, { passwords, profile, options, watch, marks, onProgress, onPreview }) {
    this.#files = [...files]; // a list of its own: read again, the same files are opened anew
    this.#passwords = passwords;
    const own = this.#files;
    this.#reviewed = false;
    this.#after = { files: [], entries: 0 };
    const lead = this.#leadSeat();
    const { shards } = await this.#open(lead);
    // A small review needs no other reader: the time is better spent on what draws the first picture.
    if (shards.length < 2) this.#pictureSeat();
    const preview = () => {
      // Asked before the lead reads on; a lead that cannot answer says so to who waits for the review.
      const answer = lead.request('preview', { profile, options, watch });
      answer.then(({ value }) => this.#files === own && onPreview(value)).catch(() => {});
    };
    this.#entries = await this.#readAll('before', lead, onProgress, undefined, shards.length > 1 ? preview : undefined);
    this.#reviewed = true;
    return this.judge(profile, options, watch, marks);
  }

  /**
   * Reads every entry of the file after de-identification, beside what was reviewed, and compares both.
   *
   * @param {ChosenFile[]} files
   * @param {{watch: string[], onProgress: (progress: Progress) => void, signal: AbortSignal}} choices
   * @returns {Promise<Comparison>}
   */
  async readAfter(files, { watch, onProgress, signal }) {
    const lead = this.#leadOfReview();
    const after = { files: [...files], entries: 0 };
    this.#after = after;
    after.entries = await this.#readAll('after', lead, onProgress, signal);
    return this.compare(watch, null);
  }

  /** @param {string[]} watch @param {Digests | null} digests @returns {Promise<Comparison>} */
  async compare(watch, digests) {
    return (await this.#ofLead('compare', { watch, digests })).comparison;
  }

  /** @param {string} format @param {boolean} values @returns {Promise<string>} */
  async comparisonReport(format, values) {
    return (await this.#ofLead('comparison_report', { format, values })).text;
  }

  /**
   * Reads the Pixel Data of both files.
   *
   * @param {{onProgress: (progress: {done: number, entries: number}) => void, signal: AbortSignal}} choices
   * @returns {Promise<Digests>}
   */
  async digestPixels({ onProgress, signal }) {
    const lead = this.#leadOfReview();
    const counts = { before: this.#entries, after: this.#after.entries };
    /** @type {{side: Side, start: number, stop: number}[]} */
    const waiting = [];
    for (const side of /** @type {Side[]} */ (['before', 'after'])) {
      for (let start = 0; start < counts[side]; start += PIXEL_SHARD) {
        waiting.push({ side, start, stop: Math.min(start + PIXEL_SHARD, counts[side]) });
      }
    }
    /** @type {Digests} */
    const digests = { before: {}, after: {} };
    const progress = { done: 0, entries: counts.before + counts.after };
    const read = async (/** @type {Seat} */ seat) => {
      for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
        signal.throwIfAborted();
        await this.#open(seat, shard.side);
        const { value } = await seat.request('digest_pixels', shard);
        Object.assign(digests[shard.side], value.digests);
        progress.done += shard.stop - shard.start;
        onProgress(progress);
      }
    };
    try {
      await Promise.all([lead, ...this.#readers.map((_, index) => this.#readerSeat(index))].map(read));
    } finally {
      waiting.length = 0; // one failed, and the others need not go on
    }
    return digests;
  }

  /**
   * @param {Side} side @param {Seat} lead @param {(progress: Progress) => void} onProgress
   * @param {AbortSignal} [signal] @param {() => void} [onEnough] When the lead has the first entries.
   * @returns {Promise<number>} How many entries there are.
   */
  async #readAll(side, lead, onProgress, signal, onEnough) {
    const { shards, entries } = await this.#open(lead, side);
    const share = new Share(side, shards, entries, onProgress);
    share.onEnough = onEnough;
    onProgress(share.progress);
    const readers = [lead, ...this.#readers.map((_, index) => index)];
    try {
      await Promise.all(readers.map((reader) => this.#readShards(reader, share, lead, signal)));
    } finally {
      share.close();
    }
    if (share.merged !== entries) {
      const detail = `${share.merged} of ${entries} entries were merged`;
      throw new RequestError({ code: 'internal', message: texts.errors.incomplete, detail });
    }
    return entries;
  }

  /**
   * Judges again what was read.
   *
   * @param {string} profile @param {string[]} options
   * @param {string[]} watch Names and numbers to look for.
   * @param {Marks} marks What the reviewer said of values and saw in the pictures.
   * @returns {Promise<Summary>}
   */
  async judge(profile, options, watch, marks) {
    return (await this.#ofLead('review', { profile, options, watch, marks })).summary;
  }

  /** @param {boolean} values @param {string} format @param {boolean} sha256 @returns {Promise<string>} */
  async report(values, format, sha256) {
    return (await this.#ofLead('report', { values, format, sha256 })).text;
  }

  /** @param {string} text Of a file of marks. @returns {Promise<{marks: Marks, options: string[]}>} */
  async readMarks(text) {
    return this.#ofLead('read_marks', { text });
  }

  /**
   * Some rows of the table of distinct values, from `start` and before `stop`.
   *
   * @param {ValueQuery} query @param {number} start @param {number} stop
   * @returns {Promise<{total: number, rows: ValueRow[]}>}
   */
  async values({ kind, find, creator }, start, stop) {
    return this.#ofLead('values', { kind, find, creator, start, stop });
  }

  /** @returns {Promise<Creator[]>} */
  async privateCreators() {
    return (await this.#ofLead('private', {})).creators;
  }

  /** @param {number} finding @returns {Promise<number[]>} Indexes of entries. */
  async entriesOf(finding) {
    return (await this.#ofLead('entries_of', { finding })).entries;
  }

  /** @param {string[]} references As the texts of a document carry them. @returns {Promise<(number | null)[]>} */
  async findInstances(references) {
    return (await this.#ofLead('find_instances', { references })).entries;
  }

  /** @param {number} entry Of an image. @returns {Promise<number[]>} Entries whose contours may lie on it. */
  async structuresOf(entry) {
    return (await this.#ofLead('structures_of', { entry })).structures;
  }

  /** @param {number} entry */
  async instance(entry) {
    return (await this.#ofLead('instance', { entry })).instance;
  }

  /** @param {number} entry @param {string} path */
  async value(entry, path) {
    return this.#ofLead('value', { entry, path });
  }

  /**
   * @param {string} type Of those that the picture worker answers. @param {object} payload
   * @returns {Promise<Answer>}
   */
  async picture(type, payload) {
    this.#awaited += 1;
    try {
      const seat = this.#pictureSeat();
      await this.#open(seat);
      return await seat.request(type, payload);
    } finally {
      this.#awaited -= 1;
      if (!this.#awaited) for (const go of this.#patient.splice(0)) go();
    }
  }

  /**
   * Asks the picture worker for what nobody waits for: only once it has nothing else to do.
   *
   * @param {'thumbnail' | 'compose' | 'compose_step' | 'composed'} type @param {object} payload
   * @returns {Promise<Answer>}
   */
  async inBackground(type, payload) {
    const files = this.#files;
    const seat = this.#pictureSeat();
    await this.#open(seat);
    while (this.#awaited) await new Promise((resolve) => this.#patient.push(() => resolve(undefined)));
    if (files !== this.#files) throw new RequestError({ code: 'cancelled', message: texts.errors.cancelled });
    return seat.request(type, payload);
  }

  /** Ends every worker at once; what was asked is rejected with code `cancelled`, and new workers boot. */
  cancel() {
    const failure = { code: 'cancelled', message: texts.errors.cancelled };
    for (const seat of [this.#lead, ...this.#readers, this.#picture]) seat?.end(failure);
    this.#files = [];
    this.#passwords = [];
    this.#reviewed = false;
    return this.start();
  }

  /**
   * @param {Seat | number} reader The lead, or which of the readers. @param {Share} share @param {Seat} lead
   * @param {AbortSignal} [signal]
   */
  async #readShards(reader, share, lead, signal) {
    const { side } = share;
    /** What was read last on its way to the lead: a reader reads on meanwhile, for the lead may be reading too. */
    let merging = Promise.resolve();
    for (let shard = share.take(); shard; shard = share.take()) {
      const seat = typeof reader === 'number' ? this.#readerSeat(reader) : reader;
      signal?.throwIfAborted();
      try {
        await this.#open(seat, side);
        const { start, stop } = shard;
        const onProgress = (/** @type {any} */ progress) => share.count(start, progress);
        const { value, buffers } = await seat.request('read', { side, start, stop }, { onProgress });
        share.count(start, { done: stop - start });
        await merging;
        merging = lead
          .request('merge', { side, reader: seat.number }, { beside: { buffers }, transfer: buffers })
          .then(() => share.add(value.entries));
        merging.catch(() => {}); // it is awaited below
        if (seat === lead) await merging; // what the first entries hold is asked before the lead reads on
      } catch (error) {
        const cancelled = error instanceof RequestError && error.code === 'cancelled';
        const again = seat.dead && seat !== lead && !cancelled;
        if (!again || !share.giveBack(shard)) throw error;
      }
    }
    await merging;
  }

  /** @param {string} type @param {object} payload */
  async #ofLead(type, payload) {
    return (await this.#leadOfReview().request(type, payload)).value;
  }

  /** @returns {Seat} The lead, which must have the harvest still. */
  #leadOfReview() {
    if (this.#lead?.dead || !this.#reviewed) {
      throw new RequestError({ code: 'crashed', message: texts.errors.harvestLost });
    }
    return this.#leadSeat();
  }

  /** Opens the files in that worker, once. @param {Seat} seat @param {Side} [side] @returns {Promise<any>} The value of `open`. */
  #open(seat, side = 'before') {
    const wanted = side === 'before' ? this.#files : this.#after.files;
    const known = seat.opened[side];
    if (known?.files === wanted) return known.opening;
    const names = wanted.map(({ name }) => name);
    const files = wanted.map(({ file }) => file);
    const passwords = side === 'before' ? this.#passwords : [];
    const opening = Promise.resolve(seat.booted).then(async () => {
      const { value } = await seat.request('open', { side, names, passwords }, { beside: { files } });
      return value;
    });
    // What was compared with another file is closed by that.
    seat.opened =
      side === 'before'
        ? { before: { files: wanted, opening } }
        : { ...seat.opened, after: { files: wanted, opening } };
    return opening;
  }

  #leadSeat() {
    if (!this.#lead || this.#lead.dead) this.#lead = this.#seat('lead');
    return this.#lead;
  }

  /** @param {number} index */
  #readerSeat(index) {
    let seat = this.#readers[index];
    if (!seat || seat.dead) {
      seat = this.#seat('reader');
      this.#readers[index] = seat;
    }
    return seat;
  }

  #pictureSeat() {
    if (!this.#picture || this.#picture.dead) this.#picture = this.#seat('picture');
    return this.#picture;
  }

  /** @param {Role} role */
  #seat(role) {
    const seat = new Seat(this.#startWorker());
    const names = Object.keys(this.#assets).filter((name) => role === 'picture' || !FOR_PICTURES.test(name));
    const buffers = Object.fromEntries(names.map((name) => [name, this.#assets[name]]));
    seat.booted = seat.request('boot', { role }, { beside: { buffers } }).then(({ value }) => value);
    seat.booted.catch(() => {}); // whoever needs the worker awaits `booted` and is told
    return seat;
  }
}

/** What is left to read of one review, and how far it is. */
class Share {
  /** @type {{start: number, stop: number, tries: number}[]} */
  #waiting;
  /** @type {Map<number, {done?: number, dicom?: number, bytes?: number}>} By the shard's start. */
  #counts = new Map();
  /** How many entries the lead has by now. */
  merged = 0;
  /** Called each time it has as many as `PREVIEWED` says. @type {(() => void) | undefined} */
  onEnough;
  #previews = 0;
  #entries;
  #onProgress;

  /**
   * @param {Side} side @param {[number, number][]} shards @param {number} entries
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(side, shards, entries, onProgress) {
    this.side = side;
    this.#waiting = shards.map(([start, stop]) => ({ start, stop, tries: 0 }));
    this.#entries = entries;
    this.#onProgress = onProgress;
  }

  take() {
    return this.#waiting.shift();
  }

  /** @param {{start: number, stop: number, tries: number}} shard @returns {boolean} Whether it will be tried again. */
  giveBack(shard) {
    shard.tries += 1;
    if (shard.tries >= MAX_TRIES) return false;
    this.#waiting.unshift(shard);
    return true;
  }

  /** @param {number} start @param {{done?: number, dicom?: number, bytes?: number}} progress */
  count(start, progress) {
    this.#counts.set(start, { ...this.#counts.get(start), ...progress });
    this.#onProgress(this.progress);
  }

  /** @param {number} entries How many more the lead has. */
  add(entries) {
    this.merged += entries;
    if (this.merged >= (PREVIEWED[this.#previews] ?? Infinity) && this.merged < this.#entries) {
      this.#previews += 1;
      this.onEnough?.();
    }
  }

  /** Hands out nothing more: a reader failed, and the others need not go on. */
  close() {
    this.#waiting = [];
  }

  /** @returns {Progress} */
  get progress() {
    const sum = { done: 0, dicom: 0, bytes: 0 };
    for (const { done = 0, dicom = 0, bytes = 0 } of this.#counts.values()) {
      sum.done += done;
      sum.dicom += dicom;
      sum.bytes += bytes;
    }
    return { ...sum, entries: this.#entries };
  }
}
