/** Before and after de-identification: what became of what was reviewed, and whether it holds. */

import { make } from '../dom.js';
import { count, masked, maskedPath } from '../format.js';
import { texts } from '../texts.js';
import { shapeMark } from './marks.js';
import { createPasswordForm } from './password-form.js';

/** @import { Comparison, ElementFate, Fate, Inconsistency, State, Survivor, Verdict } from '../state.js' */

const words = texts.beforeAfter;

/** Rows of a table on the screen; the report has all. */
const MOST_ROWS = 200;

/** @type {Record<Verdict, Parameters<typeof shapeMark>[0]>} */
const SHAPES = { clean: 'clean', review: 'review', identified: 'identifier' };
/** @type {Fate[]} */
const FATES = ['removed', 'emptied', 'replaced', 'kept', 'added'];

/**
 * @param {HTMLElement} element
 * @param {{
 *   onChoose: () => void,
 *   onCancel: () => void,
 *   onPixels: () => void,
 *   onPassword: (password: string) => void,
 *   onReport: (format: string, values: boolean) => void,
 * }} actions
 */
export function createBeforeAfter(element, { onChoose, onCancel, onPixels, onPassword, onReport }) {
  const title = make('p', { class: 'progress-title', role: 'status' });
  const bar = make('progress', { 'aria-label': words.progress });
  const counts = make('p', { class: 'fine' });
  const running = make(
    'div',
    { class: 'compare-progress', hidden: true },
    title,
    bar,
    counts,
    make('button', { type: 'button', class: 'button', text: words.cancel, onclick: onCancel }),
  );
  const trouble = make('p', { class: 'trouble', role: 'alert', hidden: true });
  const choose = make('button', { type: 'button', class: 'button', onclick: onChoose });
  const intro = make(
    'div',
    { class: 'compare-intro' },
    make('h2', { text: words.title }),
    make('p', { text: words.what }),
    make('p', { text: words.how }),
  );
  const form = make('form', { id: 'after-password', class: 'password', hidden: true });
  const passwordForm = createPasswordForm(form, { onPassword });
  const result = make('div', { class: 'compare-result' });
  element.append(intro, trouble, running, form, result, make('p', { class: 'compare-choose' }, choose));
  /** What is shown. @type {{value: Comparison | null, hidden: boolean}} */
  let shown = { value: null, hidden: false };

  /** @param {Comparison} value @param {boolean} hidden @param {string} afterName */
  function renderResult(value, hidden, afterName) {
    /** @param {string} text */
    const show = (text) => (hidden ? masked(text) : text);
    /** @param {string} path */
    const showPath = (path) => (hidden ? maskedPath(path) : path);
    const lost = value.elements.filter((row) => row.lost);
    const changed = value.elements.filter((row) => FATES.some((fate) => fate !== 'kept' && row[fate]));
    result.replaceChildren(
      make('h2', { text: words.heading(showPath(value.before.name), showPath(afterName)) }),
      make(
        'p',
        { class: `verdict ${value.verdict}` },
        make('span', { class: 'verdict-word' }, shapeMark(SHAPES[value.verdict]), words.verdict[value.verdict]),
        make('span', { text: value.reason }),
      ),
      make(
        'p',
        { class: 'fine' },
        `${words.byItself} `,
        make('strong', { text: texts.verdict[value.after.verdict] }),
        ` ${value.after.reason}`,
      ),
      make('p', { text: words.objects(value.objects) }),
      ...(value.objects.alike ? [make('p', { text: words.alike(value.objects.alike) })] : []),
      make(
        'p',
        { class: 'compare-pixels' },
        make('span', { text: words.pixels(value.pixels) }),
        value.pixels
          ? null
          : make('button', { type: 'button', class: 'button small', text: words.readPixels, onclick: onPixels }),
      ),
      section(
        words.survivors,
        value.survivors.length,
        value.survivors.map((one) => survivorRow(one, show)),
        words.survivorColumns,
      ),
      section(
        words.inconsistencies,
        Object.values(value.inconsistent).reduce((sum, n) => sum + n, 0),
        value.inconsistencies.map((one) => inconsistencyRow(one, show)),
        words.inconsistencyColumns,
      ),
      section(
        words.lost,
        lost.length,
        lost.map((row) => [place(row), count(row.lost), examples(row, show)]),
        words.lostColumns,
      ),
      section(
        words.alone,
        value.objects.only_before + value.objects.only_after,
        [
          ...value.only_before.map(({ entry, alike }) => [
            alike ? words.before + words.tooAlike : words.before,
            showPath(entry),
          ]),
          ...value.only_after.map((entry) => [words.after, showPath(entry)]),
        ],
        words.aloneColumns,
      ),
      section(
        words.elements,
        changed.length,
        changed.map((row) => [place(row), row.action, fates(row), examples(row, show)]),
        words.elementColumns,
        false,
      ),
      make(
        'p',
        { class: 'compare-saves' },
        make('span', { text: words.save }),
        ...['html', 'json', 'text'].map((format) =>
          make('button', {
            type: 'button',
            class: 'button small',
            text: words.formats[/** @type {'html'} */ (format)],
            onclick: () => onReport(format, false),
          }),
        ),
        make('span', { class: 'fine', text: words.saveMasked }),
      ),
    );
  }

  return {
    focus: () => (choose.hidden ? element : choose).focus({ preventScroll: true }),
    focusFilter: () => choose.focus(),
    reveal: () => {},
    /** @param {State} state */
    render({ comparison: { phase, name, counts: progress, error, value, doing, locked, tried }, hidden }) {
      const busy = phase === 'busy';
      running.hidden = !busy;
      passwordForm.render(busy || !value ? 0 : locked, tried);
      title.textContent = busy ? words.doing[doing](hidden ? maskedPath(name) : name) : '';
      if (progress?.entries) {
        bar.max = progress.entries;
        bar.value = progress.done;
        counts.textContent = texts.progress.entries(progress.done, progress.entries);
      } else {
        bar.removeAttribute('value');
        counts.textContent = '';
      }
      trouble.hidden = !error;
      if (trouble.textContent !== error) trouble.textContent = error;
      intro.hidden = Boolean(value) || busy;
      choose.hidden = busy;
      choose.textContent = value ? words.another : words.choose;
      choose.classList.toggle('primary', !value);
      result.hidden = !value || busy;
      if (value && (shown.value !== value || shown.hidden !== hidden)) renderResult(value, hidden, value.after.name);
      shown = { value, hidden };
    },
  };
}

