/** What is known of each entry beyond its own columns, and the order that the files view shows them in. Pure. */

import { item } from './item.js';

/** @import { Severity, Status, Summary } from './state.js' */

/** @typedef {Severity | 'none'} Gravest */
/** @typedef {'index' | 'name' | 'severity' | 'status' | 'kind' | 'size' | 'patient' | 'series'} Column */

/** @type {Gravest[]} */
export const GRAVEST = ['identifier', 'quasi', 'review', 'info', 'none'];
/** @type {Status[]} */
const STATUSES = ['dicom', 'other', 'folder', 'unreadable'];

/**
 * @typedef {object} SeriesFacts
 * @property {string} key The same for the same series of the same patient.
 * @property {string} words Modality and number.
 * @property {string} description
 * @property {string} patient Name, else ID.
 *
 * @typedef {object} FileTable
 * @property {SeriesFacts[]} series In the order of the tree.
 * @property {Int32Array} seriesOf By entry; -1 for none.
 * @property {Gravest[]} gravest By entry; what could not be read, or was read in part, is to be reviewed.
 * @property {Map<number, string>} problems The first of each entry that has any.
 */

/** @param {Summary} summary @returns {FileTable} */
export function toFileTable({ patients, entries, findings, problems }) {
  /** @type {SeriesFacts[]} */
  const series = [];
  const seriesOf = new Int32Array(entries.name.length).fill(-1);
  for (const { patient_id: id, patient_name: name, studies } of patients) {
    for (const study of studies) {
      for (const one of study.series) {
        for (const entry of one.instances) seriesOf[entry] = series.length;
        series.push({
          key: `${id}\n${study.study_instance_uid}\n${one.series_instance_uid}`,
          words: [one.modality, one.number && `#${one.number}`].filter(Boolean).join(' '),
          description: one.description,
          patient: name || id,
        });
      }
    }
  }
  const gravest = entries.finding.map((finding, entry) => {
    const severity = finding === null ? 'none' : item(findings, finding).severity;
    const isQuiet = severity === 'none' || severity === 'info';
    return isQuiet && item(entries.verdict, entry) !== 'clean' ? 'review' : severity;
  });
  /** @type {Map<number, string>} */
  const first = new Map();
  for (const { entry, message } of problems) if (entry !== null && !first.has(entry)) first.set(entry, message);
  return { series, seriesOf, gravest, problems: first };
}

/**
 * @param {Summary} summary @param {FileTable} table @param {Column} column @param {boolean} descending
 * @returns {number[]} Indexes of all entries; those that are alike stay in the order of the archive.
 */
export function sortEntries({ entries }, { series, seriesOf, gravest }, column, descending) {
  const order = [...entries.name.keys()];
  if (column === 'index') return descending ? order.reverse() : order;
  const seriesAt = (/** @type {number} */ entry) => seriesOf[entry] ?? -1;
  /** @type {Record<Exclude<Column, 'index'>, () => (string | number)[]>} */
  const keys = {
    name: () => entries.name.map(naturalKey),
    severity: () => gravest.map((one) => GRAVEST.indexOf(one)),
    status: () => entries.status.map((one) => STATUSES.indexOf(one)),
    kind: () => entries.kind,
    size: () => entries.size,
    patient: () => order.map((entry) => series[seriesAt(entry)]?.patient ?? '\uffff'),
    series: () => order.map((entry) => (seriesAt(entry) < 0 ? series.length : seriesAt(entry))),
  };
  const by = keys[column]();
  const sign = descending ? -1 : 1;
  return order.sort((one, other) => {
    const [a, b] = [item(by, one), item(by, other)];
    if (a === b) return one - other;
    return a < b ? -sign : sign;
  });
}

/** @param {string} name @returns {string} By which 'IM2' comes before 'IM10'. */
function naturalKey(name) {
  return name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
}
