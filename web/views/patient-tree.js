/** Patient, Study, Series and instances as a tree (ARIA tree view), flags counted at every node. */

import { make } from '../dom.js';
import { count, date, masked } from '../format.js';
import { item } from '../item.js';
import { entryAt } from '../state.js';
import { texts } from '../texts.js';
import { flagCounts, seenMark, shapeMark } from './marks.js';
import { VirtualList } from './virtual-list.js';

/** @import { Flags, Patient, Series, SeriesMark, State, Study, Summary, Verdict } from '../state.js' */

/**
 * @typedef {object} Node
 * @property {string} key Stable while the summary is shown.
 * @property {number} level From 1.
 * @property {string} label
 * @property {string} aside Less important words, after the label.
 * @property {number} instances How many are under it; shown where it is a series.
 * @property {boolean} identifying Whether the label is masked when identifiers are hidden; what stands aside always is.
 * @property {Flags | null} flags
 * @property {Verdict} verdict
 * @property {Node[]} children
 * @property {Node | null} parent
 * @property {number | null} entry The first entry under it.
 * @property {SeriesMark | null} mark What the reviewer saw in the pictures of a series.
 * @property {number} position From 1, among its siblings.
 */

const ROW_HEIGHT = 28;
const SERIES_LEVEL = 3;

/** Series of up to so many instances can be opened to the instances at once; so can all others, by hand. */
const OPEN_PATIENTS = 12;

/**
 * @param {HTMLElement} element
 * @param {{onSelect: (entry: number) => void, onVaries: (entry: number) => void, onBeside: (entry: number) => void}} actions
 * @returns {{render: (state: State) => void}}
 */
export function createPatientTree(element, { onSelect, onVaries, onBeside }) {
  /** @type {Summary | null} */
  let summary = null;
  /** @type {Node[]} */
  let roots = [];
  /** @type {Map<number, Node>} The node of an instance, by entry. */
  let nodeOf = new Map();
  /** @type {Set<string>} */
  const open = new Set();
  /** @type {Node | null} */
  let current = null;
  let hidden = false;

  const list = new VirtualList({
    label: texts.tree.label,
    role: 'tree',
    rowHeight: ROW_HEIGHT,
    render: (/** @type {Node} */ node) => renderNode(node),
    onSelect: (node) => choose(node),
    onOpen: (node) => toggle(node, !open.has(node.key)),
    onKey,
  });
  element.append(list.element);
  list.element.addEventListener('click', (event) => {
    const twisty = /** @type {HTMLElement} */ (event.target).closest('.twisty');
    const row = /** @type {HTMLElement | null} */ (twisty?.closest('[data-index]'));
    if (row) {
      const node = item(list.rows, Number(row.dataset.index));
      toggle(node, !open.has(node.key));
    }
  });

  /** @param {Node} node */
  function choose(node) {
    current = node;
    if (node.entry !== null) onSelect(node.entry);
  }

  /** @param {Node} node @param {boolean} opened */
  function toggle(node, opened) {
    if (!node.children.length) return;
    if (opened) open.add(node.key);
    else open.delete(node.key);
    show();
  }

  /** @param {KeyboardEvent} event @param {Node} node @returns {boolean} */
  function onKey(event, node) {
    const isOpen = open.has(node.key);
    if (event.key === 'ArrowRight') {
      if (node.children.length && !isOpen) toggle(node, true);
      else if (node.children.length) go(item(node.children, 0));
    } else if (event.key === 'ArrowLeft') {
      if (node.children.length && isOpen) toggle(node, false);
      else if (node.parent) go(node.parent);
    } else return false;
    return true;
  }

  /** @param {boolean} isSeries @param {number} entry @returns {HTMLElement} A key does the same. */
  function actionButton(isSeries, entry) {
    const what = isSeries ? texts.varies.show : texts.sideBySide.addWhat;
    return make('button', {
      type: 'button',
      class: 'node-action',
      tabindex: -1,
      'aria-label': what,
      title: what,
      text: isSeries ? '≠' : '+',
      onclick: () => (isSeries ? onVaries : onBeside)(entry),
    });
  }

  /** @param {Node} node */
  function go(node) {
    choose(node);
    list.setCurrent(list.rows.indexOf(node));
  }

  function show() {
    /** @type {Node[]} */
    const rows = [];
    const walk = (/** @type {Node[]} */ nodes) => {
      for (const node of nodes) {
        rows.push(node);
        if (open.has(node.key)) walk(node.children);
      }
    };
    walk(roots);
    list.setRows(rows, current ? rows.indexOf(current) : -1);
  }

  /** @param {Node} node @returns {HTMLElement} */
  function renderNode(node) {
    const label = hidden && node.identifying ? masked(node.label) : node.label;
    const aside = hidden ? masked(node.aside) : node.aside;
    const isOpen = open.has(node.key);
    const said = node.mark ? texts.pictures.marks[node.mark.seen] : null;
    const row = make('div', {
      class: `row node level-${node.level}`,
      role: 'treeitem',
      'aria-level': node.level,
      'aria-expanded': node.children.length ? String(isOpen) : null,
      'aria-posinset': node.position,
      'aria-setsize': (node.parent?.children ?? roots).length,
    });
    row.append(
      make('span', { class: `twisty${node.children.length ? '' : ' leaf'}`, 'aria-hidden': 'true' }),
      make(
        'span',
        { class: 'node-words', title: [label, aside, said].filter(Boolean).join(' · ') },
        node.mark && seenMark(node.mark.seen),
        said && make('span', { class: 'visually-hidden', text: said }),
        make('span', { class: 'node-label', text: label }),
        aside ? make('span', { class: 'node-aside', text: aside }) : null,
      ),
    );
    const instances = node.instances ? texts.tree.instances(node.instances) : '';
    row.append(
      make('span', { class: 'node-count', text: node.instances ? count(node.instances) : '', title: instances }),
    );
    if (node.entry !== null && node.level >= SERIES_LEVEL)
      row.append(actionButton(node.level === SERIES_LEVEL, node.entry));
    if (node.flags) row.append(flagCounts(node.flags));
    else if (node.verdict !== 'clean') {
      row.append(
        make('span', { class: 'flag-counts' }, shapeMark(node.verdict === 'identified' ? 'identifier' : 'review')),
      );
    }
    return row;
  }

  return {
    render(state) {
      if (state.summary && state.summary !== summary) {
        const known = summary?.archive.name === state.summary.archive.name && roots.length > 0;
        summary = state.summary;
        ({ roots, nodeOf } = toNodes(summary));
        if (!known) {
          open.clear();
          if (roots.length <= OPEN_PATIENTS)
            for (const root of roots) open.add(root.key).add(root.children[0]?.key ?? '');
          for (const root of roots) for (const study of root.children) if (open.has(root.key)) open.add(study.key);
        }
        current = null;
        element.classList.toggle('empty', roots.length === 0);
        element.dataset.empty = texts.tree.empty;
        show();
      }
      if (state.hidden !== hidden) {
        hidden = state.hidden;
        list.refresh();
      }
      follow(state.selection.entry);
    },
  };

  /** Shows where the selected entry is, unless the current node already stands for it. @param {number | null} entry */
  function follow(entry) {
    if (entry === null || current?.entry === entry) {
      list.reveal();
      return;
    }
    const node = nodeOf.get(entry);
    if (!node) {
      current = null;
      list.setCurrent(-1);
      return;
    }
    // The instance if its series stands open, else the series.
    const series = /** @type {Node} */ (node.parent);
    let opened = false;
    for (let above = series.parent; above; above = above.parent) {
      opened ||= !open.has(above.key);
      open.add(above.key);
    }
    current = open.has(series.key) ? node : series;
    if (opened) show();
    list.setCurrent(list.rows.indexOf(current));
    list.reveal();
  }
}

