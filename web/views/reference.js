/**
 * What a tag, a VR, a UID or a modality is: a popover at any tag on the page, by pointer, touch, focus or key, and a
 * dialog to look things up in.
 */

import { byId, make } from '../dom.js';
import { count, masked } from '../format.js';
import { texts } from '../texts.js';
import { clauseLink, factList } from './flags.js';
import { severityMark } from './marks.js';
import { PagedList } from './paged-list.js';
import { cell, headRow } from './virtual-list.js';

/** @import { Severity, State } from '../state.js' */

/**
 * @typedef {keyof typeof texts.reference.kinds} Kind
 *
 * @typedef {object} Topic A row of the reference.
 * @property {Kind} kind
 * @property {string} code
 * @property {string} name
 * @property {string} keyword
 * @property {string} vr
 * @property {string} vm
 * @property {string} private_creator
 * @property {boolean} retired
 * @property {boolean} known Whether any table knows it.
 * @property {string} action What the profile asks for; '' for nothing.
 * @property {number} used How often the archive uses it.
 *
 * @typedef {Topic & {
 *   vr_words: {vr: string, name: string, length: string, words: string}[],
 *   facts: {about: 'is' | 'known' | 'searched' | Severity, text: string}[],
 *   profile: {basic: string, options: {title: string, action: string, chosen: boolean}[], action: string, clause: string} | null,
 * }} Explained
 *
 * @typedef {{kind: Kind, code: string, creator: string | null}} Asked
 * @typedef {(asked: Asked) => Promise<Explained[]>} Explain
 */

const words = texts.reference;
const TAG = /\([0-9A-F]{4},[0-9A-Fx]{4}\)|\([0-9A-F]{2}xx,[0-9A-F]{4}\)/g;
const ROW_HEIGHT = 28;
const REST_MS = 200;
/** So long the pointer rests on a tag before it is explained; passing over it means nothing. */
const HOVER_MS = 450;
/** So long it may take from the tag to the popover. */
const LEAVE_MS = 350;
const GAP_PX = 6;

/** @param {string} text @returns {string} The last tag in it: of a path that of the element itself; '' where there is none. */
const lastTag = (text) => text.match(TAG)?.at(-1) ?? '';

// The popover ---------------------------------------------------------------------------------------------------------

/**
 * @param {{explain: Explain, onMore: (asked: Asked) => void, currentPath: () => string, hidden: () => boolean}} actions
 *   `currentPath`: of the chosen element, which the key explains where the focus is on no tag.
 */
