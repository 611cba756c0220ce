/** Wires elements, client and views; the only module of the page that acts when it is imported. */

import { createInspector } from './automation.js';
import { fromDrop, fromInput, nameOf } from './chosen-files.js';
import { Client, RequestError } from './client.js';
import { createDocuments } from './documents.js';
import { byId } from './dom.js';
import { begun } from './early.js';
import { giveUpNetwork, tryPage, workerStarter } from './lock.js';
import { fromFragment, toFragment } from './place-in-page.js';
import { entryAt, INITIAL, reduce, TABS } from './state.js';
import { texts } from './texts.js';
import { createViewer } from './viewer.js';
import { createKeysDialog, createLockDialog } from './views/dialogs.js';
import { createAbout } from './views/about.js';
import { createAnnouncer } from './views/announcer.js';
import { createBeforeAfter } from './views/before-after.js';
import { createCompare } from './views/compare.js';
import { createContactSheet } from './views/contact-sheet.js';
import { createDocument } from './views/document.js';
import { createElementList } from './views/element-list.js';
import { createFileList } from './views/file-list.js';
import { createFindingList } from './views/finding-list.js';
import { ruleWords } from './views/flags.js';
import { createLedger } from './views/ledger.js';
import { shapeMark } from './views/marks.js';
import { createProfileMenu, createReportMenu } from './views/menus.js';
import { createPatientTree } from './views/patient-tree.js';
import { createPasswordForm } from './views/password-form.js';
import { createPicture } from './views/picture.js';
import { createPrivateList } from './views/private-list.js';
import { createProblemList } from './views/problem-list.js';
import { createReference, createTagPopover } from './views/reference.js';
import { createSplitter } from './views/splitter.js';
import { createTabs } from './views/tabs.js';
import { createValueList, toElement } from './views/value-list.js';
import { createValueDialog } from './views/value-dialog.js';
import { createVaries } from './views/varies.js';
import { createWatchDialog } from './views/watch-dialog.js';
import { createWelcome } from './views/welcome.js';

/** @import { ChosenFile, Compared, Digests } from './client.js' */
/** @import { Attempt } from './protocol.js' */
/** @import { Change, Creator, Finding, Marks, Said, Selection, SeriesMark, State, Tab, Undrawable, ValueMark, ValueRow } from './state.js' */
/** @import { HashControls } from './views/menus.js' */

const MAX_READERS = 4;
const PROFILE = 'basic';
const SAMPLE = 'sample.zip';
/** While images go by faster than this, nothing but the picture changes. */
const FOLLOW_MS = 150;
/** So long it is said what a key has done. */
const SAID_MS = 5000;
const WATCH_RULE = 'echo-watch-list';

/** @type {State} */
let state = INITIAL;
/** @type {Client | undefined} */
let client;
/** What was chosen before the lock held. @type {(() => ChosenFile[]) | undefined} */
let kept;
/** Counts reviews, so that what an ended one still says is not taken for the next. */
let reviews = 0;
/** @type {Blob | undefined} */
let sample;

function theClient() {
  if (!client) throw new Error(texts.errors.noReview);
  return client;
}

// Views -----------------------------------------------------------------------------------------------------------

for (const element of document.querySelectorAll('[data-text]')) {
  const path = /** @type {HTMLElement} */ (element).dataset.text ?? '';
  element.textContent = path.split('.').reduce((words, key) => words[key], /** @type {any} */ (texts));
}