/** @param {Summary} summary @returns {{roots: Node[], nodeOf: Map<number, Node>}} */
function toNodes(summary) {
  /** @type {Map<number, Node>} */
  const nodeOf = new Map();
  const roots = summary.patients.map((patient, index) => patientNode(patient, index, summary, nodeOf));
  return { roots, nodeOf };
}

/** @param {Patient} patient @param {number} index @param {Summary} summary @param {Map<number, Node>} nodeOf */
function patientNode(patient, index, summary, nodeOf) {
  const node = makeNode(`p${index}`, null, index, {
    label: patient.patient_name || texts.tree.noName,
    aside: patient.patient_id || texts.tree.noPatient,
    flags: patient.flags,
    verdict: patient.verdict,
    identifying: true,
  });
  node.children = patient.studies.map((study, at) => studyNode(study, at, node, summary, nodeOf));
  node.entry = node.children[0]?.entry ?? null;
  return node;
}

/** @param {Study} study @param {number} index @param {Node} parent @param {Summary} summary @param {Map<number, Node>} nodeOf */
function studyNode(study, index, parent, summary, nodeOf) {
  const node = makeNode(`${parent.key}/${index}`, parent, index, {
    label: date(study.date) || texts.tree.study,
    aside: study.description,
    flags: study.flags,
    verdict: study.verdict,
    identifying: true,
  });
  node.children = study.series.map((series, at) => seriesNode(series, at, node, summary, nodeOf));
  node.entry = node.children[0]?.entry ?? null;
  return node;
}

/** @param {Series} series @param {number} index @param {Node} parent @param {Summary} summary @param {Map<number, Node>} nodeOf */
function seriesNode(series, index, parent, summary, nodeOf) {
  const node = makeNode(`${parent.key}/${index}`, parent, index, {
    label: series.modality || texts.tree.series,
    aside: series.description || (series.number && `#${series.number}`),
    flags: series.flags,
    verdict: series.verdict,
    identifying: false,
  });
  node.entry = series.instances[0] ?? null;
  node.instances = series.instances.length;
  const members = new Set(series.instances);
  node.mark = summary.pictures.series.find(({ mark, entries }) => mark && members.has(item(entries, 0)))?.mark ?? null;
  node.children = series.instances.map((entry, at) => {
    const { label, name, verdict } = entryAt(summary, entry);
    const instance = makeNode(`${node.key}/${at}`, node, at, {
      label: label || String(at + 1),
      aside: name.split('/').pop() ?? '',
      flags: null,
      verdict,
      identifying: true,
    });
    instance.entry = entry;
    nodeOf.set(entry, instance);
    return instance;
  });
  return node;
}

/**
 * @param {string} key @param {Node | null} parent @param {number} index
 * @param {Pick<Node, 'label' | 'aside' | 'flags' | 'verdict' | 'identifying'>} facts
 * @returns {Node}
 */
function makeNode(key, parent, index, facts) {
  return {
    key,
    level: parent ? parent.level + 1 : 1,
    parent,
    position: index + 1,
    children: [],
    entry: null,
    instances: 0,
    mark: null,
    ...facts,
  };
}
