/**
 * Page side of the protocol: owns the workers, divides a review over them, and turns every answer into a Promise.
 *
 * One worker is the *lead*: it reads like the others, merges what they found, and judges. The *readers* share the
 * reading; the *picture* worker is the only one with NumPy.
 *
 * Workers are lost: they crash, run out of memory, or do not come to an end, which is told by their silence. A lost worker
 * is ended and replaced. What a reader was reading is read once more, by another that tells each entry first; an entry at
 * which two were lost is given up and becomes a problem of the report. With the lead all that was found is lost, so it is
 * read again, and this time the lead leaves the reading to others.
 */

import { texts } from './texts.js';

/** @import { Assets, Files } from './assets.js' */
/** @import { Asset, Attempt, Failure, Reply, Role } from './protocol.js' */
/** @import { Comparison, Creator, Preview, Marks, OpenedValue, Summary, ValueQuery, ValueRow } from './state.js' */

/** What was asked of a worker that was lost is asked once more of another; whatever ends two workers is reported. */
const MAX_TRIES = 2;

/** After how many merged entries it is judged what they hold, while more are read. */
const PREVIEWED = [1, 128];

/** Entries whose Pixel Data is read at a time. */
const PIXEL_SHARD = 32;

/** So often something is asked again that was not what ended the worker: it was only waiting behind. */
const MAX_BYSTANDER = 5;

/** So many entries of a review are given up one by one; then all that is left of a share, or it would never end. */
const MAX_GIVEN_UP = 12;

/** Codes of failures after which a worker is lost. */
const LOST = ['crashed', 'hung', 'slow', 'memory', 'internal'];

/** So long a worker may say nothing while it is busy; `_` is for all other messages. A single entry takes seconds. */
const PATIENCE_MS = { read: 30_000, open: 60_000, boot: 300_000, preview: 600_000, review: 600_000, _: 120_000 };

/** @param {string} type Of a message. */
const patienceFor = (type) => PATIENCE_MS[/** @type {keyof typeof PATIENCE_MS} */ (type)] ?? PATIENCE_MS._;

/** @type {Failure} */
const CANCELLED = { code: 'cancelled', message: texts.errors.cancelled };

/** @type {{files: ChosenFile[], passwords: string[], entries: number, holder: Seat | undefined}} */
const NO_FILE_AFTER = { files: [], passwords: [], entries: 0, holder: undefined };

const LOOK_MS = 1000;
/** Of a computer that slept, or of a tab in the background, only so much counts as silence at a time. */
const MAX_STEP_MS = 5000;

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
    /** Whether the worker was lost at this very request. */
    this.ended = false;
  }
}

/**
 * @typedef {object} Progress Of a review; counts of entries and of inflated bytes.
 * @property {number} done
 * @property {number} dicom
 * @property {number} bytes
 * @property {number} entries How many there are.
 *
 * @typedef {object} Compared
 * @property {Comparison} comparison
 * @property {number} locked How many entries of the file after were not read for want of a password.
 *
 * @typedef {object} Answer
 * @property {any} value
 * @property {ArrayBuffer[]} buffers
 */

/** @param {unknown} error @returns {boolean} Whether the worker that was asked is lost. */
const isLoss = (error) => error instanceof RequestError && LOST.includes(error.code);

/**
 * @typedef {object} Pending
 * @property {(answer: Answer) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {(progress: any) => void} [onProgress]
 * @property {string} type Of the message.
 */

/** One worker and the requests it has not answered yet. */
class Seat {
  /** In the order in which they are answered. @type {Map<number, Pending>} */
  #pending = new Map();
  #nextId = 1;
  /** How long nothing was heard though something is asked, in milliseconds. */
  #silence = 0;
  /** So long it said it may be silent, in milliseconds; until it says anything else. @type {number | undefined} */
  #patience;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  /** Why it ended. @type {Failure | undefined} */
  #failure;
  #worker;
  /** @type {Promise<any> | undefined} */
  booted;
  /** What the worker has open, by side, and for what; compared by identity. @type {Partial<Record<Side, {reading: object, opening: Promise<any>}>>} */
  opened = {};
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
  request(type, payload, options) {
    return this.ask(type, payload, options).answer;
  }

