/**
 * The page's state, one plain object, and the one function that changes it: `(state, message) -> state`.
 *
 * @typedef {'clean' | 'review' | 'identified'} Verdict
 * @typedef {'identifier' | 'quasi' | 'review' | 'info'} Severity
 * @typedef {'dicom' | 'other' | 'folder' | 'unreadable'} Status
 * @typedef {[number, number, number, number]} Flags How many findings, by severity, gravest first.
 *
 * @typedef {object} Series
 * @property {string} series_instance_uid
 * @property {string} modality
 * @property {string} number
 * @property {string} description
 * @property {Verdict} verdict
 * @property {Flags} flags
 * @property {number[]} instances Indexes of entries, in order.
 *
 * @typedef {object} Study
 * @property {string} study_instance_uid
 * @property {string} date
 * @property {string} description
 * @property {Verdict} verdict
 * @property {Flags} flags
 * @property {Series[]} series
 *
 * @typedef {object} Patient
 * @property {string} patient_id
 * @property {string} patient_name
 * @property {Verdict} verdict
 * @property {Flags} flags
 * @property {Study[]} studies
 *
 * @typedef {object} Finding
 * @property {number} id
 * @property {string} where
 * @property {string} path Of the first place, if it stands for several.
 * @property {string} pattern As shown: where only the numbers of Items differ, without them.
 * @property {number} places
 * @property {string} tag
 * @property {string} keyword
 * @property {string} name
 * @property {string} vr
 * @property {string | null} private_creator
 * @property {string} rule
 * @property {string} clause
 * @property {string} action
 * @property {Severity} severity
 * @property {string} evidence Why the rule believes it; '' where the value alone shows it.
 * @property {number} count
 * @property {number} files
 * @property {number} distinct
 * @property {string[]} values
 * @property {number | null} first_entry
 *
 * @typedef {object} Entries Columns, by index of the entry.
 * @property {string[]} name
 * @property {Status[]} status
 * @property {string[]} kind
 * @property {string[]} reason
 * @property {number[]} size
 * @property {Verdict[]} verdict
 * @property {string[]} label
 * @property {number[]} frames As the header says; 0 without pixels.
 * @property {('said' | 'high' | 'medium' | 'low' | '')[]} risk Of burned-in text.
 * @property {(number | null)[]} finding The gravest; null for none.
 *
 * @typedef {object} Summary
 * @property {{version: string, standard_edition: string}} tool
 * @property {{name: string, size: number, entries: number, dicom: number, other: number, folders: number, unreadable: number}} archive
 * @property {[string, string]} file_stems How names of files begin that are saved: without values, and with values.
 * @property {{name: string, options: string[]}} profile
 * @property {{name: string, title: string}[]} options
 * @property {Verdict} verdict
 * @property {string} reason
 * @property {string[]} dates The first and the last Study Date, as stored; none where there is none.
 * @property {Patient[]} patients
 * @property {Finding[]} findings
 * @property {{entry: number | null, name: string, message: string}[]} problems
 * @property {[number, number][]} read_in_part Runs of entries: the first, and the one behind the last.
 * @property {number} locked How many entries were not read for want of a password.
 * @property {Entries} entries
 * @property {{series: PictureSeries[], by_risk: number[]}} pictures `by_risk` lists all entries with pictures.
 *
 * @typedef {object} Flag What one rule says of one value.
 * @property {string} rule
 * @property {string} clause
 * @property {string} action
 * @property {Severity} severity
 * @property {string} evidence
 *
 * @typedef {object} ElementRow
 * @property {string} path
 * @property {number} depth
 * @property {string} tag
 * @property {string} name
 * @property {string} keyword
 * @property {string} vr
 * @property {number} length
 * @property {number} items Of a sequence; 0 otherwise.
 * @property {string} text
 * @property {string} readable A date, time or age in plain form; '' where it has none.
 * @property {boolean} binary
 * @property {boolean} cut
 * @property {string | null} private_creator
 * @property {Flag[]} flags
 *
 * @typedef {object} OpenedValue Some bytes of a value, and its text.
 * @property {string | null} text Null where it is binary.
 * @property {number} characters Of the whole text.
 * @property {string} hex
 * @property {number} length Of the whole value, in bytes.
 * @property {boolean} stated Whether the file states that length.
 * @property {string} damage Why not all could be read; '' where it could.
 *
 * @typedef {object} ValueRow One distinct value at one place.
 * @property {string} where
 * @property {string} path
 * @property {string} tag
 * @property {string} name
 * @property {string} vr
 * @property {string | null} private_creator
 * @property {string} origin Where inside of the value the text was found; '' for the value itself.
 * @property {string} text
 * @property {number} count
 * @property {number} files
 * @property {Severity | null} severity
 * @property {Flag[]} flags
 * @property {number | null} first_entry
 * @property {string} pattern As shown: where only the numbers of Items differ, without them.
 * @property {number} places
 * @property {string} key By which it is marked.
 * @property {ValueMark | null} mark
 *
 * @typedef {'safe' | 'curated keep' | 'curated delete' | 'unknown' | 'unsafe'} Knowledge
 *
 * @typedef {object} Creator The private elements of one private creator.
 * @property {string} private_creator '' for those in no block that a creator reserved.
 * @property {number[]} groups
 * @property {number} elements
 * @property {number} files
 * @property {number} distinct
 * @property {[Knowledge, number][]} known
 *
 * @typedef {object} Instance
 * @property {number} entry
 * @property {string} name
 * @property {string} transfer_syntax
 * @property {string} transfer_syntax_name
 * @property {string} sop_class_name
 * @property {ElementRow[]} elements
 * @property {string[]} problems
 *
 * @typedef {object} Selection
 * @property {number | null} finding
 * @property {number | null} entry
 * @property {string} path Of an element; '' for none.
 *
 * @typedef {'findings' | 'values' | 'private' | 'elements' | 'pictures' | 'files' | 'problems' | 'document' | 'before-after' | 'compare' | 'varies'} Tab
 *
 * @typedef {'removed' | 'emptied' | 'replaced' | 'kept' | 'added'} Fate
 *
 * @typedef {object} ElementFate What became of one element; counts of objects.
 * @property {string} path
 * @property {string} name
 * @property {string} action
 * @property {number} removed
 * @property {number} emptied
 * @property {number} replaced
 * @property {number} kept
 * @property {number} added
 * @property {number} lost
 * @property {{old: string | null, new: string | null, objects: number}[]} examples
 *
 * @typedef {object} Inconsistency
 * @property {string} rule
 * @property {string} patient
 * @property {string[]} old
 * @property {string[]} new
 * @property {boolean} kept Whether the old value is among the new ones.
 * @property {string[]} paths
 * @property {number} occurrences
 *
 * @typedef {object} Survivor
 * @property {string} rule
 * @property {Severity} severity
 * @property {string} where
 * @property {string} path
 * @property {string} name
 * @property {number} files
 * @property {number} distinct
 * @property {string[]} values
 *
 * @typedef {object} Comparison As in the JSON of the comparison, with values.
 * @property {{name: string}} before
 * @property {{name: string, verdict: Verdict, reason: string}} after
 * @property {Verdict} verdict
 * @property {string} reason
 * @property {{matched: number, matched_by: Record<string, number>, only_before: number, only_after: number, alike: number}} objects
 * @property {Survivor[]} survivors
 * @property {Record<string, number>} inconsistent
 * @property {Inconsistency[]} inconsistencies
 * @property {Record<string, any> | null} pixels
 * @property {{entry: string, alike: boolean}[]} only_before
 * @property {string[]} only_after
 * @property {ElementFate[]} elements
 *
 * @typedef {object} Comparing What is known of the file after.
 * @property {'none' | 'busy' | 'done'} phase
 * @property {'reading' | 'comparing' | 'pixels'} doing
 * @property {string} name Of the file after.
 * @property {{done: number, entries: number} | null} counts
 * @property {string} error One sentence; '' for none.
 * @property {number} locked How many entries of the file after were not read for want of a password.
 * @property {boolean} tried Whether passwords were tried on it. The passwords themselves are not state.
 * @property {Comparison | null} value
 *
 * @typedef {'nothing burned in' | 'burned-in text' | 'unsure'} Seen
 *
 * @typedef {object} SeriesMark What the reviewer saw in the pictures of a series.
 * @property {string} series Its key.
 * @property {Seen} seen
 * @property {string} note
 * @property {string} reviewer Who, as typed.
 * @property {string} time When, by this computer's clock: '2026-03-01T09:30:00Z'.
 * @property {number} drawn How many of its frames had been on the screen by then.
 *
 * @typedef {'fine' | 'must go'} Said
 *
 * @typedef {object} ValueMark What the reviewer said of a distinct value.
 * @property {string} key Of the value.
 * @property {string} path Without the numbers of Items.
 * @property {Said} said
 * @property {string} note
 * @property {string} reviewer Who, as typed.
 * @property {string} time When, by this computer's clock.
 *
 * @typedef {object} Undrawable A frame that could not be drawn; without a frame, the instance as a whole.
 * @property {number} entry
 * @property {number | null} frame
 * @property {string} reason
 *
 * @typedef {object} Marks
 * @property {SeriesMark[]} series
 * @property {Undrawable[]} undrawable
 * @property {ValueMark[]} values
 *
 * @typedef {object} PictureSeries A series with pictures.
 * @property {string} key
 * @property {number[]} entries Of its instances with pixels, in order.
 * @property {number} frames
 * @property {SeriesMark | null} mark
 *
 * @typedef {'all' | 'flagged' | 'open' | 'marked' | 'text' | 'dates' | 'uids' | 'private'} ValueKind
 *
 * @typedef {object} Preview What was found in the first entries, while the rest is read.
 * @property {number} entries
 * @property {number[]} counts Findings, by severity, gravest first.
 * @property {Finding[]} findings The gravest ones.
 *
 * @typedef {object} ValueQuery What the values view is narrowed down to.
 * @property {ValueKind} kind
 * @property {string} find
 * @property {string | null} creator Only private elements of this creator; null for whatever there is.
 *
 * @typedef {object} State
 * @property {'booting' | 'ready' | 'reviewing' | 'done' | 'error'} phase
 * @property {string} error One sentence; '' for none.
 * @property {'loading' | 'starting'} bootStep
 * @property {{loaded: number, total: number}} assets Bytes.
 * @property {{held: boolean | null, attempts: Attempt[], verified: boolean}} lock `held` is null until it was tried.
 * @property {Site | null} site What the site says of itself, once that is loaded.
 * @property {boolean | null} kept Whether the page opens without network from now on; null until that is known.
 * @property {boolean} newVersion Whether a newer version of the site is there, for the next time.
 * @property {string} waiting What was chosen before the lock held; '' for nothing.
 * @property {{name: string, step: 'opening' | 'reading' | 'judging', since: number, counts: Progress | null,
 *   preview: Preview | null} | null} reading `preview`: what the first entries hold.
 * @property {'' | Trouble} trouble What happened to the workers.
 * @property {boolean} tried Whether passwords were tried on what is read. The passwords themselves are not state.
 * @property {Summary | null} summary
 * @property {string[]} options Chosen, by name.
 * @property {string[]} watch Names and numbers to look for; kept while the page is open, and nowhere else.
 * @property {Marks} marks
 * @property {boolean} canUndo Whether a mark can be taken back.
 * @property {boolean} canRedo Whether one that was taken back can be set again.
 * @property {string} reviewer Who marks, as typed.
 * @property {boolean} judging Whether what was read is being judged again.
 * @property {string} judgeError Why it could not be; '' for none.
 * @property {Selection} selection
 * @property {Instance | null} instance Of the selected entry, once it is read.
 * @property {string} instanceError
 * @property {Tab} tab
 * @property {boolean} hide Whether the user wants identifying values masked on the screen.
 * @property {boolean} hidden Whether they are: not while the user peeks.
 * @property {number} took Milliseconds from the choice of the file to the verdict.
 * @property {{finding: number, entries: Set<number>} | null} onlyEntries Which entries the files view is limited to.
 * @property {Status | 'all'} status Which entries the files view shows.
 * @property {ValueQuery} values
 * @property {Comparing} comparison
 * @property {number[]} beside Entries that are compared side by side, in the order of the columns.
 *
 * @typedef {{type: string} & Record<string, any>} Change
 */

