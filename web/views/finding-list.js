/**
 * All findings by severity, gravest first, and then by element or by rule; below them the chosen one in full: rule,
 * clause, values, files.
 */

import { make } from '../dom.js';
import { count, masked, maskedPath, tag } from '../format.js';
import { entryAt, SEVERITIES } from '../state.js';
import { texts } from '../texts.js';
import { createFilterBar } from './filter-bar.js';
import { factList, flagFacts, placeName, placeHeading, placeWords, ruleWords } from './flags.js';
import { severityMark } from './marks.js';
import { cell, headRow, VirtualList } from './virtual-list.js';

/** @import { Finding, Severity, State, Summary } from '../state.js' */

const ROW_HEIGHT = 30;

/**
 * @typedef {object} Heading A row above the findings of a group, which Enter and a click fold away.
 * @property {string} key
 * @property {Severity} severity
 * @property {string} words Empty where the severity is the group.
 * @property {number} count
 *
 * @typedef {'element' | 'rule'} Grouping What stands together within a severity.
 */

/** @param {Finding | Heading} row @returns {row is Heading} */
const isHeading = (row) => 'key' in row;

/**
 * @param {HTMLElement} element
 * @param {{onSelect: (finding: Finding) => void, onOpen: (finding: Finding) => void, onFiles: (finding: Finding) => void, onBeside: (entry: number) => void}} actions
 */
export function createFindingList(element, { onSelect, onOpen, onFiles, onBeside }) {
  /** @type {Summary | null} */
  let summary = null;
  let hidden = false;
  /** @type {Finding | null} */
  let shown = null;
  /** Keys of the groups that are folded away. @type {Set<string>} */
  const folded = new Set();

  const bar = createFilterBar({
    label: texts.findings.filter,
    choiceLabel: texts.findings.severity,
    choices: {
      all: texts.findings.all,
      ...Object.fromEntries(SEVERITIES.map((severity) => [severity, texts.severity[severity].word])),
    },
    onChange: () => filter(),
  });
  const grouping = make(
    'select',
    { class: 'choice', 'aria-label': texts.findings.grouping, onchange: () => filter() },
    ...Object.entries(texts.findings.groupings).map(([value, text]) => make('option', { value, text })),
  );
  bar.element.insertBefore(grouping, bar.tally);
  const list = new VirtualList({
    label: texts.findings.label,
    role: 'grid',
    rowHeight: ROW_HEIGHT,
    head: headRow('finding', texts.findings.columns),
    render: (/** @type {Finding | Heading} */ row) => (isHeading(row) ? renderHeading(row) : renderRow(row)),
    onSelect: (row) => !isHeading(row) && onSelect(row),
    onOpen: (row) => (isHeading(row) ? fold(row, !folded.has(row.key)) : onOpen(row)),
    onKey: (event, row) => {
      const wanted = { ArrowLeft: true, ArrowRight: false }[event.key];
      if (!isHeading(row) || wanted === undefined) return false;
      fold(row, wanted);
      return true;
    },
  });
  list.element.addEventListener('click', (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('.row.heading'));
    const heading = row && list.rows[Number(row.dataset.index)];
    if (heading && isHeading(heading)) fold(heading, !folded.has(heading.key));
  });
  const nothing = make('p', { class: 'nothing', hidden: true });
  const detail = make('section', { class: 'detail', 'aria-label': texts.findings.detail });
  element.append(bar.element, list.element, nothing, detail);

  function filter() {
    if (!summary) return;
    const { text, choice } = bar;
    const rows = summary.findings.filter(
      (finding) =>
        (choice.value === 'all' || finding.severity === choice.value) &&
        (!text || words(finding).some((word) => word.toLowerCase().includes(text))),
    );
    const grouped = group(rows);
    list.replaceRows(grouped, shown ? grouped.indexOf(shown) : -1);
    bar.tally.textContent = texts.files.shown(rows.length, summary.findings.length);
    nothing.hidden = rows.length > 0;
    nothing.textContent = summary.findings.length ? texts.findings.noMatch : texts.findings.none;
  }

  /** @param {Heading} heading @param {boolean} away */
  function fold({ key }, away) {
    if (away) folded.add(key);
    else folded.delete(key);
    const at = list.current;
    const { scrollTop } = list.element;
    filter();
    list.setCurrent(Math.min(at, list.rows.length - 1));
    list.element.scrollTop = scrollTop;
  }

  /** @param {Finding[]} findings @returns {(Finding | Heading)[]} Under headings, in an order that keeps groups together. */
  function group(findings) {
    const byRule = grouping.value === 'rule';
    /** @type {(Finding | Heading)[]} */
    const rows = [];
    for (const severity of SEVERITIES) {
      const members = findings.filter((finding) => finding.severity === severity);
      if (!members.length) continue;
      rows.push({ key: severity, severity, words: '', count: members.length });
      if (folded.has(severity)) continue;
      /** @type {Map<string, Finding[]>} */
      const groups = new Map();
      for (const finding of members) {
        const words = byRule ? ruleWords(finding) : placeKey(finding);
        groups.set(words, [...(groups.get(words) ?? []), finding]);
      }
      for (const [words, ofGroup] of groups) {
        const key = `${severity} ${words}`;
        if (byRule) rows.push({ key, severity, words, count: ofGroup.length });
        if (!byRule || !folded.has(key)) rows.push(...ofGroup);
      }
    }
    return rows;
  }

  /** @param {Heading} heading @returns {HTMLElement} */
  function renderHeading({ key, severity, words, count: findings }) {
    const open = !folded.has(key);
    const { meaning } = texts.severity[severity];
    return make(
      'div',
      { class: `row heading ${words ? 'inner' : severity}`, role: 'row' },
      make(
        'span',
        { class: 'cell', role: 'gridcell', 'aria-colspan': 6, 'aria-expanded': String(open) },
        make('span', { class: 'twisty', 'aria-hidden': 'true' }),
        words ? make('strong', { text: words }) : severityMark(severity),
        !words && make('span', { class: 'heading-meaning', text: meaning }),
        make('span', { class: 'heading-count', text: texts.findings.count(findings) }),
      ),
    );
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
      cell('element', placeWords(toPlace(finding)), `${finding.pattern} ${finding.name}`),
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
    if (finding.places > 1) facts.push([texts.findings.items, texts.findings.places(finding.places)]);
    if (finding.private_creator) facts.push([texts.findings.creator, finding.private_creator]);
    const parts = [
      make(
        'header',
        { class: 'detail-head' },
        severityMark(finding.severity),
        placeHeading(toPlace(finding)),
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
          entryAt(summary, first).status === 'dicom' &&
          make('button', {
            type: 'button',
            class: 'button small',
            text: texts.sideBySide.addShort,
            onclick: () => onBeside(first),
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

/** @param {Finding} finding As the place that is shown of it. */
const toPlace = (finding) => ({ ...finding, path: finding.pattern });

/** @param {Finding} finding @returns {string} The same for findings of the same element. */
const placeKey = ({ where, pattern, private_creator: creator }) => `${where} ${pattern} ${creator ?? ''}`;

/** @param {Finding} finding @returns {string[]} What the filter looks into. */
function words(finding) {
  const {
    where,
    name,
    keyword,
    path,
    pattern,
    rule,
    clause,
    evidence,
    private_creator: creator,
    values,
    severity,
  } = finding;
  const place = [placeName(where), name, keyword, path, pattern, tag(finding.tag), creator ?? ''];
  return [...place, rule, ruleWords(finding), clause, evidence, severity, ...values];
}