export function createTagPopover({ explain, onMore, currentPath, hidden }) {
  const popover = make('div', {
    id: 'tag-popover',
    class: 'tag-popover',
    popover: 'manual',
    role: 'dialog',
    tabindex: -1,
  });
  document.body.append(popover);
  /** What is explained. @type {{code: string, box: DOMRect} | null} */
  let shown = null;
  /** Where the focus goes back to. @type {HTMLElement | null} */
  let before = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let coming;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;
  /** The tag that the pointer is on. */
  let under = '';
  let asked = 0;

  function close() {
    clearTimeout(coming);
    clearTimeout(leaving);
    coming = leaving = undefined;
    asked += 1;
    if (!shown) return;
    const inside = popover.contains(document.activeElement);
    shown = null;
    popover.hidePopover();
    if (inside) before?.focus({ preventScroll: true });
  }

  /**
   * @param {string} code @param {string | null} creator @param {DOMRect} box Beside which it is shown.
   * @param {boolean} [enter] Whether the focus goes into it.
   */
  async function open(code, creator, box, enter = false) {
    clearTimeout(leaving);
    leaving = undefined;
    if (shown?.code === code && popover.matches(':popover-open')) {
      if (enter) popover.focus();
      return;
    }
    close();
    const own = ++asked;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    /** @type {(Node | string)[]} */
    let content;
    try {
      const topics = await explain({ kind: 'tags', code, creator });
      content = topics.flatMap((topic) => explanation(topic, hidden()));
      const [first] = topics;
      const more = first && { kind: first.kind, code: first.code, creator: first.private_creator || null };
      content.push(
        make('button', {
          type: 'button',
          class: 'button small',
          text: words.more,
          onclick: () => {
            close();
            if (more) onMore(more);
          },
        }),
      );
    } catch (error) {
      content = [make('p', { text: words.failed(/** @type {Error} */ (error).message) })];
    }
    if (own !== asked) return;
    // What a dialog covers can be neither seen nor reached: there the popover is part of the dialog.
    (document.querySelector('dialog[open]') ?? document.body).append(popover);
    popover.setAttribute('aria-label', words.about(code));
    popover.replaceChildren(...content);
    shown = { code, box };
    popover.showPopover();
    place(box);
    if (enter) {
      before = focused;
      popover.focus();
    }
  }

  /** @param {DOMRect} box */
  function place(box) {
    const { offsetWidth: width, offsetHeight: height } = popover;
    const below = box.bottom + GAP_PX + height <= innerHeight || box.top < height + GAP_PX;
    const top = below ? Math.min(box.bottom + GAP_PX, innerHeight - height - GAP_PX) : box.top - height - GAP_PX;
    popover.style.top = `${Math.max(GAP_PX, top)}px`;
    popover.style.left = `${Math.max(GAP_PX, Math.min(box.left, innerWidth - width - GAP_PX))}px`;
  }

  function leave() {
    if (leaving !== undefined || !shown || popover.contains(document.activeElement)) return;
    leaving = setTimeout(close, LEAVE_MS);
  }

  document.addEventListener('pointermove', ({ clientX, clientY, pointerType, target, buttons }) => {
    if (pointerType === 'touch' || buttons) return;
    const at = /** @type {Element} */ (target);
    if (popover.contains(at)) {
      under = '';
      clearTimeout(leaving);
      leaving = undefined;
      return;
    }
    const found = tagAt(at, clientX, clientY);
    const code = found?.code ?? '';
    if (code !== under) {
      under = code;
      clearTimeout(coming);
      coming = found ? setTimeout(() => open(found.code, found.creator, found.box), HOVER_MS) : undefined;
    }
    if (shown && code !== shown.code) leave();
    else {
      clearTimeout(leaving);
      leaving = undefined;
    }
  });
  document.addEventListener('pointerdown', ({ target }) => {
    clearTimeout(coming);
    if (!popover.contains(/** @type {Node} */ (target))) close();
  });
  document.addEventListener('pointerup', ({ clientX, clientY, pointerType, target }) => {
    if (pointerType !== 'touch') return;
    const found = tagAt(/** @type {Element} */ (target), clientX, clientY);
    if (found) open(found.code, found.creator, found.box);
  });
  document.addEventListener('click', ({ target, detail }) => {
    const button = tagButtonOf(target);
    if (button) openAt(button, detail === 0); // by a key, which has no pointer to read with
  });
  document.addEventListener('focusin', ({ target }) => {
    const button = tagButtonOf(target);
    if (button?.matches(':focus-visible') && !popover.contains(button)) openAt(button, false);
  });
  document.addEventListener('focusout', ({ target }) => {
    if (tagButtonOf(target)) leave();
  });
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !shown) return;
      close();
      event.preventDefault();
      event.stopImmediatePropagation(); // nothing else that is open closes with it
    },
    true,
  );
  document.addEventListener('scroll', (event) => event.target !== popover && close(), true);
  window.addEventListener('resize', close);
  popover.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !popover.contains(/** @type {Node} */ (relatedTarget))) close();
  });

  /** @param {HTMLElement} button @param {boolean} enter */
  function openAt(button, enter) {
    const code = lastTag(button.textContent ?? '');
    if (code) open(code, button.dataset.creator ?? null, button.getBoundingClientRect(), enter);
  }

  return {
    close,
    /** Explains the tag of the row that the focus is on, or of the chosen element; for the key. */
    explainFocused() {
      const focused = document.activeElement;
      const row = document.getElementById(focused?.getAttribute('aria-activedescendant') ?? '') ?? focused;
      const near = row && row !== document.body ? (row.querySelector('.path, .cell.tag') ?? row) : null;
      const code = lastTag(near?.textContent ?? '') || lastTag(currentPath());
      if (code) open(code, null, (near ?? document.body).getBoundingClientRect(), true);
    },
  };
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const tagButtonOf = (target) =>
  /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest('.tag-button'));

/**
 * @param {Element} element @param {number} x @param {number} y
 * @returns {{code: string, creator: string | null, box: DOMRect} | null} The tag that is written there.
 */