import { item } from './item.js';

/** @import { Site } from './assets.js' */
/** @import { Attempt } from './protocol.js' */
/** @import { Progress, Trouble } from './client.js' */

/**
 * @typedef {object} Entry One row of the columns.
 * @property {string} name
 * @property {Status} status
 * @property {string} kind
 * @property {string} reason
 * @property {number} size Inflated bytes.
 * @property {Verdict} verdict
 * @property {string} label Instance Number, or ''.
 * @property {number | null} finding Index of the gravest.
 */

/** @param {Summary} summary @param {number} index @returns {Entry} */
export function entryAt({ entries }, index) {
  return {
    name: item(entries.name, index),
    status: item(entries.status, index),
    kind: item(entries.kind, index),
    reason: item(entries.reason, index),
    size: item(entries.size, index),
    verdict: item(entries.verdict, index),
    label: item(entries.label, index),
    finding: item(entries.finding, index),
  };
}

/** @type {Severity[]} */
export const SEVERITIES = ['identifier', 'quasi', 'review', 'info'];

/** @type {Tab[]} */
export const TABS = [
  'findings',
  'values',
  'private',
  'elements',
  'pictures',
  'files',
  'problems',
  'document',
  'before-after',
  'compare',
  'varies',
];

/** @type {Selection} */
const NOTHING = { finding: null, entry: null, path: '' };