const announcer = createAnnouncer();
const welcome = createWelcome({ onCancel: cancel });
const ledger = createLedger(byId('ledger'), byId('verdict'), {
  onStatus: (status) => dispatch({ type: 'status', status }),
});
const passwordForm = createPasswordForm(byId('password'), {
  onPassword: (password) => review(theClient().files, [...theClient().passwords, password]),
});
const tree = createPatientTree(byId('tree'), {
  onSelect: (entry) => select({ finding: null, entry }),
  onVaries: showVaries,
  onBeside: toggleBeside,
});
const tabs = createTabs(byId('tabs'), { onTab: showTab });
const findings = createFindingList(byId('findings'), {
  onSelect: selectFinding,
  onOpen: (finding) => selectFinding(finding, 'elements'),
  onFiles: showFilesOf,
  onBeside: toggleBeside,
});
const values = createValueList(byId('values'), {
  read: (query, start, stop) => theClient().values(query, start, stop),
  onQuery: (query) => dispatch({ type: 'values', ...query }),
  onSelect: selectValue,
  onElement: (row) => selectValue(row, 'elements'),
  onOpen: (row) => valueDialog.open(/** @type {number} */ (row.first_entry), toElement(row), state.hidden),
  onMark: markValues,
  onUndo: undoMark,
  onRedo: redoMark,
  onReviewer: (reviewer) => dispatch({ type: 'reviewer', reviewer }),
});
const creators = createPrivateList(byId('private'), {
  read: () => theClient().privateCreators(),
  onSelect: (creator) => showValuesOf(creator),
  onOpen: (creator) => showValuesOf(creator, 'values'),
});
const elements = createElementList(byId('elements'), {
  onSelect: (path) => select({ path }),
  onOpen: (row) => valueDialog.open(/** @type {number} */ (state.selection.entry), row, state.hidden),
  write: (format, withValues) =>
    theClient().instanceText(/** @type {number} */ (state.selection.entry), format, withValues),
  onSave: (text, format, withValues) => {
    const kind = withValues ? 'with-identifiers' : 'masked';
    const ending = `entry-${state.selection.entry}-${kind}.${format === 'json' ? 'json' : 'txt'}`;
    download(text, format === 'json' ? 'json' : 'text', ending, withValues);
  },
});
const files = createFileList(byId('files'), {
  onSelect: (entry) => select({ finding: null, entry }),
  onOpen: (entry) => select({ finding: null, entry }, 'elements'),
  onStatus: (status) => dispatch({ type: 'status', status }),
  onFinding: (finding, entry) => select({ finding, entry, path: '' }, 'findings'),
  onBeside: toggleBeside,
});
const problems = createProblemList(byId('problems'), {
  onSelect: (entry) => select({ finding: null, entry }),
});
const readDocument = createDocuments(theClient);
/** @param {number} entry @param {number} frame */
const followReference = (entry, frame) => {
  select({ finding: null, entry, path: '' });
  if (frame) draw(frame);
};
const documentTab = createDocument(byId('document'), {
  read: readDocument,
  wants: ({ tab }) => tab === 'document',
  onSelect: followReference,
});
/** In place of the picture, for what has none. */
const documentPane = createDocument(byId('picture-document'), {
  read: readDocument,
  wants: ({ summary, selection: { entry } }) =>
    entry !== null && summary?.entries.status[entry] === 'dicom' && summary.entries.frames[entry] === 0,
  onSelect: followReference,
});
const pictures = createContactSheet(byId('pictures'), {
  ask: (type, payload) => theClient().inBackground(type, payload),
  onOpen: ({ entry, frame }) => {
    if (entry !== state.selection.entry) selectDrawn(entry);
    draw(frame);
  },
  onUndrawable: noteUndrawable,
  onMark: markSeries,
  onUndo: undoMark,
  onReviewer: (reviewer) => dispatch({ type: 'reviewer', reviewer }),
});
const beforeAfter = createBeforeAfter(byId('before-after'), {
  onChoose: () => byId('after-file').click(),
  onCancel: () => comparing?.abort(),
  onPixels: comparePixels,
  onPassword: (password) => {
    const { files: after, passwords } = theClient().after;
    compareWith(after, [...passwords, password]);
  },
  onReport: (format, withValues) => downloadComparison(format, withValues),
});
const compare = createCompare(byId('compare'), {
  read: (entries, kind, find, start, stop) =>
    theClient().lookCloser('compare_instances', { entries, kind, find, start, stop }),
  onBeside: setBeside,
  onAdd: () => state.selection.entry !== null && toggleBeside(state.selection.entry),
  onElement: (entry, path) => select({ finding: null, entry, path }, 'elements'),
  onOpen: (entry, row) => valueDialog.open(entry, row, state.hidden),
  onVaries: showVaries,
});
const varies = createVaries(byId('varies'), {
  read: (entry, find, start, stop) => theClient().lookCloser('varies', { entry, find, start, stop }),
  readValues: (entry, { path, private_creator: creator }, start, stop) =>
    theClient().lookCloser('varying_values', { entry, path, creator, start, stop }),
  onSelect: (entry, path) => select({ finding: null, entry, path }),
  onOpen: (entry, path) => select({ finding: null, entry, path }, 'elements'),
});
const panels = {
  findings,
  values,
  private: creators,
  elements,
  pictures,
  files,
  problems,
  document: documentTab,
  'before-after': beforeAfter,
  compare,
  varies,
};
const picture = createPicture({
  onStep: (step) => viewer.step(step),
  onPosition: (position) => viewer.goTo(position),
  onSeries: (step) => viewer.otherSeries(step),
  onWindow: (window) => viewer.setWindow(window),
  onShutter: (on) => viewer.setShutter(on),
  onPlay: () => viewer.play(),
  onPoint: (at) => viewer.probe(at),
});
const viewer = createViewer(theClient, picture, {
  summary: () => state.summary,
  onEntry: follow,
  onDrawn: (entry, frame) => pictures.saw({ entry, frame }),
  onFailed: noteFailure,
});
const lockDialog = createLockDialog();
const keysDialog = createKeysDialog({
  onAnywhere: (on) => {
    keysAnywhere = on;
  },
});
const about = createAbout();
const valueDialog = createValueDialog({ read: (...asked) => theClient().value(...asked) });
const watchDialog = createWatchDialog({ onWatch: lookFor, onShow: showWatched });
/** @param {import('./views/reference.js').Asked} asked */
const explain = async (asked) => (await theClient().lookUp('explain', asked)).topics;
const reference = createReference({
  read: (kind, find, used, start, stop) => theClient().lookUp('reference', { kind, find, used, start, stop }),
  explain,
});
const tagPopover = createTagPopover({
  explain,
  onMore: (asked) => reference.open(asked),
  currentPath: () => state.selection.path,
  hidden: () => state.hidden,
});
const profileMenu = createProfileMenu({ onOptions: (options) => judgeAgain({ options }) });
const reportMenu = createReportMenu({
  onReport: downloadReport,
  onResume: () => byId('marks-file').click(),
});
createSplitter(byId('tree-splitter'), {
  label: texts.splitter.tree,
  property: '--tree-width',
  pane: byId('tree'),
  edge: 'left',
  min: 160,
});
createSplitter(byId('picture-splitter'), {
  label: texts.splitter.picture,
  property: '--picture-width',
  pane: byId('picture'),
  edge: 'right',
  min: 200,
});

