/**
 * All pictures of a series or of the whole archive as small pictures, the riskiest first; above them the series that is
 * looked at: its composite pictures, and what the reviewer says of it.
 */

import { make } from '../dom.js';
import { count } from '../format.js';
import { createGlance, THUMBNAIL_SIZE } from '../glance.js';
import { item } from '../item.js';
import { texts } from '../texts.js';
import { createCompositeDialog, paintComposite } from './composite-dialog.js';
import { field, markButton } from './mark-bar.js';
import { seenMark, shapeMark } from './marks.js';
import { MAX_TILES, TileGrid } from './tile-grid.js';

/** @import { Answer } from '../client.js' */
/** @import { Place } from '../glance.js' */
/** @import { PictureSeries, Seen, SeriesMark, State, Summary, Undrawable } from '../state.js' */

const GAP = 6;
const CAPTION = 19;
/** So many tiles behind the last that is in view are made ahead. */
const AHEAD = 60;

/** The three marks, with the key that sets each while the pictures have the focus. @type {[Seen, string][]} */
const MARKS = [
  ['nothing burned in', 'n'],
  ['burned-in text', 't'],
  ['unsure', 'u'],
];

/**
 * @param {HTMLElement} element
 * @param {object} actions
 * @param {(type: 'thumbnail' | 'compose' | 'compose_step' | 'composed', payload: object) => Promise<Answer>} actions.ask
 * @param {(place: Place) => void} actions.onOpen
 * @param {(found: Undrawable[]) => void} actions.onUndrawable
 * @param {(series: string, mark: Omit<SeriesMark, 'series' | 'time'> | null) => void} actions.onMark Null takes it away.
 * @param {() => void} actions.onUndo
 * @param {(reviewer: string) => void} actions.onReviewer
 */