function tagAt(element, x, y) {
  const caret = caretAt(x, y);
  if (!caret || caret.node.nodeType !== Node.TEXT_NODE || !element.contains(caret.node)) return null;
  for (const { 0: code, index } of (caret.node.textContent ?? '').matchAll(TAG)) {
    if (caret.offset < index || caret.offset > index + code.length) continue;
    const range = document.createRange();
    range.setStart(caret.node, index);
    range.setEnd(caret.node, index + code.length);
    const box = range.getBoundingClientRect();
    const inside = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    const creator = tagButtonOf(element)?.dataset.creator ?? null;
    if (inside) return { code, creator, box };
  }
  return null;
}

/** @param {number} x @param {number} y @returns {{node: Node, offset: number} | null} */
function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const at = document.caretPositionFromPoint(x, y);
    return at && { node: at.offsetNode, offset: at.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y); // WebKit
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

// What is known of a thing ---------------------------------------------------------------------------------------------

/** @param {Explained} topic @param {boolean} hidden @returns {HTMLElement[]} */
function explanation(topic, hidden) {
  const code = !topic.known && topic.kind === 'modalities' && hidden ? masked(topic.code) : topic.code;
  const heading = make(
    'h3',
    { class: 'topic-title' },
    make('span', { class: 'path', text: code }),
    ' ',
    make('span', { text: topic.name || words.noName }),
  );
  /** @type {[string, string | Node][]} */
  const facts = [];
  const { facts: terms } = words;
  for (const { about, text } of topic.facts) {
    if (about === 'is') facts.push([terms.is, sentence(text)]);
    else if (about === 'searched') facts.push([terms.searched, words.searched]);
    else if (about === 'known') facts.push([terms.known, sentence(text)]);
    else
      facts.push([
        terms.severity,
        make('span', { class: 'topic-severity' }, severityMark(about), sentence(text || texts.severity[about].meaning)),
      ]);
  }
  if (topic.private_creator) facts.push([terms.creator, topic.private_creator]);
  if (topic.keyword) facts.push([terms.keyword, topic.keyword]);
  if (topic.kind !== 'vrs') for (const one of topic.vr_words) facts.push([terms.vr, words.vrWords(one)]);
  if (topic.vm) facts.push([terms.vm, words.vm(topic.vm)]);
  if (topic.kind === 'tags' || topic.kind === 'private') facts.push([terms.profile, profileWords(topic)]);
  if (topic.used) facts.push([terms.used, words.usedTimes[topic.kind](topic.used)]);
  return [
    heading,
    ...(topic.retired ? [make('p', { class: 'topic-retired', text: words.retired })] : []),
    ...(topic.known ? [] : [make('p', { class: 'fine', text: words.unknown })]),
    factList(facts),
  ];
}