/** @param {Change} change */
function dispatch(change) {
  const before = state;
  const focused = document.activeElement;
  const inPanel = focused?.closest('.tab-panel');
  state = reduce(state, change);
  const root = document.documentElement;
  if (state.phase !== before.phase) performance.mark(state.phase); // for whoever measures: nothing need watch the page
  root.dataset.state = state.phase;
  if (state.phase === 'error') root.dataset.error = state.error;
  else delete root.dataset.error;
  if (state.kept !== null) root.dataset.offline = state.kept ? 'kept' : 'no';
  welcome.render(state);
  about.render(state);
  announcer.render(state);
  if (state.phase !== before.phase && focused && !focused.checkVisibility()) focusOfPhase();
  renderBadge();
  byId('hide').checked = state.hide;
  profileMenu.render(state);
  watchDialog.render(state);
  reference.render(state);
  byId('judging').hidden = !state.judging;
  if (!state.summary) return;
  ledger.render(state);
  passwordForm.render(state.summary.locked, state.tried);
  renderTrouble();
  tabs.render(state);
  tree.render(state);
  for (const panel of Object.values(panels)) panel.render(state);
  renderBeside();
  if (state.tab !== before.tab || before.phase !== state.phase) panels[state.tab].reveal();
  if (state.tab !== before.tab && inPanel) panels[state.tab].focus(); // else it would be lost with the hidden panel
  const reading = documentPane.render(state);
  byId('picture-document').hidden = !reading;
  byId('picture').classList.toggle('reading', reading);
  const entry = viewer.entry ?? state.selection.entry;
  showPlace();
  picture.name(entry === null ? '' : entryAt(state.summary, entry).name, state.hidden);
  keepFocus(focused);
}

/** What had the focus may be hidden now, or gone. @param {Element | null} focused */
function keepFocus(focused) {
  if (!focused || focused === document.body || state.phase !== 'done') return;
  const now = document.activeElement;
  if (now && now !== document.body && now.checkVisibility()) return;
  byId(`tab-${state.tab}`).focus();
}

/** The button that adds what is chosen to the comparison, and takes it out. */
function renderBeside() {
  const { summary, selection, beside } = state;
  const { entry } = selection;
  const button = byId('beside-button');
  button.hidden = !summary || entry === null || entryAt(summary, entry).status !== 'dicom';
  const isIn = entry !== null && beside.includes(entry);
  const { addShort, addWhat, removeShort, removeWhat } = texts.sideBySide;
  button.setAttribute('aria-pressed', String(isIn));
  button.textContent = isIn ? removeShort : addShort;
  button.title = isIn ? removeWhat : addWhat;
}

/** Where the focus goes that was on what another phase of the page has hidden; after a review it goes to the findings. */
function focusOfPhase() {
  if (state.phase === 'reviewing') byId('progress').focus();
  else if (state.phase !== 'done') byId('choose-files').focus();
}

function renderTrouble() {
  const notice = byId('notice');
  const words = state.trouble && texts.trouble[state.trouble];
  notice.hidden = !words;
  if (notice.textContent !== words) notice.textContent = words;
}

function renderBadge() {
  const badge = byId('lock-badge');
  const { held } = state.lock;
  const words = held ? texts.header.lockHeld : held === null ? texts.header.lockBooting : texts.header.lockFailed;
  if (badge.dataset.words === words) return;
  badge.dataset.words = words;
  badge.className = `badge ${held ? 'held' : held === null ? 'pending' : 'failed'}`;
  badge.replaceChildren(shapeMark(held === false ? 'identifier' : 'locked'), words);
}

// Selection -------------------------------------------------------------------------------------------------------

/** @param {Partial<Selection>} selection @param {Tab} [tab] */
function select(selection, tab) {
  const before = state.selection.entry;
  dispatch({ type: 'selected', selection, tab });
  if (state.selection.entry !== before) showEntry();
}

/** @param {Finding} finding @param {Tab} [tab] */
function selectFinding(finding, tab) {
  const entry = finding.first_entry ?? state.selection.entry;
  select({ finding: finding.id, entry, path: finding.path }, tab);
}

/** @param {ValueRow} row @param {Tab} [tab] */
function selectValue(row, tab) {
  select({ finding: null, entry: row.first_entry ?? state.selection.entry, path: row.path }, tab);
}

/** @param {Creator} creator @param {Tab} [tab] */
function showValuesOf(creator, tab) {
  dispatch({ type: 'values', kind: 'private', find: '', creator: creator.private_creator, tab });
}