export function createContactSheet(element, { ask, onOpen, onUndrawable, onMark, onUndo, onReviewer }) {
  const words = texts.pictures;
  /** @type {Summary | null} */
  let summary = null;
  /** @type {State | null} */
  let shownState = null;
  /** Entries on the sheet, in order, and how many tiles stand before each. @type {number[]} */
  let entries = [];
  /** @type {number[]} */
  let starts = [];
  /** How many frames each entry has, by index; more than its header says, if so. @type {number[]} */
  let frames = [];
  /** @type {Map<number, PictureSeries>} */
  let seriesOf = new Map();
  /** By entry: modality and place in its series. @type {Map<number, string>} */
  let captions = new Map();
  /** @type {PictureSeries | null} */
  let series = null;
  /** @type {Place} */
  let current = { entry: -1, frame: 0 };
  let total = 0;
  let active = false;

  const glance = createGlance({
    ask,
    onUndrawable,
    onThumbnail: (place) => {
      grid.refreshTile(indexOf(place));
      see();
    },
    onFrames: (entry, number) => {
      frames[entry] = number;
      layOut();
    },
    onComposites: ({ series: { key } }) => {
      if (key === series?.key) renderComposites();
      if (dialog.shows(key)) dialog.refresh(glance.compositesOf(key));
      renderTally();
    },
  });

  // What is chosen

  const scope = make(
    'select',
    { class: 'choice', 'aria-label': words.scope, onchange: layOut },
    make('option', { value: 'archive', text: words.scopes.archive }),
    make('option', { value: 'series', text: words.scopes.series }),
  );
  const order = make(
    'select',
    { class: 'choice', 'aria-label': words.order, onchange: layOut },
    make('option', { value: 'risk', text: words.orders.risk }),
    make('option', { value: 'place', text: words.orders.place }),
  );
  const next = make('button', {
    type: 'button',
    class: 'button small',
    text: words.next,
    title: words.nextWhat,
    onclick: goToUnmarked,
  });
  const tally = make('span', { class: 'tally', role: 'status' });
  const bar = make('div', { class: 'filter-bar sheet-bar' }, scope, order, tally, next);

  // The series

  const title = make('p', { class: 'series-title' });
  const drawnWords = make('p', { class: 'fine series-drawn' });
  const figures = words.composites.map(({ title: caption, what }, which) => {
    const canvas = make('canvas', { width: 1, height: 1 });
    const button = make(
      'button',
      { type: 'button', class: 'composite', title: what, onclick: () => openComposite(which) },
      make('span', { class: 'composite-frame' }, canvas),
      make('span', { class: 'composite-caption', text: caption }),
    );
    return { canvas, button };
  });
  const compositeWords = make('span', { class: 'composite-words' });
  const toggle = make('button', {
    type: 'button',
    class: 'button small',
    onclick: () => series && glance.toggle(series.key),
  });
  const composites = make(
    'div',
    { class: 'composites' },
    make('div', { class: 'composite-row' }, ...figures.map(({ button }) => button)),
    make('p', { class: 'fine composite-state' }, compositeWords, toggle),
  );
  const buttons = MARKS.map(([seen, key]) => {
    const button = markButton(key, words.markMeanings[seen], () => mark(seen), seenMark(seen), words.marks[seen]);
    return { seen, key, button };
  });
  const note = field(words.note);
  const reviewer = field(words.reviewer);
  for (const input of [note, reviewer]) {
    input.addEventListener('change', () => {
      const marked = theMark();
      if (marked) setMark(marked.seen);
    });
  }
  reviewer.addEventListener('change', () => onReviewer(reviewer.value.trim()));
  const undo = make('button', { type: 'button', class: 'button small', text: words.undo, onclick: onUndo });
  const form = make(
    'div',
    { class: 'mark-form', role: 'group', 'aria-label': words.markLabel },
    title,
    make('div', { class: 'mark-buttons' }, ...buttons.map(({ button }) => button), undo),
    make('div', { class: 'mark-fields' }, reviewer, note),
    drawnWords,
  );
  const head = make('div', { class: 'series-bar' }, composites, form);
  const grid = new TileGrid({
    label: words.label,
    width: THUMBNAIL_SIZE + GAP,
    gap: GAP,
    height: THUMBNAIL_SIZE + CAPTION + GAP,
    render: renderTile,
    onSelect: (index) => open(placeAt(index)),
    onView: look,
    onKey,
  });
  const nothing = make('p', { class: 'nothing', text: words.none });
  element.append(bar, head, grid.element, nothing);
  const dialog = createCompositeDialog();

  /** @param {KeyboardEvent} event @returns {boolean} */
  function onKey(event) {
    const key = event.key.toLowerCase();
    const marking = buttons.find((one) => one.key === key);
    if (marking) mark(marking.seen);
    else if (key === 'z') onUndo();
    else if (key === 'm') goToUnmarked();
    else if (key === 'enter') openComposite(0);
    else return false;
    return true;
  }

  // Tiles

  /** @param {number} index @returns {Place} */
  function placeAt(index) {
    let low = 0;
    let high = entries.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (item(starts, middle) <= index) low = middle;
      else high = middle - 1;
    }
    return { entry: item(entries, low), frame: index - item(starts, low) };
  }

  /** @type {Map<number, number>} */
  let positions = new Map();

  /** @param {Place} place @returns {number} Or -1. */
  function indexOf({ entry, frame }) {
    const at = positions.get(entry);
    return at === undefined ? -1 : item(starts, at) + frame;
  }

  function layOut() {
    if (!summary) return;
    const { by_risk, series: all } = summary.pictures;
    const inPlace = all.flatMap((one) => one.entries);
    const chosen = order.value === 'risk' ? by_risk : inPlace;
    entries = scope.value === 'series' ? chosen.filter((entry) => seriesOf.get(entry) === series) : chosen;
    positions = new Map(entries.map((entry, at) => [entry, at]));
    total = 0;
    starts = entries.map((entry) => {
      const start = total;
      total += item(frames, entry);
      return start;
    });
    grid.setCount(total, indexOf(current));
    const any = all.length > 0;
    grid.element.hidden = !any;
    head.hidden = !series;
    bar.hidden = !any;
    nothing.hidden = any;
    renderTally();
  }

  function renderTally() {
    const shown = Math.min(total, MAX_TILES);
    const all = summary?.pictures.series ?? [];
    const unmarked = all.filter((one) => !markOf(one)).length;
    tally.textContent = words.tally(shown, total, all.length - unmarked, all.length);
    next.disabled = unmarked === 0;
    renderDrawn();
  }

  function renderDrawn() {
    drawnWords.textContent = series ? words.drawn(glance.drawnOf(series), series.frames) : '';
  }

  /** @param {number} index @returns {HTMLElement} */
  function renderTile(index) {
    const place = placeAt(index);
    const { entry, frame } = place;
    const made = glance.thumbnailAt(place);
    const number = item(frames, entry);
    const label = shownState?.hidden ? '' : made?.label;
    const caption = [captions.get(entry), number > 1 && words.frame(frame, number), label].filter(Boolean).join(' · ');
    const { entries: columns } = /** @type {Summary} */ (summary);
    const risk = item(columns.risk, entry);
    const marked = markOf(seriesOf.get(entry));
    const picture = make('span', { class: 'tile-picture' });
    const reason = made?.video ? words.video : made?.reason;
    if (made?.image) {
      const canvas = make('canvas', { width: made.image.width, height: made.image.height });
      canvas.getContext('2d')?.putImageData(made.image, 0, 0);
      // A picture of a few pixels would be a dot.
      const times = Math.floor(THUMBNAIL_SIZE / Math.max(made.image.width, made.image.height));
      if (times > 1) canvas.style.width = `${made.image.width * times}px`;
      picture.append(canvas);
    } else if (made) picture.append(make('span', { class: 'tile-reason', text: reason }));
    const said = [caption, words.risks[risk], marked && words.marks[marked.seen], reason].filter(Boolean);
    return make(
      'div',
      {
        class: `tile${made ? '' : ' waiting'}${made?.video ? ' video' : made && !made.image ? ' failed' : ''}`,
        title: said.join('\n'),
      },
      picture,
      make(
        'span',
        { class: 'tile-caption' },
        marked
          ? seenMark(marked.seen)
          : risk === 'said' || risk === 'high'
            ? shapeMark(risk === 'said' ? 'identifier' : 'review')
            : '',
        make('span', { text: caption }),
        make('span', { class: 'visually-hidden', text: said.slice(1).join(', ') }),
      ),
    );
  }

  let view = { first: 0, last: -1 };

  /** @param {number} first @param {number} last */
  function look(first, last) {
    view = { first, last };
    if (!active) return;
    /** @type {Place[]} */
    const places = [];
    for (let index = first; index <= Math.min(last + AHEAD, Math.min(total, MAX_TILES) - 1); index++) {
      places.push(placeAt(index));
    }
    glance.want(places);
    see();
  }

  /** Counts what is in view now. */
  function see() {
    if (!active || element.hidden || document.hidden) return;
    for (let index = view.first; index <= Math.min(view.last, total - 1); index++) {
      const place = placeAt(index);
      if (glance.thumbnailAt(place)?.image) glance.saw(place);
    }
    renderDrawn();
  }

  /** @param {Place} place */
  function open(place) {
    current = place;
    onOpen(place);
  }

  // The series that is looked at

  /** @param {PictureSeries | null | undefined} one @returns {SeriesMark | undefined} */
  function markOf(one) {
    return one ? shownState?.marks.series.find(({ series: key }) => key === one.key) : undefined;
  }

  const theMark = () => markOf(series);

  /** @param {Seen} seen Set by a second press, it is taken away. */
  function mark(seen) {
    if (!series) return;
    if (theMark()?.seen === seen) onMark(series.key, null);
    else setMark(seen);
  }

  /** @param {Seen} seen */
  function setMark(seen) {
    if (!series) return;
    const drawn = glance.drawnOf(series);
    onMark(series.key, { seen, note: note.value.trim(), reviewer: reviewer.value.trim(), drawn });
  }

  function goToUnmarked() {
    if (!summary) return;
    const { by_risk } = summary.pictures;
    const from = by_risk.indexOf(current.entry) + 1;
    const entry = [...by_risk.slice(from), ...by_risk.slice(0, from)].find((one) => {
      const other = seriesOf.get(one);
      return other !== series && !markOf(other);
    });
    if (entry !== undefined) open({ entry, frame: 0 });
  }

  function renderSeries() {
    head.hidden = !series;
    glance.compose(series);
    if (!series || !summary) return;
    const [first = 0] = series.entries;
    const name = seriesName(summary, first);
    const risk = item(summary.entries.risk, first);
    title.replaceChildren(
      make('strong', { text: name.modality }),
      shownState?.hidden ? '' : ` ${name.words}`,
      make('span', { class: 'fine', text: ` · ${words.frames(series.frames)} · ${words.risks[risk]}` }),
    );
    renderMark();
    renderComposites();
  }

  function renderMark() {
    const marked = theMark();
    for (const { seen, button } of buttons) button.setAttribute('aria-pressed', String(marked?.seen === seen));
    if (document.activeElement !== note) note.value = marked?.note ?? '';
    undo.disabled = !shownState?.canUndo;
    renderDrawn();
  }

  function renderComposites() {
    const made = series ? glance.compositesOf(series.key) : undefined;
    const [largest] = [...(made?.groups ?? [])].sort((one, other) => other.frames - one.frames);
    figures.forEach(({ canvas, button }, which) => {
      button.disabled = !largest;
      paintComposite(canvas, largest, which);
    });
    toggle.hidden = !made || made.state === 'finished';
    toggle.textContent = made?.state === 'running' ? words.stop : words.goOn;
    compositeWords.textContent = made ? words.compositeState(made) : words.compositeWaiting;
    compositeWords.title = words.compositesWhat;
  }

  /** @param {number} which Of the three. */
  function openComposite(which) {
    const made = series && glance.compositesOf(series.key);
    if (!made?.groups.length || !summary) return;
    const { modality, words: named } = seriesName(summary, made.series.entries[0] ?? 0);
    dialog.open(made, which, shownState?.hidden ? modality : `${modality} ${named}`);
  }

  return {
    focus: () => grid.element.focus({ preventScroll: true }),
    focusFilter: () => scope.focus(),
    reveal: () => grid.reveal(),
    /** Other files are being opened. */
    reset() {
      glance.reset();
      summary = null;
      current = { entry: -1, frame: 0 };
    },
    /** A frame was drawn in the viewer. @param {Place} place */
    saw(place) {
      glance.saw(place);
      current = place;
      if (!active) return;
      grid.setCurrent(indexOf(place));
      renderDrawn();
    },
    /** @param {State} state */
    render(state) {
      const before = shownState;
      shownState = state;
      active = state.tab === 'pictures' && state.phase === 'done';
      let changed = false;
      if (state.summary && state.summary !== summary) {
        summary = state.summary;
        glance.setFrames(summary.entries.frames);
        frames = summary.entries.frames.map((number, entry) => Math.max(number, frames[entry] ?? 0));
        seriesOf = new Map(summary.pictures.series.flatMap((one) => one.entries.map((entry) => [entry, one])));
        captions = toCaptions(summary);
        changed = true;
      }
      const { entry } = state.selection;
      // The viewer may be ahead of the selection, which follows it.
      if (entry !== null && entry !== before?.selection.entry && entry !== current.entry) current = { entry, frame: 0 };
      const chosen = (entry === null ? null : seriesOf.get(entry)) ?? null;
      const other = chosen?.key !== series?.key;
      series = chosen;
      if (changed || (other && scope.value === 'series')) layOut();
      if (changed || other || before?.hidden !== state.hidden) renderSeries();
      if (before?.reviewer !== state.reviewer) reviewer.value = state.reviewer;
      if (before?.marks.series !== state.marks.series || before?.canUndo !== state.canUndo) {
        renderMark();
        renderTally();
        grid.refresh();
      }
      grid.setCurrent(indexOf(current));
      glance.setActive(active);
      if (active && (before?.tab !== state.tab || changed)) look(view.first, view.last);
    },
  };
}

/** @param {Summary} summary @param {number} entry @returns {{modality: string, words: string}} */
function seriesName({ patients }, entry) {
  for (const { studies } of patients) {
    for (const { series } of studies) {
      const found = series.find(({ instances }) => instances.includes(entry));
      if (!found) continue;
      const words = [found.number && `#${found.number}`, found.description].filter(Boolean).join(' ');
      return { modality: found.modality || texts.tree.series, words };
    }
  }
  return { modality: texts.tree.series, words: '' };
}

/** @param {Summary} summary @returns {Map<number, string>} By entry: modality, and which of its series; no value of a person. */
function toCaptions({ pictures, patients }) {
  const modalities = new Map(
    patients.flatMap(({ studies }) =>
      studies.flatMap(({ series }) => series.flatMap((one) => one.instances.map((entry) => [entry, one.modality]))),
    ),
  );
  return new Map(
    pictures.series.flatMap(({ entries }) =>
      entries.map((entry, at) => [entry, `${modalities.get(entry) ?? ''} ${count(at + 1)}`.trim()]),
    ),
  );
}