  /**
   * @param {string} type @param {object} payload @param {Parameters<Seat['request']>[2]} [options]
   * @returns {{id: number, answer: Promise<Answer>}} `id` names the request, for `give`.
   */
  ask(type, payload, { beside = {}, transfer = [], onProgress } = {}) {
    const id = this.#nextId++;
    const answer = new Promise((/** @type {(answer: Answer) => void} */ resolve, reject) => {
      if (this.#failure) {
        reject(new RequestError(this.#failure));
        return;
      }
      this.#pending.set(id, { resolve, reject, onProgress, type });
      this.#look();
      this.#worker.postMessage({ id, type, payload, ...beside }, { transfer });
    });
    return { id, answer };
  }

  /** @param {number} id Of a request to boot. @param {string} name @param {Asset} asset One in memory is given away. */
  give(id, name, asset) {
    this.#worker.postMessage(
      { id, buffers: { [name]: asset } },
      { transfer: asset instanceof ArrayBuffer ? [asset] : [] },
    );
  }

  get dead() {
    return this.#failure !== undefined;
  }

  /** Whether anything but to boot is asked of it. */
  get busy() {
    return [...this.#pending.values()].some(({ type }) => type !== 'boot');
  }

  /** @param {Failure} failure What the open requests are told; the first of them, that it was what ended the worker. */
  end(failure) {
    this.#failure ??= failure;
    clearInterval(this.#watch);
    this.#worker.terminate();
    let ended = true;
    for (const { reject } of this.#pending.values()) {
      const error = new RequestError(failure);
      error.ended = ended;
      ended = false;
      reject(error);
    }
    this.#pending.clear();
  }

  /** Ends the worker once it has been silent for too long. */
  #look() {
    if (this.#watch !== undefined) return;
    this.#silence = 0;
    let before = performance.now();
    this.#watch = setInterval(() => {
      const now = performance.now();
      // What it said meanwhile is not known by the clock: of a step that was late no more than usual counts.
      this.#silence += Math.min(now - before, this.#patience === undefined ? MAX_STEP_MS : LOOK_MS);
      before = now;
      const [first] = this.#pending.values();
      if (!first) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      } else if (this.#silence > (this.#patience ?? patienceFor(first.type))) {
        this.end(
          this.#patience === undefined
            ? { code: 'hung', message: texts.errors.hung }
            : { code: 'slow', message: texts.errors.slow },
        );
      }
    }, LOOK_MS);
  }

  /** @param {Reply} reply */
  #take({ id, progress, value, buffers, error }) {
    this.#silence = 0;
    const told = progress === undefined ? {} : JSON.parse(progress);
    this.#patience = told.patience;
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (progress !== undefined) {
      pending.onProgress?.(told);
      return;
    }
    this.#pending.delete(id);
    const parsed = error ? { error } : JSON.parse(value ?? 'null');
    if (parsed?.error) {
      const failed = new RequestError(parsed.error);
      failed.ended = true;
      pending.reject(failed);
    } else pending.resolve({ value: parsed, buffers: buffers ?? [] });
    // Out of memory leaves a worker that answers and yet cannot be trusted with the next request.
    if (error) this.end({ code: 'crashed', message: texts.errors.crashed, detail: error.detail });
  }
}

/** @typedef {{file: File, name: string}} ChosenFile A file and the path under which it was chosen. */
/** @typedef {'before' | 'after'} Side What is reviewed, and what it is compared with. */
/** @typedef {{before: Record<string, string>, after: Record<string, string>}} Digests Of Pixel Data, by entry. */

/**
 * @typedef {'replaced' | 'rereading' | 'reread'} Trouble A reader was lost and replaced; the lead was lost, and the files
 *   are read again; they have been.
 *
 * @typedef {object} Choices What is judged by.
 * @property {string} profile
 * @property {string[]} options
 * @property {string[]} watch Names and numbers to look for.
 * @property {Marks} marks What the reviewer saw in the pictures.
 *
 * @typedef {object} Watchers Of a review.
 * @property {(progress: Progress) => void} [onProgress]
 * @property {(preview: Preview) => void} [onPreview] Told once what the first entries hold, of many.
 */

