/** Up to three instances side by side: one row for each element, what differs marked down to the characters. */

import { make } from '../dom.js';
import { masked, maskedPath } from '../format.js';
import { item } from '../item.js';
import { entryAt } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { placeWords } from './flags.js';
import { PagedList } from './paged-list.js';
import { tagButton } from './tag-button.js';
import { cell } from './virtual-list.js';

/** @import { Severity, State, Summary } from '../state.js' */

/**
 * @typedef {'equal' | 'different' | 'missing' | 'unread'} Agreement
 *
 * @typedef {object} Cell What one instance says at one path.
 * @property {string} vr
 * @property {[string, boolean][]} parts The value, or what it is; of each part whether it differs.
 * @property {boolean} before Whether something of the value comes before the parts.
 * @property {boolean} after
 * @property {boolean} binary
 * @property {number} length
 * @property {number | null} first_byte The first that differs, of a binary value.
 * @property {Severity | null} severity
 *
 * @typedef {object} Row
 * @property {string} path
 * @property {string} tag
 * @property {string} name
 * @property {string} keyword
 * @property {string | null} private_creator
 * @property {Agreement} agreement
 * @property {(Cell | null)[]} cells By instance.
 *
 * @typedef {object} Compared
 * @property {number} entry
 * @property {string} name
 * @property {string} sop_class_name
 * @property {string} transfer_syntax_name
 * @property {number} elements
 * @property {string[]} problems
 *
 * @typedef {{total: number, rows: Row[], counts: Record<Agreement, number>, instances: Compared[]}} Answer
 */

const words = texts.sideBySide;
const ROW_HEIGHT = 26;
const REST_MS = 200;
/** Of the characters with which all values begin so many stay before the first that differs, so that it is in view. */
const LEAD = 10;
/** Shorter values are shown whole. */
const LONG = 22;

/**
 * @param {HTMLElement} element
 * @param {{
 *   read: (entries: number[], kind: string, find: string, start: number, stop: number) => Promise<Answer>,
 *   onBeside: (entries: number[]) => void,
 *   onAdd: () => void,
 *   onElement: (entry: number, path: string) => void,
 *   onOpen: (entry: number, row: {path: string, tag: string, name: string, vr: string, private_creator: string | null}) => void,
 *   onVaries: (entry: number) => void,
 * }} actions
 */