/** @type {Comparing} */
const NOT_COMPARED = {
  phase: 'none',
  doing: 'reading',
  name: '',
  counts: null,
  error: '',
  locked: 0,
  tried: false,
  value: null,
};

/** @type {State} */
export const INITIAL = {
  comparison: NOT_COMPARED,
  phase: 'booting',
  error: '',
  bootStep: 'loading',
  assets: { loaded: 0, total: 0 },
  lock: { held: null, attempts: [], verified: false },
  site: null,
  kept: null,
  newVersion: false,
  waiting: '',
  reading: null,
  trouble: '',
  tried: false,
  summary: null,
  options: [],
  watch: [],
  marks: { series: [], undrawable: [], values: [] },
  canUndo: false,
  canRedo: false,
  reviewer: '',
  judging: false,
  judgeError: '',
  selection: NOTHING,
  instance: null,
  instanceError: '',
  tab: 'findings',
  hide: false,
  hidden: false,
  took: 0,
  onlyEntries: null,
  status: 'all',
  values: { kind: 'all', find: '', creator: null },
  beside: [],
};

/** @param {State} state @param {Change} change @returns {State} */
export function reduce(state, change) {
  switch (change.type) {
    case 'assets-loaded':
      return { ...state, assets: { loaded: change.loaded, total: change.total } };
    case 'site':
      return { ...state, site: change.site };
    case 'site-kept':
      return { ...state, kept: change.kept };
    case 'new-version':
      return { ...state, newVersion: true };
    case 'boot-step':
      return { ...state, bootStep: change.step };
    case 'locked':
      return { ...state, phase: 'ready', lock: { held: true, attempts: change.attempts, verified: change.verified } };
    case 'not-locked':
      return {
        ...state,
        phase: 'error',
        error: change.message,
        waiting: '',
        lock: { held: false, attempts: change.attempts, verified: change.verified },
      };
    case 'kept':
      return { ...state, waiting: change.name };
    case 'opening':
      return {
        ...INITIAL,
        lock: state.lock,
        hide: state.hide,
        hidden: state.hide,
        reviewer: state.reviewer,
        options: state.options,
        watch: state.watch,
        phase: 'reviewing',
        tried: change.tried,
        reading: { name: change.name, step: 'opening', since: change.now, counts: null, preview: null },
      };
    case 'trouble':
      return { ...state, trouble: change.trouble };
    case 'progress':
      return state.reading
        ? { ...state, reading: { ...state.reading, step: change.step, counts: change.counts } }
        : state;
    case 'previewed':
      return state.reading ? { ...state, reading: { ...state.reading, preview: change.preview } } : state;
    case 'reviewed': {
      const first = change.summary.findings[0] ?? null;
      const entry = first?.first_entry ?? change.summary.patients[0]?.studies[0]?.series[0]?.instances[0] ?? null;
      const selection = { finding: first?.id ?? null, entry, path: first?.path ?? '' };
      return {
        ...state,
        phase: 'done',
        error: '',
        took: change.now - (state.reading?.since ?? change.now),
        reading: null,
        summary: change.summary,
        selection,
        instance: null,
      };
    }
    case 'judging':
      return {
        ...state,
        judging: true,
        judgeError: '',
        options: change.options ?? state.options,
        watch: change.watch ?? state.watch,
        marks: change.marks ?? state.marks,
        canUndo: change.canUndo ?? state.canUndo,
        canRedo: change.canRedo ?? state.canRedo,
      };
    case 'judged': {
      const { summary } = change;
      const before = state.summary?.findings[state.selection.finding ?? -1];
      const finding = summary.findings.find((/** @type {Finding} */ one) => before && isSame(one, before))?.id ?? null;
      return {
        ...state,
        judging: false,
        summary,
        selection: { ...state.selection, finding },
        instance: null, // its flags may be others now
        onlyEntries: null, // the findings have other numbers
      };
    }
    case 'not-judged':
      return {
        ...state,
        judging: false,
        judgeError: change.message,
        options: state.summary?.profile.options ?? [],
      };
    case 'comparing': // any part of it
      return { ...state, comparison: { ...state.comparison, ...change.comparison } };
    case 'beside':
      return { ...state, beside: change.entries, tab: change.tab ?? state.tab };
    case 'watch':
      return { ...state, watch: change.watch };
    case 'failed':
      return { ...state, phase: 'error', error: change.message, reading: null, waiting: '' };
    case 'cancelled':
      return { ...state, phase: 'ready', error: '', reading: null, summary: null };
    case 'selected': {
      const selection = { ...state.selection, ...change.selection };
      const same = selection.entry === state.selection.entry;
      const instance = same ? state.instance : null;
      return {
        ...state,
        selection,
        instance,
        instanceError: same ? state.instanceError : '',
        tab: change.tab ?? state.tab,
      };
    }
    case 'instance-read':
      return change.instance.entry === state.selection.entry ? { ...state, instance: change.instance } : state;
    case 'instance-failed':
      return change.entry === state.selection.entry ? { ...state, instanceError: change.message } : state;
    case 'tab':
      return { ...state, tab: change.tab };
    case 'hidden':
      return { ...state, hide: !state.hide, hidden: !state.hide };
    case 'peek':
      return { ...state, hidden: state.hide && !change.on };
    case 'reviewer':
      return { ...state, reviewer: change.reviewer };
    case 'files-of':
      return {
        ...state,
        tab: 'files',
        status: 'all',
        onlyEntries: { finding: change.finding, entries: change.entries },
      };
    case 'values':
      return {
        ...state,
        tab: change.tab ?? state.tab,
        values: { kind: change.kind, find: change.find, creator: change.creator },
      };
    case 'status':
      return { ...state, tab: 'files', status: change.status, onlyEntries: null };
    default:
      throw new Error(`unknown change ${change.type}`);
  }
}

/** @param {Finding} one @param {Finding} other @returns {boolean} Whether they say the same of the same place. */
function isSame(one, other) {
  return (
    one.rule === other.rule &&
    one.where === other.where &&
    one.path === other.path &&
    one.private_creator === other.private_creator
  );
}