export class Client {
  #startWorker;
  /** @type {Files} */
  #assets = {};
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
  /** Whether the lead holds the merged harvest of `#files`, or did before it was lost. */
  #reviewed = false;
  /** What `#files` is compared with; `holder` is the lead that has its harvest. */
  #after = NO_FILE_AFTER;
  /** What was compared last. @type {{watch: string[], digests: Digests | null}} */
  #compared = { watch: [], digests: null };
  /** How many entries `#files` has. */
  #entries = 0;
  /** By which the harvest was judged last. @type {Choices} */
  #choices = { profile: '', options: [], watch: [], marks: { series: [], undrawable: [], values: [] } };
  /** Names one reading of `#files`: whoever takes part in it opens them anew. */
  #reading = {};
  /** @type {Promise<void> | undefined} */
  #readingAgain;
  #onTrouble;

  /**
   * @param {() => Worker} startWorker
   * @param {number} readers How many workers read, the lead among them.
   * @param {(trouble: Trouble) => void} onTrouble Is told when a worker was lost and replaced.
   */
  constructor(startWorker, readers, onTrouble) {
    this.#onTrouble = onTrouble;
    this.#startWorker = startWorker;
    this.#readers = new Array(Math.max(0, readers - 1)).fill(undefined);
  }

  /** What is open, compared by identity. */
  get files() {
    return this.#files;
  }

  get passwords() {
    return this.#passwords;
  }