/** Reads the elements of the selected entry and draws its picture. */
function showEntry() {
  const { summary, selection } = state;
  const { entry } = selection;
  if (entry === null || !summary) return;
  const { status } = entryAt(summary, entry);
  if (status !== 'dicom') {
    dispatch({ type: 'instance-failed', entry, message: texts.elements.notDicom(texts.files.is[status]) });
    viewer.clear(texts.picture.noPicture(texts.files.is[status]));
    return;
  }
  readInstance(entry);
  draw(0);
}

/** @param {number} entry */
async function readInstance(entry) {
  try {
    dispatch({ type: 'instance-read', instance: await theClient().instance(entry) });
  } catch (error) {
    dispatch({ type: 'instance-failed', entry, message: sentence(error) });
  }
}

/** Draws a frame of the selected entry. @param {number} frame */
function draw(frame) {
  // The reason why it cannot be drawn stands in the pane.
  drawn(/** @type {number} */ (state.selection.entry), frame).catch(() => {});
}

/** @param {number} entry @param {number} frame @param {null} [window] Null for that of the file. */
function drawn(entry, frame, window) {
  clearTimeout(following);
  return viewer.show(entry, frame, window, state.summary?.entries.name[entry] ?? '');
}

/** @param {number} entry @param {number} frame @returns {Promise<void>} */
async function show(entry, frame) {
  if (entry !== state.selection.entry) selectDrawn(entry);
  await drawn(entry, frame, null);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let following;

/** The viewer went on to another entry; the rest of the page follows once it stays there. @param {number} entry */
function follow(entry) {
  clearTimeout(following);
  following = setTimeout(() => selectDrawn(entry), FOLLOW_MS);
}

/** Selects what is drawn already, or about to be. @param {number} entry */
function selectDrawn(entry) {
  dispatch({ type: 'selected', selection: { finding: null, entry, path: '' } });
  if (state.summary?.entries.status[entry] === 'dicom') readInstance(entry);
}

/** @param {Finding} finding */
async function showFilesOf(finding) {
  const entries = new Set(await theClient().entriesOf(finding.id));
  dispatch({ type: 'files-of', finding: finding.id, entries });
}

/** @param {Tab} tab */
function showTab(tab) {
  dispatch({ type: 'tab', tab });
}

// A closer look ---------------------------------------------------------------------------------------------------

/** So many instances are compared side by side, as many as can be read beside each other. */
const MOST_BESIDE = 3;

/** @param {number[]} entries */
function setBeside(entries) {
  dispatch({ type: 'beside', entries });
}

/** Adds an entry to the comparison, or takes it out. @param {number} entry */
function toggleBeside(entry) {
  const { beside, summary } = state;
  const words = texts.sideBySide;
  if (!summary || entryAt(summary, entry).status !== 'dicom') announce(words.notDicom);
  else if (beside.includes(entry)) {
    setBeside(beside.filter((one) => one !== entry));
    announce(words.removed(beside.length - 1));
  } else {
    const full = beside.length >= MOST_BESIDE;
    setBeside([...beside.slice(0, MOST_BESIDE - 1), entry]);
    announce(full ? words.replaced : words.added(beside.length + 1));
  }
}

/** What varies in the series of an entry. @param {number} entry */
function showVaries(entry) {
  select({ finding: null, entry }, 'varies');
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let announcing;

/** Says what was done, for a moment, where the screen shows it only elsewhere. @param {string} words */
function announce(words) {
  const line = byId('said');
  clearTimeout(announcing);
  line.textContent = words;
  announcing = setTimeout(() => {
    line.textContent = '';
  }, SAID_MS);
}

// Files -----------------------------------------------------------------------------------------------------------

/** @param {ChosenFile[]} chosen */
function take(chosen) {
  if (!chosen.length) {
    dispatch({ type: 'failed', message: texts.errors.noFiles });
    return;
  }
  if (state.lock.held) review(chosen);
  else if (state.lock.held === null && state.phase === 'booting') {
    kept = () => chosen;
    dispatch({ type: 'kept', name: nameOf(chosen) });
  }
}

/** @returns {ChosenFile[]} The sample zip, which is in memory once the lock holds. */
function sampleFiles() {
  return sample ? [{ file: new File([sample], SAMPLE), name: SAMPLE }] : [];
}

/** @param {ChosenFile[]} chosen @param {string[]} [passwords] To try on what is encrypted. */
async function review(chosen, passwords = []) {
  const own = ++reviews;
  forgetMarks();
  comparing?.abort();
  const name = nameOf(chosen);
  viewer.clear(texts.picture.pick);
  dispatch({ type: 'opening', name, now: performance.now(), tried: passwords.length > 0 });
  try {
    const summary = await theClient().review(chosen, {
      passwords,
      profile: PROFILE,
      options: state.options,
      watch: state.watch,
      marks: state.marks,
      onProgress: (counts) => {
        if (own !== reviews) return;
        dispatch({ type: 'progress', step: counts.done < counts.entries ? 'reading' : 'judging', counts });
      },
      onPreview: (preview) => {
        if (own === reviews) dispatch({ type: 'previewed', preview });
      },
    });
    if (own !== reviews) return;
    dispatch({ type: 'reviewed', summary, now: performance.now() });
    showEntry();
    findings.focus();
    goToPlace(asked);
    asked = '';
  } catch (error) {
    if (own === reviews) dispatch({ type: 'failed', message: sentence(error) });
  }
}

function cancel() {
  reviews += 1;
  dispatch({ type: 'cancelled' });
  // A worker that does not boot again says so when the next file is opened.
  theClient()
    .cancel()
    .catch(() => {});
}

/** What is being compared. @type {AbortController | undefined} */
let comparing;
/** Of the files that are compared, once they were read. @type {Digests | null} */
let digests = null;

/** @param {Partial<State['comparison']>} comparison */
const compared = (comparison) => dispatch({ type: 'comparing', comparison });

/**
 * Runs one step of a comparison; the review stays, whatever comes of it.
 *
 * @param {'reading' | 'comparing' | 'pixels'} doing
 * @param {(controls: {onProgress: (counts: {done: number, entries: number}) => void, signal: AbortSignal}) => Promise<Compared>} work
 */
async function runComparison(doing, work) {
  comparing?.abort();
  const own = new AbortController();
  comparing = own;
  const { signal } = own;
  compared({ phase: 'busy', doing, counts: null, error: '' });
  let told = 0;
  const onProgress = (/** @type {{done: number, entries: number}} */ { done, entries }) => {
    if (signal.aborted || (performance.now() - told < FOLLOW_MS && done < entries)) return;
    told = performance.now();
    compared({ counts: { done, entries } });
  };
  // Told at once; a worker that reads still ends its share first.
  signal.addEventListener('abort', () => {
    if (comparing === own)
      compared({ phase: state.comparison.value ? 'done' : 'none', error: texts.beforeAfter.cancelled });
  });
  try {
    const { comparison: value, locked } = await work({ onProgress, signal });
    if (!signal.aborted) compared({ phase: 'done', value, locked, counts: null });
  } catch (error) {
    if (signal.aborted) return;
    const phase = state.comparison.value ? 'done' : 'none';
    compared({ phase, counts: null, error: texts.beforeAfter.notAfter(sentence(error)) });
  }
}

/**
 * @param {ChosenFile[]} chosen The file after de-identification of what was reviewed.
 * @param {string[]} [passwords] To try on what is encrypted.
 */
function compareWith(chosen, passwords = []) {
  if (!chosen.length || state.phase !== 'done') return undefined;
  digests = null;
  showTab('before-after');
  compared({ name: nameOf(chosen), value: null, locked: 0, tried: passwords.length > 0 });
  const { watch } = state;
  return runComparison('reading', (controls) => theClient().readAfter(chosen, { passwords, watch, ...controls }));
}

function comparePixels() {
  return runComparison('pixels', async (controls) => {
    digests = await theClient().digestPixels(controls);
    return theClient().compare(state.watch, digests);
  });
}

/** @param {string} format @param {boolean} withValues */
async function downloadComparison(format, withValues) {
  const text = await theClient().comparisonReport(format, withValues);
  download(text, format, format === 'text' ? 'comparison.txt' : `comparison.${format}`, withValues);
}

/** What is judged now, and for which review. @type {{own: number, done: Promise<void>} | undefined} */
let judging;

/**
 * Judges what was read by other options, another watch list or other marks. While the lead judges, only the newest choice waits.
 *
 * @param {{options?: string[], watch?: string[], marks?: Marks, canUndo?: boolean, canRedo?: boolean}} choices
 */
function judgeAgain(choices) {
  dispatch({ type: 'judging', ...choices });
  if (judging?.own !== reviews) {
    const begun = { own: reviews, done: judgeUntilSettled(reviews) };
    judging = begun;
    begun.done.finally(() => {
      if (judging === begun) judging = undefined;
    });
  }
  return judging.done;
}

/** @param {number} own */
async function judgeUntilSettled(own) {
  for (;;) {
    const { options, watch, marks } = state;
    try {
      const summary = await theClient().judge(PROFILE, options, watch, marks);
      if (own !== reviews) return;
      if (state.options !== options || state.watch !== watch || state.marks !== marks) continue;
      dispatch({ type: 'judged', summary });
      if (state.comparison.value) {
        runComparison('comparing', () => theClient().compare(state.watch, digests));
      }
      const { entry } = state.selection;
      if (entry !== null && entryAt(summary, entry).status === 'dicom') readInstance(entry);
      return;
    } catch (error) {
      if (own !== reviews) return;
      const refused = error instanceof RequestError && error.code === 'request';
      if (!refused || options === state.summary?.profile.options) {
        dispatch({ type: 'failed', message: sentence(error) });
        return;
      }
      dispatch({ type: 'not-judged', message: sentence(error) }); // by the options that were in force, then
    }
  }
}

/** @param {string[]} watch @returns {Promise<number | null>} How many findings it gives; null before a review. */
async function lookFor(watch) {
  if (state.phase !== 'done') {
    dispatch({ type: 'watch', watch });
    return null;
  }
  await judgeAgain({ watch });
  return state.summary?.findings.filter(({ rule }) => rule === WATCH_RULE).length ?? null;
}

function showWatched() {
  const first = state.summary?.findings.find(({ rule }) => rule === WATCH_RULE);
  if (!first) return;
  findings.find(ruleWords(first));
  selectFinding(first, 'findings');
  findings.focus();
}

// Marks -----------------------------------------------------------------------------------------------------------

/** So long nothing new must be found before what cannot be drawn is judged: it comes frame by frame. */
const QUIET_MS = 1500;

/** @typedef {Pick<Marks, 'series' | 'values'>} Given What the reviewer marked; that a frame cannot be drawn is no mark. */

/** The marks before each change. @type {Given[]} */
let marksBefore = [];
/** Those that were taken back. @type {Given[]} */
let marksAfter = [];
/** Frames that cannot be drawn and are not judged yet, by place. @type {Map<string, Undrawable>} */
let undrawable = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let quiet;

function forgetMarks() {
  marksBefore = [];
  marksAfter = [];
  undrawable = new Map();
  clearTimeout(quiet);
  pictures.reset();
}

/** @returns {Given} */
const given = () => ({ series: state.marks.series, values: state.marks.values });

/** @param {Partial<Given>} marks */
function setMarks(marks) {
  const canUndo = marksBefore.length > 0;
  return judgeAgain({ marks: { ...state.marks, ...marks }, canUndo, canRedo: marksAfter.length > 0 });
}

/** @param {Partial<Given>} marks That can be taken back. */
function changeMarks(marks) {
  marksBefore.push(given());
  marksAfter = [];
  return setMarks(marks);
}

/** By this computer's clock. */
const now = () => new Date().toISOString().replace(/\.\d+/, '');

/** @param {Pick<ValueMark, 'key' | 'path'>[]} marked @param {{said: Said, note: string} | null} mark Null takes them away. */
function markValues(marked, mark) {
  const keys = new Set(marked.map(({ key }) => key));
  const others = state.marks.values.filter(({ key }) => !keys.has(key));
  const { reviewer } = state;
  const fresh = mark ? marked.map(({ key, path }) => ({ key, path, ...mark, reviewer, time: now() })) : [];
  changeMarks({ values: [...others, ...fresh] });
}

/** @param {string} series @param {Omit<SeriesMark, 'series' | 'time'> | null} mark Null takes it away. */
function markSeries(series, mark) {
  const others = state.marks.series.filter((one) => one.series !== series);
  changeMarks({ series: mark ? [...others, { series, time: now(), ...mark }] : others });
}

function undoMark() {
  const before = marksBefore.pop();
  if (!before) return;
  marksAfter.push(given());
  setMarks(before);
}

function redoMark() {
  const after = marksAfter.pop();
  if (!after) return;
  marksBefore.push(given());
  setMarks(after);
}

/** Goes on from a file of marks. @param {File} file */
async function resume(file) {
  reportMenu.say(texts.report.resuming);
  try {
    await theClient().hash();
    const { marks, options } = await theClient().readMarks(await file.text());
    const { reviewer = '' } = [...marks.values, ...marks.series].findLast((mark) => mark.reviewer) ?? {};
    if (reviewer) dispatch({ type: 'reviewer', reviewer });
    dispatch({ type: 'judging', options });
    await changeMarks({ series: marks.series, values: marks.values });
    reportMenu.say(texts.report.resumed(marks.values.length, marks.series.length));
  } catch (error) {
    reportMenu.say(sentence(error));
  }
}

// Place -----------------------------------------------------------------------------------------------------------

/** What the address asked for when the page was opened. */
let asked = location.hash;

/** Keeps the address in step; no step back is made of it. */
function showPlace() {
  const fragment = toFragment(state);
  if (fragment && fragment !== decodeURIComponent(location.hash)) history.replaceState(null, '', fragment);
}

/** @param {string} fragment */
function goToPlace(fragment) {
  if (!state.summary) return;
  const { tab, entry, path = '', beside } = fromFragment(fragment, state.summary.archive.entries);
  if (beside.join() !== state.beside.join()) setBeside(beside.slice(0, MOST_BESIDE));
  if (entry !== undefined) select({ finding: null, entry, path }, tab);
  else if (tab) showTab(tab);
}

window.addEventListener('hashchange', () => goToPlace(location.hash));

/** @param {Undrawable[]} found */
function noteUndrawable(found) {
  const known = new Set(state.marks.undrawable.map(({ entry, frame }) => `${entry}/${frame}`));
  for (const one of found) {
    const place = `${one.entry}/${one.frame}`;
    if (!known.has(place) && !known.has(`${one.entry}/null`)) undrawable.set(place, one);
  }
  if (!undrawable.size) return;
  clearTimeout(quiet);
  quiet = setTimeout(judgeUndrawable, QUIET_MS);
}

function judgeUndrawable() {
  if (!undrawable.size || state.phase !== 'done') return;
  const marks = { ...state.marks, undrawable: [...state.marks.undrawable, ...undrawable.values()] };
  undrawable = new Map();
  judgeAgain({ marks });
}

/** What the core says of pixels, and what it says of an entry that cannot be read. */
const PICTURE_FAILURES = ['pixels', 'entry', 'dicom', 'internal'];

/** @param {number} entry @param {number | null} frame Null if no frame of it can be drawn. @param {Error} error */
function noteFailure(entry, frame, error) {
  if (!state.summary?.entries.frames[entry]) return; // it has no pixels
  if (frame === null || (error instanceof RequestError && PICTURE_FAILURES.includes(error.code))) {
    noteUndrawable([{ entry, frame, reason: error.message }]);
  }
}

/** Everything that was marked or found has been judged. */
async function settle() {
  judgeUndrawable();
  await judging?.done;
}

/** @param {string} format @param {boolean} values @param {HashControls} controls */
async function downloadReport(format, values, controls) {
  await settle();
  const hashed = NAMED_BY_DIGEST.has(format);
  if (hashed) await theClient().hash(controls);
  const { text, name } = await theClient().reportFile(values, format, hashed, now());
  controls.signal.throwIfAborted();
  downloadAs(name, text, format);
}

/** Formats that tell the archive's SHA-256, for which all of it is read. */
const NAMED_BY_DIGEST = new Set(['html', 'json', 'text', 'marks']);

/** @param {string} text @param {string} format @param {string} ending Of the file's name. @param {boolean} withValues */
function download(text, format, ending, withValues) {
  const [masked, shown] = state.summary?.file_stems ?? ['review', 'review'];
  downloadAs(`${withValues ? shown : masked}-${ending}`, text, format);
}

/** By format; what is not listed is saved as it is, whatever a browser thinks of its ending. @type {Record<string, string>} */
const MEDIA_TYPES = {
  json: 'application/json',
  html: 'text/html',
  csv: 'text/csv',
  'csv-values': 'text/csv',
  text: 'text/plain',
  marks: 'application/json',
};

/** @param {string} name @param {string} text @param {string} format */
function downloadAs(name, text, format) {
  const link = document.createElement('a');
  const type = MEDIA_TYPES[format];
  link.href = URL.createObjectURL(
    new Blob([text], { type: type ? `${type};charset=utf-8` : 'application/octet-stream' }),
  );
  link.download = name;
  link.click();
  // The download has begun by then; the text need not stay in memory.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {unknown} error @returns {string} */
function sentence(error) {
  if (error instanceof RequestError && error.detail) console.info(error.detail); // for a bug report; stays here
  return error instanceof Error ? error.message : String(error);
}

for (const id of ['file', 'folder']) {
  const input = byId(id);
  const takeChosen = () => {
    const chosen = fromInput(input.files);
    input.value = ''; // the same file may be chosen again
    take(chosen);
  };
  input.addEventListener('change', takeChosen);
  if (input.files.length) takeChosen(); // chosen before this script has run
}
byId('marks-file').addEventListener('change', () => {
  const [file] = byId('marks-file').files;
  if (file) resume(file);
  byId('marks-file').value = '';
});
byId('sample').addEventListener('click', () => {
  if (state.lock.held) take(sampleFiles());
  else {
    kept = sampleFiles;
    dispatch({ type: 'kept', name: SAMPLE });
  }
});
byId('after-file').addEventListener('change', () => {
  const chosen = fromInput(byId('after-file').files);
  byId('after-file').value = ''; // the same file may be chosen again
  compareWith(chosen);
});
byId('compare-button').addEventListener('click', () => {
  showTab('before-after');
  if (!state.comparison.value) beforeAfter.focus();
});
for (const id of ['choose-files', 'another']) byId(id).addEventListener('click', () => byId('file').click());
byId('choose-folder').addEventListener('click', () => byId('folder').click());
byId('lock-badge').addEventListener('click', () => lockDialog.open(state));
byId('keys-button').addEventListener('click', () => keysDialog.open());
byId('about-button').addEventListener('click', () => about.open(state));
byId('watch-button').addEventListener('click', () => watchDialog.open());
byId('beside-button').addEventListener('click', () => toggleBeside(/** @type {number} */ (state.selection.entry)));
byId('judging').setAttribute('aria-label', texts.profile.judging);
byId('hide').addEventListener('change', () => dispatch({ type: 'hidden' }));

const veil = byId('drop-veil');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  veil.hidden = !event.dataTransfer?.types.includes('Files');
  byId('drop-after').hidden = state.phase !== 'done';
  byId('drop-words').textContent = state.phase === 'done' ? texts.beforeAfter.dropBefore : texts.welcome.drop;
});
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) veil.hidden = true;
});
document.addEventListener('drop', async (event) => {
  event.preventDefault();
  veil.hidden = true;
  if (!event.dataTransfer?.types.includes('Files')) return;
  const isAfter = /** @type {HTMLElement} */ (event.target).closest?.('#drop-after');
  const chosen = await fromDrop(event.dataTransfer);
  if (isAfter) compareWith(chosen);
  else take(chosen);
});

