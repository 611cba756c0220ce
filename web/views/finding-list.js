/** All findings, gravest first, and below them the chosen one in full: rule, clause, values, files. */

import { make } from '../dom.js';
import { count, masked, maskedPath, tag } from '../format.js';
import { entryAt, SEVERITIES } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { severityMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Finding, State, Summary } from '../state.js' */

const ROW_HEIGHT = 30;

/**
 * @param {HTMLElement} element
 * @param {{onSelect: (finding: Finding) => void, onOpen: (finding: Finding) => void, onFiles: (finding: Finding) => void}} actions
 */
export function createFindingList(element, { onSelect, onOpen, onFiles }) {
  /** @type {Summary | null} */
  let summary = null;
  let hidden = false;
  /** @type {Finding | null} */
  let shown = null;

  const bar = createFilterBar({
    label: texts.findings.filter,
    choiceLabel: texts.findings.severity,
    choices: {
      all: texts.findings.all,
      ...Object.fromEntries(SEVERITIES.map((severity) => [severity, texts.severity[severity].word])),
    },
    onChange: () => filter(),
  });
  const list = new VirtualList({
    label: texts.findings.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('finding', texts.findings.columns),
    render: (/** @type {Finding} */ finding) => renderRow(finding),
    onSelect,
    onOpen,
  });
  const nothing = make('p', { class: 'nothing', hidden: true });
  const detail = make('section', { class: 'detail', 'aria-live': 'polite' });
  element.append(bar.element, list.element, nothing, detail);

  function filter() {
    if (!summary) return;
    const { text, choice } = bar;
    const rows = summary.findings.filter(
      (finding) =>
        (choice.value === 'all' || finding.severity === choice.value) &&
        (!text || words(finding).some((word) => word.toLowerCase().includes(text))),
    );
    list.replaceRows(rows, shown ? rows.indexOf(shown) : -1);
    bar.tally.textContent = texts.files.shown(rows.length, summary.findings.length);
    nothing.hidden = rows.length > 0;
    nothing.textContent = summary.findings.length ? texts.findings.noMatch : texts.findings.none;
  }

  /** @param {Finding} finding @returns {HTMLElement} */
  function renderRow(finding) {
    const files = make('button', {
      type: 'button',
      class: 'count-link',
      tabindex: -1,
      text: count(finding.files),
      'aria-label': texts.findings.showFiles(finding.files),
      onclick: () => onFiles(finding),
    });
    return make(
      'div',
      { class: 'row finding', role: 'row' },
      cell('severity', severityMark(finding.severity)),
      cell('element', elementWords(finding), `${finding.path} ${finding.name}`),
      cell('action', finding.action, texts.findings.action(finding.action)),
      cell('files', files),
      cell('distinct', count(finding.distinct)),
      cell('values', valueWords(finding, finding.values[0] ?? '')),
    );
  }

  /** @param {Finding} finding @param {string} value */
  function valueWords(finding, value) {
    if (!hidden || finding.severity === 'info') return value;
    return finding.where === 'entry-name' ? maskedPath(value) : masked(value);
  }

  function renderDetail() {
    detail.replaceChildren();
    if (!shown || !summary) {
      detail.append(make('p', { class: 'detail-hint', text: summary?.findings.length ? texts.findings.pick : '' }));
      return;
    }
    const finding = shown;
    const { first_entry: first } = finding;
    const facts = [
      [texts.findings.rule, `${finding.rule}, ${finding.clause}`],
      finding.action ? [texts.findings.asks, texts.findings.action(finding.action)] : null,
      finding.private_creator ? [texts.findings.creator, finding.private_creator] : null,
    ].filter((fact) => fact !== null);
    detail.append(
      make(
        'header',
        { class: 'detail-head' },
        severityMark(finding.severity),
        make('h2', {}, ...elementNodes(finding)),
        make('span', { class: 'detail-count', text: texts.findings.occurs(finding.count, finding.files) }),
      ),
      make(
        'dl',
        { class: 'facts' },
        ...facts.map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', { text }))),
      ),
      make(
        'div',
        { class: 'detail-values' },
        make('span', { class: 'values-title', text: texts.findings.distinctValues(finding.distinct) }),
        ...finding.values.map((value) =>
          make('span', { class: 'value-chip', text: valueWords(finding, value) || '\u2013' }),
        ),
        finding.distinct > finding.values.length &&
          make('span', { class: 'more', text: texts.findings.more(finding.distinct - finding.values.length) }),
      ),
      make(
        'div',
        { class: 'detail-actions' },
        finding.path &&
          first !== null &&
          make('button', {
            type: 'button',
            class: 'button small',
            text: texts.findings.showElement,
            onclick: () => onOpen(finding),
          }),
        finding.files > 0 &&
          make('button', {
            type: 'button',
            class: 'button small',
            text: texts.findings.showFiles(finding.files),
            onclick: () => onFiles(finding),
          }),
        first !== null &&
          make('span', {
            class: 'detail-entry',
            text: hidden ? maskedPath(entryAt(summary, first).name) : entryAt(summary, first).name,
          }),
      ),
    );
  }

  return {
    focusFilter: bar.focus,
    focus: () => list.element.focus({ preventScroll: true }),
    /** @param {State} state */
    render(state) {
      const changed = state.summary !== summary || state.hidden !== hidden;
      const chosen = state.summary?.findings[state.selection.finding ?? -1] ?? null;
      const moved = chosen !== shown;
      summary = state.summary;
      hidden = state.hidden;
      shown = chosen;
      if (changed) filter();
      if (changed || moved) renderDetail();
      if (moved) list.setCurrent(shown ? list.rows.indexOf(shown) : -1);
    },
    /** After the list was hidden: brings the selected row into view. */
    reveal: () => list.reveal(),
  };
}

/** @param {Finding} finding @returns {string[]} What the filter looks into. */
function words(finding) {
  const { name, keyword, path, rule, clause, private_creator: creator, values, severity } = finding;
  return [name, keyword, path, tag(finding.tag), rule, clause, creator ?? '', severity, ...values];
}

/** @param {Finding} finding @returns {(HTMLElement | string)[]} */
function elementNodes(finding) {
  const { where, path, name, private_creator: creator } = finding;
  if (!path) return [texts.where[/** @type {keyof typeof texts.where} */ (where)] ?? where];
  const depth = path.split('/').length - 1;
  return [
    make('span', { class: 'path', text: path }),
    ' ',
    make('span', { class: 'name', text: name || creator || (depth ? '' : texts.where.element) }),
  ];
}

/** @param {Finding} finding */
function elementWords(finding) {
  return make('span', { class: 'element-words' }, ...elementNodes(finding));
}