  /**
   * Boots the lead, which is given each file as it arrives.
   *
   * @param {Pick<Assets, 'arriving' | 'arrived'>} assets Those in memory are given away.
   * @returns {Promise<Attempt[]>} What it and its Python tried.
   */
  async start({ arriving, arrived }) {
    const lead = new Seat(this.#startWorker());
    this.#lead = lead;
    const late = Object.keys(arriving).filter((name) => !FOR_PICTURES.test(name));
    const { id, answer } = lead.ask('boot', { role: 'lead' }, { beside: { buffers: {}, late } });
    lead.booted = answer.then(({ value }) => value);
    const probed = this.probe(); // begun by the worker itself before it has booted
    probed.catch(() => {}); // a lead that did not boot says why
    try {
      for (const name of late) arriving[name]?.then((file) => lead.give(id, name, file)).catch(() => {}); // see below
      [this.#assets] = await Promise.all([arrived, lead.booted]);
    } catch (error) {
      lead.end(CANCELLED);
      throw error;
    }
    return probed;
  }

  /** @returns {Promise<any>} What the lead said when it had booted. */
  async booted() {
    return this.#leadSeat().booted;
  }

  /**
   * Boots one reader beside the lead, ahead of the first review. The other workers boot when they are needed, for each
   * takes memory: more readers when there is much to read, the picture worker when it has been read.
   */
  async startOthers() {
    if (this.#readers.length && !this.#files.length) await this.#readerSeat(0).booted;
  }

  /** @returns {Promise<Attempt[]>} What the lead and its Python tried. */
  async probe() {
    const { value } = await this.#leadSeat().request('probe', {});
    return value.attempts;
  }

  /**
   * Reads every entry of the files, with all readers, and judges what was found. What goes on is ended before.
   *
   * @param {ChosenFile[]} files
   * @param {Choices & {passwords: string[]} & Watchers} choices `passwords` are tried on encrypted entries.
   * @returns {Promise<Summary>}
   */
  async review(files, { passwords, profile, options, watch, marks, ...watchers }) {
    if (this.#lead?.busy) this.#lead.end(CANCELLED);
    const own = [...files]; // a list of its own: read again, the same files are opened anew
    this.#files = own;
    this.#after = NO_FILE_AFTER;
    this.#passwords = passwords;
    this.#choices = { profile, options, watch, marks };
    try {
      return await this.#readAndJudge(true, watchers);
    } catch (error) {
      if (this.#files !== own || !isLoss(error) || !this.#lead?.dead) throw error;
      this.#onTrouble('replaced');
      return await this.#readAndJudge(false, watchers);
    }
  }

  /**
   * Reads every entry of the file after de-identification, beside what was reviewed, and compares both.
   *
   * @param {ChosenFile[]} files
   * @param {{passwords: string[], watch: string[], onProgress: (progress: Progress) => void, signal: AbortSignal}} choices
   *   `passwords` are tried on encrypted entries.
   * @returns {Promise<Compared>}
   */
  async readAfter(files, { passwords, watch, onProgress, signal }) {
    const lead = this.#leadOfReview();
    const after = { files: [...files], passwords, entries: 0, holder: lead };
    this.#after = after;
    after.entries = await this.#readAll('after', lead, { onProgress, signal });
    this.#endReaders();
    return this.compare(watch, null);
  }

  /** The file after that is compared. */
  get after() {
    return { files: this.#after.files, passwords: this.#after.passwords };
  }

  /** @param {string[]} watch @param {Digests | null} digests @returns {Promise<Compared>} */
  async compare(watch, digests) {
    this.#compared = { watch, digests };
    return this.#ofBoth('compare', this.#compared);
  }

  /** @param {string} format @param {boolean} values @returns {Promise<string>} */
  async comparisonReport(format, values) {
    return (await this.#ofBoth('comparison_report', { format, values })).text;
  }

  /**
   * Asks the lead for what it knows of both files. Where it was lost meanwhile, the file after is read again, too, once.
   *
   * @param {'compare' | 'comparison_report'} type @param {object} payload
   */
  async #ofBoth(type, payload) {
    const asked = this.#lead;
    try {
      return await this.#ofLead(type, payload);
    } catch (error) {
      const lost = this.#lead !== asked || (this.#after.holder !== asked && this.#after.files.length > 0);
      if (!lost) throw error;
    }
    const lead = this.#leadOfReview();
    this.#after = { ...this.#after, holder: lead }; // another reading: readers begin anew
    await this.#readAll('after', lead, {});
    if (type !== 'compare') await this.#ofLead('compare', this.#compared);
    return this.#ofLead(type, payload);
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
   * Judges again what was read.
   *
   * @param {string} profile @param {string[]} options
   * @param {string[]} watch Names and numbers to look for.
   * @param {Marks} marks What the reviewer said of values and saw in the pictures.
   * @returns {Promise<Summary>}
   */
  async judge(profile, options, watch, marks) {
    const choices = { profile, options, watch, marks };
    const { summary } = await this.#ofLead('review', choices);
    this.#choices = choices;
    return summary;
  }

  /** @param {boolean} values @param {string} format @param {boolean} sha256 @returns {Promise<string>} */
  async report(values, format, sha256) {
    return (await this.reportFile(values, format, sha256, '')).text;
  }

  /**
   * The report, and the name to save it under.
   *
   * @param {boolean} values @param {string} format @param {boolean} sha256
   * @param {string} time When it is made, as it shall say.
   * @returns {Promise<{text: string, name: string}>}
   */
  async reportFile(values, format, sha256, time) {
    return this.#ofLead('report', { values, format, sha256, time });
  }

  /**
   * Reads the whole archive for its SHA-256, some of it at a time, so that other questions are answered between.
   *
   * @param {{signal?: AbortSignal, onProgress?: (done: number, size: number) => void}} [controls]
   */
  async hash({ signal, onProgress } = {}) {
    for (let start = 0; ;) {
      signal?.throwIfAborted();
      const { done, size } = await this.#ofLead('hash', { start });
      if (done >= size) return;
      onProgress?.(done, size);
      start = done;
    }
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

  /**
   * @param {number} entry @param {string} path @param {number} start @param {number} stop Which bytes.
   * @returns {Promise<OpenedValue>}
   */
  async value(entry, path, start, stop) {
    return this.#ofLead('value', { entry, path, start, stop });
  }

  /**
   * @param {number} entry @param {'dump' | 'json'} format @param {boolean} values Whether flagged values are in it.
   * @returns {Promise<{text: string, notes: string[]}>}
   */
  async instanceText(entry, format, values) {
    return this.#ofLead('instance_text', { entry, format, values });
  }

  /**
   * A closer look at what was reviewed.
   *
   * @param {'compare_instances' | 'varies' | 'varying_values'} type @param {object} payload
   * @returns {Promise<any>}
   */
  async lookCloser(type, payload) {
    return this.#ofLead(type, payload);
  }

  /**
   * What DICOM names; there need not be a review.
   *
   * @param {'reference' | 'explain'} type @param {object} payload
   * @returns {Promise<any>}
   */
  async lookUp(type, payload) {
    if (this.#reviewed) return this.#ofLead(type, payload);
    const lead = this.#leadSeat();
    await lead.booted;
    return (await lead.request(type, payload)).value;
  }

  /**
   * @param {string} type Of those that the picture worker answers. @param {object} payload
   * @returns {Promise<Answer>}
   */
  async picture(type, payload) {
    this.#awaited += 1;
    try {
      return await this.#ofPicture(type, payload);
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
    await this.#open(this.#pictureSeat(), 'before', files);
    while (this.#awaited) await new Promise((resolve) => this.#patient.push(() => resolve(undefined)));
    if (files !== this.#files) throw new RequestError(CANCELLED);
    if (type === 'thumbnail') return this.#ofPicture(type, payload);
    return this.#pictureSeat().request(type, payload); // what was composed so far would be lost with the worker
  }

  /** @param {string} type @param {object} payload @returns {Promise<Answer>} */
  async #ofPicture(type, payload) {
    const files = this.#files;
    let losses = 0;
    for (let tries = 1; ; tries++) {
      const seat = this.#pictureSeat();
      try {
        await this.#open(seat, 'before', files);
        return await seat.request(type, payload);
      } catch (error) {
        if (!isLoss(error) || files !== this.#files) throw error;
        const { code, message } = /** @type {RequestError} */ (error);
        if (code === 'memory') seat.end({ code, message }); // what a worker has taken it never gives back
        if (!seat.dead) throw error;
        // What takes too long takes as long again; only what waited behind it is asked once more.
        if (code === 'slow' && /** @type {RequestError} */ (error).ended) {
          throw new RequestError({ code: 'pixels', message });
        }
        losses += /** @type {RequestError} */ (error).ended ? 1 : 0;
        if (losses < MAX_TRIES && tries < MAX_BYSTANDER) continue;
        const { detail } = /** @type {RequestError} */ (error);
        throw new RequestError({ code: 'pixels', message: texts.errors.pictureLost, detail });
      }
    }
  }

  /** Ends every worker at once; what was asked is rejected with code `cancelled`, and new workers boot. */
  cancel() {
    for (const seat of [this.#lead, ...this.#readers, this.#picture]) seat?.end(CANCELLED);
    this.#files = [];
    this.#passwords = [];
    this.#reviewed = false;
    return this.booted();
  }

  /**
   * Reads every entry and judges what was found.
   *
   * @param {boolean} leadReads Whether the lead takes its share of the reading. @param {Watchers} [watchers]
   * @returns {Promise<Summary>}
   */
  async #readAndJudge(leadReads, { onProgress, onPreview } = {}) {
    for (const seat of this.#readers) {
      if (seat?.busy) seat.end(CANCELLED); // with what is of no use now
    }
    const reading = {};
    this.#reading = reading;
    this.#reviewed = false;
    const lead = this.#leadSeat();
    const { shards } = await this.#open(lead);
    // A small review needs no other reader: the time is better spent on what draws the first picture.
    if (shards.length < 2) this.#pictureSeat();
    const { profile, options, watch } = this.#choices;
    const preview = () => {
      // Asked before the lead reads on; a lead that cannot answer says so to who waits for the review.
      const answer = lead.request('preview', { profile, options, watch });
      answer.then(({ value }) => this.#reading === reading && onPreview?.(value)).catch(() => {});
    };
    const onEnough = shards.length > 1 && onPreview ? preview : undefined;
    this.#entries = await this.#readAll('before', lead, { leadReads, onProgress, onEnough });
    this.#endReaders();
    this.#pictureSeat(); // boots while the lead judges
    const { value } = await lead.request('review', this.#choices);
    this.#reviewed = true;
    return value.summary;
  }

  /**
   * @param {Side} side @param {Seat} lead
   * @param {{leadReads?: boolean, onProgress?: (progress: Progress) => void, signal?: AbortSignal, onEnough?: () => void}}
   *   choices `leadReads` says whether the lead takes its share of the reading; `onEnough` is called when it has the first
   *   entries.
   * @returns {Promise<number>} How many entries there are.
   */
  async #readAll(side, lead, { leadReads = true, onProgress = () => {}, signal, onEnough }) {
    const reading = this.#readingOf(side);
    const { shards, entries } = await this.#open(lead, side);
    const share = new Share(side, shards, entries, onProgress);
    share.check = () => {
      signal?.throwIfAborted();
      if (reading !== this.#readingOf(side)) throw new RequestError(CANCELLED);
    };
    share.onEnough = onEnough;
    share.onReplaced = () => this.#onTrouble('replaced');
    onProgress(share.progress);
    if (!leadReads && !this.#readers.length) this.#readers.push(undefined);
    const readers = [...(leadReads ? [lead] : []), ...this.#readers.map((_, index) => index)];
    try {
      await Promise.all(readers.map((reader) => this.#readShards(reader, share, lead)));
    } finally {
      share.close();
    }
    if (share.merged !== entries) {
      const detail = `${share.merged} of ${entries} entries were merged`;
      throw new RequestError({ code: 'internal', message: texts.errors.incomplete, detail });
    }
    return entries;
  }

  /** @param {Seat | number} reader The lead, or which of the readers. @param {Share} share @param {Seat} lead */
  async #readShards(reader, share, lead) {
    const { side } = share;
    /** What was read last on its way to the lead: a reader reads on meanwhile, for the lead may be reading too. */
    let merging = Promise.resolve();
    for (let shard = share.take(); shard; shard = share.take()) {
      const seat = typeof reader === 'number' ? this.#readerSeat(reader) : reader;
      const { start, stop, careful } = shard;
      let given;
      try {
        share.check();
        await this.#open(seat, side);
        share.check(); // the worker may have booted meanwhile, and would read the same entries of other files
        const onProgress = (/** @type {any} */ progress) => share.count(shard, progress);
        given = await seat.request('read', { side, start, stop, careful }, { onProgress });
      } catch (error) {
        if (!isLoss(error)) throw error;
        const { code, message, detail } = /** @type {RequestError} */ (error);
        seat.end({ code, message, detail });
        if (seat === lead) throw error;
        share.check();
        console.info(`A reader was lost at entries ${start} to ${stop}: ${code}. ${detail}`); // for a bug report
        const lost = share.giveBack(shard, code);
        if (lost) {
          await lead.request('lose', { side, ...lost });
          share.add(lost.stop - lost.start);
        }
        continue;
      }
      const { value, buffers } = given;
      share.count(shard, { done: stop - start });
      await merging;
      const merge = () => {
        share.check(); // the lead may have opened other files meanwhile
        return lead.request('merge', { side, reader: seat.number }, { beside: { buffers }, transfer: buffers });
      };
      // The lead may be reading the first share still, and what that holds is to be on the screen before all else.
      merging = (start ? share.begun.then(merge) : merge()).then(() => share.add(value.entries));
      merging.catch(() => {}); // it is awaited below
      if (seat === lead) await merging; // what the first entries hold is asked before the lead reads on
    }
    await merging;
  }

  /** @returns {Seat} The lead, which must have the harvest still. */
  #leadOfReview() {
    if (!this.#lead || this.#lead.dead || !this.#reviewed) {
      throw new RequestError({ code: 'crashed', message: texts.errors.harvestLost });
    }
    return this.#lead;
  }

  /** @param {string} type @param {object} payload */
  async #ofLead(type, payload) {
    const files = this.#files;
    if (this.#readingAgain) await this.#readingAgain;
    try {
      return await this.#askLead(type, payload);
    } catch (error) {
      if (!isLoss(error) || !this.#lead?.dead || files !== this.#files || !files.length) throw error;
    }
    await this.#readAgain();
    return this.#askLead(type, payload);
  }

  /** @param {string} type @param {object} payload */
  async #askLead(type, payload) {
    if (!this.#lead || !this.#reviewed) {
      throw new RequestError({ code: 'crashed', message: texts.errors.harvestLost });
    }
    return (await this.#lead.request(type, payload)).value;
  }

  /** With the lead what was found is lost: it is read again, once for all who wait for it. */
  #readAgain() {
    if (!this.#readingAgain) {
      this.#onTrouble('rereading');
      const again = this.#readAndJudge(false).then(() => this.#onTrouble('reread'));
      this.#readingAgain = again.finally(() => {
        this.#readingAgain = undefined;
      });
    }
    return this.#readingAgain;
  }

  /**
   * Opens the files of a side in that worker, once.
   *
   * @param {Seat} seat @param {Side} [side]
   * @param {object} [reading] For which: readers and the lead take part in one reading together.
   * @returns {Promise<any>} The value of `open`.
   */
  #open(seat, side = 'before', reading = this.#readingOf(side)) {
    const known = seat.opened[side];
    if (known?.reading === reading) return known.opening;
    const wanted = side === 'before' ? this.#files : this.#after.files;
    const names = wanted.map(({ name }) => name);
    const files = wanted.map(({ file }) => file);
    const { passwords } = side === 'before' ? { passwords: this.#passwords } : this.#after;
    const opening = Promise.resolve(seat.booted).then(async () => {
      const { value } = await seat.request('open', { side, names, passwords }, { beside: { files } });
      return value;
    });
    // What was compared with another file is closed by that.
    seat.opened =
      side === 'before' ? { before: { reading, opening } } : { ...seat.opened, after: { reading, opening } };
    return opening;
  }

  /** @param {Side} side @returns {object} */
  #readingOf(side) {
    return side === 'before' ? this.#reading : this.#after;
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

  /** Gives back the memory of readers that have nothing to do: what WebAssembly has taken it keeps until it ends. */
  #endReaders() {
    this.#readers.forEach((seat, index) => {
      if (!seat || seat.busy) return;
      seat.end(CANCELLED);
      this.#readers[index] = undefined;
    });
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
    seat.booted = seat.request('boot', { role }, { beside: { buffers, late: [] } }).then(({ value }) => value);
    seat.booted.catch(() => {}); // whoever needs the worker awaits `booted` and is told
    return seat;
  }
}

/**
 * @typedef {object} Shard A part of the entries, from `start` and before `stop`.
 * @property {number} start
 * @property {number} stop
 * @property {number} tries How many readers were lost at it.
 * @property {boolean} careful Whether each entry is told before it is read.
 * @property {number} [at] The entry that was told last.
 */

/** What is left to read of one review, and how far it is. */
class Share {
  /** @type {Shard[]} */
  #waiting;
  /** @type {Map<number, {done?: number, dicom?: number, bytes?: number}>} By the shard's start. */
  #counts = new Map();
  #givenUp = 0;
  /** How many entries the lead has by now. */
  merged = 0;
  /** @type {() => void} */
  #begin = () => {};
  /** Resolved when the lead has the first of them, or never will. @type {Promise<void>} */
  begun = new Promise((resolve) => {
    this.#begin = resolve;
  });
  /** Called each time it has as many as `PREVIEWED` says. @type {(() => void) | undefined} */
  onEnough;
  #previews = 0;
  /** Throws when what is read is wanted no more. */
  check = () => {};
  /** Called when a reader was lost. @type {(() => void) | undefined} */
  onReplaced;
  #entries;
  #onProgress;

  /**
   * @param {Side} side @param {[number, number][]} shards @param {number} entries
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(side, shards, entries, onProgress) {
    this.side = side;
    this.#waiting = shards.map(([start, stop]) => ({ start, stop, tries: 0, careful: false }));
    this.#entries = entries;
    this.#onProgress = onProgress;
  }

  take() {
    return this.#waiting.shift();
  }

  /**
   * A reader was lost.
   *
   * @param {Shard} shard @param {string} why
   * @returns {{start: number, stop: number, why: string} | undefined} What is given up; the rest will be tried again.
   */
  giveBack({ start, stop, tries, at }, why) {
    this.onReplaced?.();
    if (tries + 1 < MAX_TRIES) {
      this.#waiting.unshift({ start, stop, tries: tries + 1, careful: true });
      return undefined;
    }
    this.#counts.delete(start);
    this.#givenUp += 1;
    const single = at !== undefined && this.#givenUp <= MAX_GIVEN_UP;
    const lost = single ? { start: at, stop: at + 1, why } : { start, stop, why: 'too many' };
    const again = (/** @type {number} */ from, /** @type {number} */ to) => {
      if (from < to) this.#waiting.unshift({ start: from, stop: to, tries: 0, careful: true });
    };
    again(lost.stop, stop);
    again(start, lost.start);
    this.#counts.set(lost.start, { done: lost.stop - lost.start });
    return lost;
  }

  /** @param {Shard} shard @param {{entry?: number, done?: number, dicom?: number, bytes?: number}} progress */
  count(shard, { entry, ...counts }) {
    if (entry !== undefined) shard.at = entry;
    this.#counts.set(shard.start, { ...this.#counts.get(shard.start), ...counts });
    this.#onProgress(this.progress);
  }

  /** @param {number} entries How many more the lead has. */
  add(entries) {
    this.merged += entries;
    if (this.merged >= (PREVIEWED[this.#previews] ?? Infinity) && this.merged < this.#entries) {
      this.#previews += 1;
      this.onEnough?.();
    }
    this.#begin();
  }

  /** Hands out nothing more: a reader failed, and the others need not go on. */
  close() {
    this.#begin();
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