// Keys ------------------------------------------------------------------------------------------------------------

/** Whether single letters are heard wherever the focus is. */
let keysAnywhere = true;

/** Whether the key that uncovers is down. */
let peeking = false;

/** @param {boolean} on */
function peek(on) {
  if (peeking === on) return;
  peeking = on;
  dispatch({ type: 'peek', on });
}

document.addEventListener('keyup', (event) => event.key.toLowerCase() === 'e' && peek(false));
window.addEventListener('blur', () => peek(false));

/** From the field above a list to the list. @param {HTMLElement} field */
function leaveField(field) {
  if (state.phase === 'done' && field.closest('.tab-panel')) panels[state.tab].focus();
  else field.blur();
}

document.addEventListener('keydown', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.closest('input:not([type=range], [type=checkbox]), select, textarea');
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !typing && state.phase === 'done') {
    const key = `${event.shiftKey ? 'shift ' : ''}${event.key.toLowerCase()}`;
    const action = { z: undoMark, y: redoMark, 'shift z': redoMark }[key];
    if (action) {
      action();
      event.preventDefault();
      return;
    }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (typing) {
    if (event.key === 'Escape') leaveField(target);
    return;
  }
  if (!keysAnywhere) return;
  const step = { '[': -1, ']': 1 }[event.key];
  /** @type {Record<string, () => void>} */
  const keys = { '?': () => keysDialog.open(), h: () => dispatch({ type: 'hidden' }), o: () => byId('file').click() };
  if (state.lock.held) keys.r = () => reference.open();
  if (!byId('watch-button').hidden) keys.w = () => watchDialog.open();
  if (state.phase === 'done') {
    const { entry } = state.selection;
    if (entry !== null) {
      keys.c = () => toggleBeside(entry);
      keys.v = () => showVaries(entry);
    }
    keys.t = () => tagPopover.explainFocused();
    keys.e = () => state.hide && peek(true);
    keys['/'] = () => panels[state.tab].focusFilter();
    keys.p = () => {
      if (byId('picture').contains(target)) panels[state.tab].focus();
      else if (byId('picture-document').hidden) byId('picture-stage').focus();
      else documentPane.focus();
    };
    TABS.slice(0, 9).forEach((tab, index) => {
      keys[String(index + 1)] = () => showTab(tab);
    });
  }
  const action = keys[event.key.toLowerCase()];
  if (action) action();
  else if (step && state.selection.entry !== null) {
    viewer.step(step);
  } else return;
  event.preventDefault();
});

