/** All findings, gravest first, and below them the chosen one in full: rule, clause, values, files. */

import { make } from '../dom.js';
import { count, masked, maskedPath, tag } from '../format.js';
import { entryAt, SEVERITIES } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { factList, flagFacts, placeName, placeNodes, placeWords, ruleWords } from './flags.js';
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
      cell('element', placeWords(finding), `${finding.path} ${finding.name}`),
      cell('rule', ruleWords(finding), finding.evidence || ruleWords(finding)),
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
    const facts = flagFacts(finding);
    if (finding.private_creator) facts.push([texts.findings.creator, finding.private_creator]);
    const parts = [
      make(
        'header',
        { class: 'detail-head' },
        severityMark(finding.severity),
        make('h2', {}, ...placeNodes(finding)),
        make('span', { class: 'detail-count', text: texts.findings.occurs(finding.count, finding.files) }),
      ),
      factList(facts),
      finding.distinct > 0 &&
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
          entryAt(summary, first).status === 'dicom' &&
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
    ];
    detail.append(...parts.filter((part) => part !== false));
  }

  return {
    focusFilter: bar.focus,
    /** Narrows the list down, of all severities. @param {string} text */
    find(text) {
      bar.set(text, 'all');
      filter();
    },
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
  const { where, name, keyword, path, rule, clause, evidence, private_creator: creator, values, severity } = finding;
  const place = [placeName(where), name, keyword, path, tag(finding.tag), creator ?? ''];
  return [...place, rule, ruleWords(finding), clause, evidence, severity, ...values];
}
