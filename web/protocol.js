/**
 * The conversation between page and worker: its table. `pycore/protocol.py` is its twin; a test compares the two.
 *
 * Page -> worker: `{id, type, payload}`, beside it `files` (chosen files) or `buffers` where the table says so; after `boot`, any number of `{id, buffers}` with what it says comes `late`.
 * Worker -> page: any number of `{id, progress}` (an empty object says no more than that the worker is well; `patience`, how many milliseconds it may now be silent), then exactly one `{id, value, buffers}` or `{id, error}`.
 * `progress` and `value` cross as JSON text written by the core, parsed once by the page; no behaviour here.
 *
 * @typedef {'lead' | 'reader' | 'picture'} Role
 *
 * @typedef {object} Message One row of the table: who answers, and what goes in and out.
 * @property {string} type
 * @property {readonly string[]} payload Names of the payload's fields.
 * @property {readonly string[]} value Names of the value's fields.
 * @property {string} takes What travels beside the payload: 'files' or 'buffers'.
 * @property {string} gives What the buffers of the answer hold.
 *
 * @typedef {Blob | ArrayBuffer | WebAssembly.Module} Asset The runtime's module is compiled; one is in memory for a single worker.
 *
 * @typedef {object} Request
 * @property {number} id
 * @property {string} type
 * @property {object} payload
 * @property {File[]} [files]
 * @property {ArrayBuffer[] | Record<string, Asset>} [buffers] By asset name for `boot`.
 * @property {string[]} [late] Names of assets that are given to `boot` later, each by itself: `{id, buffers}`.
 *
 * @typedef {object} Given What `boot` was told to wait for.
 * @property {number} id Of that request.
 * @property {undefined} [type]
 * @property {Record<string, Asset>} buffers
 *
 * @typedef {object} Failure
 * @property {string} code Stable: 'input', 'entry', 'dicom', 'pixels', 'request', 'internal', 'memory',
 *   and, said by the page, 'crashed', 'hung', 'slow', 'cancelled'.
 * @property {string} message One sentence for the user.
 * @property {string} [detail] For a bug report; may be empty.
 *
 * @typedef {object} Reply
 * @property {number} id
 * @property {string} [progress] JSON.
 * @property {string} [value] JSON.
 * @property {ArrayBuffer[]} [buffers]
 * @property {Failure} [error]
 *
 * @typedef {object} Attempt One try to reach the network, and what came of it.
 * @property {'page' | 'worker' | 'python'} from
 * @property {string} channel
 * @property {boolean} refused
 * @property {string} how What refused it, in words.
 */

/** @type {(type: string, payload: string[], value: string[], beside?: {takes?: string, gives?: string}) => Message} */
const message = (type, payload, value, { takes = '', gives = '' } = {}) =>
  Object.freeze({ type, payload, value, takes, gives });