// Start -----------------------------------------------------------------------------------------------------------

/** @type {any} */ (window).inspector = createInspector({
  client: theClient,
  summary: () => state.summary,
  show,
  probe,
  settle,
});

/** @returns {Promise<Attempt[]>} Every channel of the page, of the lead and of its Python, tried now. */
async function probe() {
  const [own, others] = await Promise.all([tryPage(), theClient().probe()]);
  return [...own, ...others];
}

start().catch((error) =>
  dispatch({ type: 'not-locked', attempts: [], verified: false, message: texts.errors.boot(sentence(error)) }),
);

async function start() {
  dispatch({ type: 'boot-step', step: 'loading' });
  const { offline, site, assets } = await begun;
  const { asked, worker, arriving, verified } = assets;
  offline.newVersion.then(() => dispatch({ type: 'new-version' }));
  dispatch({ type: 'site', site });
  assets.onProgress((loaded, total) => dispatch({ type: 'assets-loaded', loaded, total }));
  // Nothing is left to ask for, though the largest may still be arriving: from here on the network is given up.
  await Promise.all([asked, offline.registered]);
  giveUpNetwork();
  const readers = Math.min(navigator.hardwareConcurrency || 1, MAX_READERS);
  client = new Client(workerStarter(await worker), readers, (trouble) => dispatch({ type: 'trouble', trouble }));
  const forWorkers = Object.fromEntries(Object.entries(arriving).filter(([name]) => name !== SAMPLE));
  const arrived = assets.arrived.then(({ [SAMPLE]: sampleZip, ...others }) => {
    if (sampleZip instanceof Blob) sample = sampleZip;
    dispatch({ type: 'boot-step', step: 'starting' });
    return others;
  });
  // The page tries while Python starts: before, it has more to do, and the browser's word may come late.
  const [fromLead, fromPage] = await Promise.all([
    client.start({ arriving: forWorkers, arrived }),
    assets.first.then(tryPage),
  ]);
  /** @type {Attempt[]} */
  const attempts = [...fromPage, ...fromLead];
  const open = attempts.filter(({ refused }) => !refused);
  if (open.length) {
    const channels = open.map(({ from, channel }) => `${channel} from ${texts.lock.from[from]}`).join(', ');
    dispatch({ type: 'not-locked', attempts, verified, message: texts.errors.notLocked(channels) });
    return;
  }
  dispatch({ type: 'locked', attempts, verified });
  if (kept) take(kept());
  kept = undefined;
  // Whoever needs one of these workers awaits it and is told if it did not boot.
  client.startOthers().catch(() => {});
  dispatch({ type: 'site-kept', kept: await offline.keep() });
}