export function createCompare(element, { read, onBeside, onAdd, onElement, onOpen, onVaries }) {
  /** @type {Summary | null} */
  let summary = null;
  /** @type {number[]} */
  let entries = [];
  let hidden = false;
  let stale = false;
  /** @type {Compared[]} */
  let instances = [];
  /** @type {Row | null} */
  let chosen = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const bar = createFilterBar({
    label: words.filter,
    choiceLabel: words.kind,
    choices: words.kinds,
    onChange: () => {
      clearTimeout(timer);
      timer = setTimeout(() => load(), REST_MS);
    },
  });
  const add = make('button', { type: 'button', class: 'button small', text: words.add, onclick: onAdd });
  const varies = make('button', {
    type: 'button',
    class: 'button small',
    text: words.varies,
    onclick: () => onVaries(item(entries, 0)),
  });
  const clear = make('button', {
    type: 'button',
    class: 'button small',
    text: words.clear,
    onclick: () => {
      onBeside([]);
      add.focus();
    },
  });
  const tools = make('div', { class: 'beside-tools' }, add, varies, clear);
  const intro = make(
    'div',
    { class: 'beside-intro' },
    make('h2', { text: words.title }),
    make('p', { text: words.what }),
    make('p', { text: words.how }),
  );
  const hint = make('p', { class: 'limit', text: words.one, hidden: true });
  const head = make('div', { class: 'row head beside', role: 'row', 'aria-rowindex': 1 });
  const list = new PagedList({
    label: words.label,
    kind: 'beside',
    rowHeight: ROW_HEIGHT,
    head,
    reading: words.reading,
    render: (/** @type {Row} */ row) => renderRow(row),
    onSelect: (row) => {
      chosen = row;
      renderDetail();
    },
    onOpen: (row) => {
      const at = row.cells.findIndex(Boolean);
      onElement(item(entries, at), row.path);
    },
    onRows: () => (bar.text || bar.choice.value !== 'differs' ? words.noMatch : words.none),
  });
  const detail = make('section', { class: 'detail', 'aria-live': 'polite' });
  element.append(intro, bar.element, tools, hint, list.element, detail);

  function load() {
    const asked = [...entries];
    // Of one instance alone nothing differs: all of it is shown.
    const kind = asked.length < 2 && bar.choice.value === 'differs' ? 'all' : bar.choice.value;
    const find = bar.text;
    chosen = null;
    renderDetail();
    bar.tally.textContent = '';
    list.load(
      asked.length
        ? async (start, stop) => {
            const answer = await read(asked, kind, find, start, stop);
            if (asked.length > 1) bar.tally.textContent = words.counts(answer.counts);
            instances = answer.instances;
            renderHead();
            return answer;
          }
        : null,
    );
  }

  function renderHead() {
    head.replaceChildren(
      make(
        'span',
        { class: 'cell sign', role: 'columnheader' },
        make('span', { class: 'visually-hidden', text: words.agreement }),
      ),
      make('span', { class: 'cell element', role: 'columnheader', text: words.element }),
      ...instances.map((one, index) => {
        const letter = item(words.letters, index);
        const name = hidden ? maskedPath(one.name) : one.name;
        const title = [name, one.sop_class_name, one.transfer_syntax_name].filter(Boolean).join(' · ');
        return make(
          'span',
          { class: 'cell beside-head', role: 'columnheader', title },
          make('strong', { text: letter }),
          make('span', { class: 'beside-name' }, make('bdi', { text: name.split('/').pop() ?? '' })),
          make('button', {
            type: 'button',
            class: 'beside-remove',
            'aria-label': words.remove(letter),
            title: words.remove(letter),
            text: '×',
            onclick: () => {
              onBeside(entries.filter((entry) => entry !== one.entry));
              add.focus();
            },
          }),
        );
      }),
    );
  }

  /** @param {Row} row @returns {HTMLElement} */
  function renderRow(row) {
    const { agreement } = row;
    return make(
      'div',
      { class: `row beside ${agreement}`, role: 'row' },
      cell(
        'sign',
        make(
          'span',
          {},
          make('span', { 'aria-hidden': 'true', text: words.signs[agreement] }),
          make('span', { class: 'visually-hidden', text: words.words[agreement] }),
        ),
        words.words[agreement],
      ),
      cell(
        'element',
        placeWords({ where: 'element', path: row.path, name: row.name, private_creator: row.private_creator }),
        [row.path, row.name, row.private_creator].filter(Boolean).join(' '),
      ),
      ...row.cells.map((one, index) => {
        const content = make('span', { class: 'beside-value' }, ...valueNodes(row, index, true));
        return cell('value', content, isHidden(one) ? '' : plainText(one));
      }),
    );
  }

  /** @param {Cell | null} one Whether it is not to be read. */
  function isHidden(one) {
    return hidden && one !== null && one.severity !== null && one.severity !== 'info';
  }

  /**
   * @param {Row} row @param {number} index Of the instance.
   * @param {boolean} narrow Whether equal characters before the first that differs are left out.
   * @returns {(Node | string)[]}
   */
  function valueNodes(row, index, narrow) {
    const one = item(row.cells, index);
    if (!one) return [make('span', { class: 'beside-missing', text: words.noElement })];
    const text = one.parts.map(([part]) => part).join('');
    // Beside a value that is hidden, marks would tell some of its characters.
    const marks = !row.cells.some(isHidden);
    const differs = one.parts.some(([, differ]) => differ) || one.first_byte !== null;
    if (isHidden(one)) {
      const dots = masked(text);
      return differs
        ? [
            make(
              'mark',
              { class: 'differs whole' },
              dots,
              make('span', { class: 'visually-hidden', text: ` ${words.hiddenDiffers}` }),
            ),
          ]
        : [dots];
    }
    if (!text)
      return [
        make(differs || row.agreement === 'different' ? 'mark' : 'span', { class: 'beside-empty', text: words.empty }),
      ];
    if (!marks) return differs ? [make('mark', { class: 'differs whole', text })] : [text];
    const lead = narrow && text.length > LONG ? leadOf(row) - LEAD : 0;
    const nodes = one.parts.map(([part, differ], at) => {
      const visible = at === 0 && lead > 0 && !differ ? `…${[...part].slice(lead).join('')}` : part;
      return differ ? make('mark', { class: 'differs', text: visible }) : visible;
    });
    if (one.first_byte !== null)
      nodes.push(make('mark', { class: 'differs whole', text: words.differsFrom(one.first_byte) }));
    return [one.before && !narrow ? '…' : '', ...nodes, one.after && !narrow ? '…' : ''];
  }

  function renderDetail() {
    detail.hidden = !entries.length;
    if (!chosen) {
      detail.replaceChildren(make('p', { class: 'detail-hint', text: words.pick }));
      return;
    }
    const row = chosen;
    const vrs = new Set(row.cells.map((one) => one?.vr ?? ''));
    vrs.delete('');
    detail.replaceChildren(
      make(
        'header',
        { class: 'detail-head' },
        make('span', {
          class: `beside-agreement ${row.agreement}`,
          text: `${words.signs[row.agreement]} ${words.words[row.agreement]}`,
        }),
        make('h2', {}, tagButton(row.path, row.private_creator), ' ', row.name || row.private_creator || ''),
      ),
      make(
        'dl',
        { class: 'beside-values' },
        ...row.cells.flatMap((one, index) => {
          const letter = item(words.letters, index);
          const entry = item(entries, index);
          return [
            make('dt', { text: letter }),
            make(
              'dd',
              {},
              make('span', { class: 'beside-full' }, ...valueNodes(row, index, false)),
              one && vrs.size > 1 && make('span', { class: 'aside', text: words.vr(one.vr) }),
              one &&
                make('button', {
                  type: 'button',
                  class: 'button small',
                  text: words.showElement(letter),
                  onclick: () => onElement(entry, row.path),
                }),
              one &&
                make('button', {
                  type: 'button',
                  class: 'button small',
                  text: texts.elements.open,
                  onclick: () => onOpen(entry, { ...row, vr: one.vr }),
                }),
            ),
          ];
        }),
      ),
    );
  }

  return {
    focusFilter: bar.focus,
    focus: () => (entries.length ? list.focus() : add.focus()),
    reveal: () => list.reveal(),
    /** @param {State} state */
    render(state) {
      const { selection } = state;
      const changed = state.beside !== entries;
      if (changed || state.summary !== summary) stale = true;
      const masks = state.hidden !== hidden;
      summary = state.summary;
      hidden = state.hidden;
      if (changed) {
        entries = state.beside;
        list.element.style.setProperty('--instances', String(Math.max(1, entries.length)));
      }
      const some = entries.length > 0;
      intro.hidden = some;
      bar.element.hidden = list.element.hidden = varies.hidden = clear.hidden = !some;
      hint.hidden = entries.length !== 1;
      add.classList.toggle('primary', !some);
      const { entry } = selection;
      add.disabled =
        entry === null || !summary || entryAt(summary, entry).status !== 'dicom' || entries.includes(entry);
      detail.hidden = !some;
      if (stale && state.tab === 'compare') {
        stale = false;
        load();
      } else if (masks) {
        renderHead();
        list.refresh();
        renderDetail();
      }
    },
  };
}

/** @param {Cell | null} one */
function plainText(one) {
  if (!one) return words.noElement;
  const text = one.parts.map(([part]) => part).join('');
  return `${one.before ? '…' : ''}${text}${one.after ? '…' : ''}${one.first_byte === null ? '' : ` · ${words.differsFrom(one.first_byte)}`}`;
}

/** @param {Row} row @returns {number} With how many characters all values begin alike; 0 where all are. */
function leadOf({ cells }) {
  const starts = cells.flatMap((one) => {
    const [first] = one?.parts ?? [];
    return one && one.parts.some(([, differ]) => differ) ? [first && !first[1] ? [...first[0]].length : 0] : [];
  });
  return starts.length ? Math.min(...starts) : 0;
}