/** @type {readonly Message[]} */
export const MESSAGES = Object.freeze([
  // Every worker: lead, readers and the picture worker.
  message('boot', ['role'], ['python', 'pydicom', 'numpy', 'snapshot', 'milliseconds'], { takes: 'buffers' }),
  message('probe', [], ['attempts']), // tries to reach the network from JavaScript and from Python
  // `side` is 'before' for what is reviewed, 'after' for what it is compared with.
  message('open', ['side', 'names', 'passwords'], ['name', 'size', 'entries', 'shards'], { takes: 'files' }),
  // Readers, the lead among them; progress is {done, dicom, bytes}, and {entry} before each one where `careful`.
  message('read', ['side', 'start', 'stop', 'careful'], ['entries'], { gives: 'the harvest, JSON in UTF-8' }),
  // Readers; by entry, 'coding:hexadecimal', '' without Pixel Data.
  message('digest_pixels', ['side', 'start', 'stop'], ['digests']),
  // The lead.
  message('merge', ['side', 'reader'], ['entries'], { takes: 'buffers' }), // a harvest; of one reader all, in its order
  // Entries that nobody could read; `why` is the code of the failure, or 'too many'.
  message('lose', ['side', 'start', 'stop', 'why'], ['entries']),
  message('preview', ['profile', 'options', 'watch'], ['entries', 'counts', 'findings']), // of what was merged so far
  message('review', ['profile', 'options', 'watch', 'marks'], ['summary']),
  // `digests` is null, or those of 'before' and of 'after', by entry.
  message('compare', ['watch', 'digests'], ['comparison', 'locked']),
  message('comparison_report', ['format', 'values'], ['text']),
  // Reads the archive from `start` as far as `done`; `sha256` is null until all is read, and for several files.
  message('hash', ['start'], ['done', 'size', 'sha256']),
  // `time`: when the report is made, as it shall say; `name`: of the file to be saved.
  message('report', ['values', 'format', 'sha256', 'time'], ['text', 'name']),
  message('read_marks', ['text'], ['marks', 'options']), // a file that `report` wrote as 'marks'
  // Distinct values, a part of them at a time; `kind` is one of `session.VALUE_KINDS`, `find` a text they must hold.
  // `creator`: null, or of which private creator they must be.
  message('values', ['kind', 'find', 'creator', 'start', 'stop'], ['total', 'rows']),
  message('private', [], ['creators']),
  message('entries_of', ['finding'], ['entries']),
  // Entries by the references that a document's texts carry; null where no entry holds what is referred to.
  message('find_instances', ['references'], ['entries']),
  message('structures_of', ['entry'], ['structures']), // entries of structure sets that belong to an image
  // Any worker that has opened the files.
  message('instance', ['entry'], ['instance']),
  // Bytes `start` to `stop` of a value; `characters` of its whole text, `length` in bytes, `stated` unless undefined.
  message('value', ['entry', 'path', 'start', 'stop'], ['text', 'characters', 'hex', 'length', 'stated', 'damage']),
  message('instance_text', ['entry', 'format', 'values'], ['text', 'notes']), // 'dump' or 'json'
  // A closer look, by the lead. `kind` is one of `instance_comparison.KINDS`; `path` without the numbers of Items.
  message('compare_instances', ['entries', 'kind', 'find', 'start', 'stop'], ['total', 'rows', 'counts', 'instances']),
  message('varies', ['entry', 'find', 'start', 'stop'], ['total', 'rows', 'instances', 'elements']),
  message('varying_values', ['entry', 'path', 'creator', 'start', 'stop'], ['total', 'rows']),
  // `kind` is one of `reference.Kind`; asked before a review, too. Several topics: of each creator that uses a tag.
  message('reference', ['kind', 'find', 'used', 'start', 'stop'], ['total', 'rows']),
  message('explain', ['kind', 'code', 'creator'], ['topics']),
  // The picture worker; frames, rows and columns count from 0. `window` is null for what the file wants, a preset of
  // the description as it is, or {center, width}; `shutter`: whether the display shutter covers what it covers.
  message('describe', ['entry'], ['description']),
  message('picture', ['entry', 'frame', 'window', 'shutter'], ['rows', 'columns', 'window'], {
    gives: 'RGBA, rows × columns × 4 bytes',
  }),
  message('annotations', ['entry', 'frame'], ['corners', 'edges', 'scale']),
  message('overlays', ['entry', 'frame'], ['planes', 'problems'], {
    gives: 'of each plane, rows × columns bytes, 0 or 1',
  }),
  message('pixel', ['entry', 'frame', 'row', 'column'], ['text', 'stored']),
  message('stored', ['entry', 'frame'], ['shape', 'dtype'], { gives: 'stored values, C order, little endian' }),
  message('video', ['entry'], ['mime', 'playable_words'], { gives: 'the stream of a video' }),
  // An object to be read instead of seen; `documents.blocks` of the core says what blocks there are.
  message('document', ['entry'], ['title', 'blocks'], { gives: 'samples of each plot, 32-bit float, little endian' }),
  message('contours', ['entry', 'frame', 'structures'], ['lines', 'notes']),
  // In the background. `frames` of a thumbnail is how many the instance really has; where there is no row,
  // `reason` says why, and `whole` that it holds for all frames; a `video` is no failure.
  // `failed` are those that a step could not draw.
  message('thumbnail', ['entry', 'frame', 'size'], ['rows', 'columns', 'frames', 'reason', 'whole', 'label', 'video'], {
    gives: 'RGBA, rows × columns × 4 bytes',
  }),
  message('compose', ['entries'], ['run']),
  message('compose_step', ['run'], ['instances', 'frames', 'left_out', 'videos', 'groups', 'failed', 'finished']),
  message('composed', ['run', 'group'], ['rows', 'columns', 'aspect', 'frame_rows', 'frame_columns', 'frames'], {
    gives: 'maximum, minimum and mean: RGBA, rows × columns × 4 bytes each',
  }),
]);