/** @param {Explained} topic @returns {Node} */
function profileWords({ profile, action }) {
  if (!profile) {
    return make('span', { text: action ? texts.findings.action(action) : words.nothingAsked });
  }
  const others = [
    ...(profile.options.length || profile.basic !== action ? [words.basic(profile.basic)] : []),
    ...profile.options.map((one) => words.options(one.title, one.action, one.chosen)),
  ];
  return make(
    'span',
    {},
    make('strong', { text: texts.findings.action(action) }),
    others.length ? ` · ${others.join('; ')} (` : ' (',
    clauseLink(profile.clause),
    ')',
  );
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// The dialog ----------------------------------------------------------------------------------------------------------

/**
 * @param {{
 *   read: (kind: Kind, find: string, used: boolean, start: number, stop: number) => Promise<{total: number, rows: Topic[]}>,
 *   explain: Explain,
 * }} actions
 */
export function createReference({ read, explain }) {
  const dialog = byId('reference-dialog');
  const button = byId('reference-button');
  let hidden = false;
  /** @type {State['summary']} */
  let summary = null;
  let stale = true;
  /** Chosen as soon as the rows are there. */
  let first = false;
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const find = make('input', {
    type: 'search',
    class: 'filter',
    placeholder: words.find,
    'aria-label': words.find,
    spellcheck: 'false',
    autocomplete: 'off',
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(load, REST_MS);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'ArrowDown') {
        list.focus();
        list.selectFirst();
      } else if (event.key === 'Escape') {
        dialog.close(); // a browser would only empty the field
      } else return;
      event.preventDefault();
    },
  });
  const kind = make(
    'select',
    { class: 'choice', 'aria-label': words.kind, onchange: () => load() },
    ...Object.entries(words.kinds).map(([value, text]) => make('option', { value, text })),
  );
  const used = make('input', { type: 'checkbox', onchange: () => load() });
  const tally = make('span', { class: 'tally', role: 'status' });
  const list = new PagedList({
    label: words.label,
    kind: 'topic',
    rowHeight: ROW_HEIGHT,
    head: headRow('topic', words.columns),
    reading: words.reading,
    render: (/** @type {Topic} */ row) => renderRow(row),
    onSelect: (row) => show(row),
    onRows: (total) => {
      tally.textContent = words.total(total);
      if (first && total) {
        first = false;
        list.selectFirst();
      }
      return used.checked && !find.value ? words.noneUsed : words.none;
    },
  });
  const detail = make('section', {
    class: 'detail topic-detail',
    'aria-live': 'polite',
    tabindex: 0,
    'aria-label': words.title,
  });
  const title = make('h2', { id: 'reference-title', text: words.title });
  dialog.setAttribute('aria-labelledby', title.id);
  dialog.append(
    make(
      'header',
      { class: 'dialog-head' },
      title,
      make('button', { type: 'button', class: 'button', text: words.close, onclick: () => dialog.close() }),
    ),
    make(
      'div',
      { class: 'filter-bar' },
      find,
      kind,
      make('label', { class: 'check' }, used, make('span', { text: words.used })),
      tally,
    ),
    list.element,
    detail,
  );
  dialog.addEventListener('click', (/** @type {Event} */ event) => event.target === dialog && dialog.close());

  function load() {
    clearTimeout(timer);
    asked += 1;
    tally.textContent = '';
    detail.replaceChildren(make('p', { class: 'detail-hint', text: words.pick }));
    const [chosen, text, only] = [/** @type {Kind} */ (kind.value), find.value.trim(), used.checked];
    list.load((start, stop) => read(chosen, text, only, start, stop));
  }

  /** @param {Topic} row @returns {HTMLElement} */
  function renderRow(row) {
    const code = !row.known && row.kind === 'modalities' && hidden ? masked(row.code) : row.code;
    const more = row.private_creator || [row.vr, row.vm].filter(Boolean).join(' · ');
    const name = row.name || words.noName;
    return make(
      'div',
      { class: `row topic${row.retired ? ' retired' : ''}`, role: 'row' },
      cell('code', make('span', { class: 'path', text: code }), code),
      cell(
        'name',
        make('span', {}, name, row.retired && make('span', { class: 'aside', text: words.retiredShort })),
        [name, row.keyword].filter(Boolean).join(' · '),
      ),
      cell('more', more, more),
      cell('action', row.action, texts.findings.action(row.action)),
      cell('used', row.used ? count(row.used) : ''),
    );
  }

  /** @param {Topic} row */
  async function show(row) {
    const own = ++asked;
    /** @type {Node[]} */
    let content;
    try {
      const topics = await explain({ kind: row.kind, code: row.code, creator: row.private_creator || null });
      content = topics.flatMap((topic) => explanation(topic, hidden));
    } catch (error) {
      content = [make('p', { text: words.failed(/** @type {Error} */ (error).message) })];
    }
    if (own === asked) detail.replaceChildren(...content);
  }

  button.addEventListener('click', () => open());

  /** @param {Asked} [wanted] */
  function open(wanted) {
    if (wanted) {
      find.value = wanted.creator ? `${wanted.code} ${wanted.creator}` : wanted.code;
      kind.value = wanted.kind;
      used.checked = false;
      first = true;
    }
    if (!dialog.open) dialog.showModal();
    if (wanted || stale) {
      stale = false;
      load();
    }
    find.focus();
    find.select();
  }

  return {
    open,
    /** @param {State} state */
    render(state) {
      button.hidden = !state.lock.held;
      if (state.summary !== summary) stale = true;
      summary = state.summary;
      if (state.hidden !== hidden) {
        hidden = state.hidden;
        list.refresh();
      }
    },
  };
}