/**
 * @param {string} title @param {number} total @param {(string | Node)[][]} rows @param {readonly string[]} columns
 * @param {boolean} [isOpen]
 */
function section(title, total, rows, columns, isOpen = true) {
  const head = make(
    'summary',
    {},
    make('span', { text: title }),
    make('span', { class: 'tab-count', text: count(total) }),
  );
  if (!total) return make('p', { class: 'compare-none' }, shapeMark('clean'), `${title}: ${words.none}`);
  const table = make(
    'table',
    { class: 'compare-table' },
    make('thead', {}, make('tr', {}, ...columns.map((name) => make('th', { scope: 'col', text: name })))),
    make(
      'tbody',
      {},
      ...rows.slice(0, MOST_ROWS).map((cells) => make('tr', {}, ...cells.map((content) => make('td', {}, content)))),
    ),
  );
  const more = total - Math.min(rows.length, MOST_ROWS);
  return make(
    'details',
    { class: 'compare-section', open: isOpen },
    head,
    table,
    more ? make('p', { class: 'fine', text: words.more(more) }) : null,
  );
}

/** @param {Survivor} one @param {(text: string) => string} show */
function survivorRow(one, show) {
  const { word } = texts.severity[one.severity];
  return [
    make('span', { class: `known ${one.severity}` }, shapeMark(one.severity), word),
    place(one) || texts.where[/** @type {'element'} */ (one.where)],
    words.rules[/** @type {'uid-kept'} */ (one.rule)] ?? texts.rules.others[one.rule] ?? one.rule,
    count(one.files),
    one.values.map(show).join(' | ') + (one.distinct > one.values.length ? ' …' : ''),
  ];
}

/** @param {Inconsistency} one @param {(text: string) => string} show */
function inconsistencyRow(one, show) {
  const became =
    one.rule === 'date-shift'
      ? words.days(show(one.patient), one.new)
      : `${few(one.old.map(show))} → ${few(one.new.map(show))}`;
  const what = words.inconsistent[/** @type {'uid-split'} */ (one.rule)];
  return [one.kept ? `${what} ${words.partlyKept}` : what, became, few(one.paths), count(one.occurrences)];
}

/** @param {string[]} list */
const few = (list) => list.slice(0, 3).join(', ') + (list.length > 3 ? ' …' : '');

/** @param {{path: string, name: string}} one */
const place = ({ path, name }) => [name, path].filter(Boolean).join(' ');

/** @param {ElementFate} row */
const fates = (row) =>
  FATES.filter((fate) => row[fate])
    .map((fate) => `${count(row[fate])} ${words.fates[fate]}`)
    .join(', ');

/** @param {ElementFate} row @param {(text: string) => string} show */
function examples(row, show) {
  const say = (/** @type {string | null} */ text) =>
    text === null ? words.nothing : text === '' ? words.empty : show(text);
  return row.examples
    .filter((one) => one.old !== one.new)
    .map((one) => `${say(one.old)} → ${say(one.new)}`)
    .join('; ');
}
