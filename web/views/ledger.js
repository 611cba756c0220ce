/** What was dropped, in numbers that add up, and the verdict with its reason. */

import { make } from '../dom.js';
import { date, masked, maskedPath, size } from '../format.js';
import { texts } from '../texts.js';
import { verdictMark } from './marks.js';

/** @import { State, Summary } from '../state.js' */

/**
 * @param {HTMLElement} ledger @param {HTMLElement} verdict
 * @param {{onStatus: (status: string) => void}} actions
 */
export function createLedger(ledger, verdict, { onStatus }) {
  /** @type {Summary | null} */
  let shown = null;
  let hidden = false;

  /** @param {string} status @param {string} text */
  const link = (status, text) =>
    make('button', {
      type: 'button',
      class: 'count-link',
      title: texts.ledger.show,
      text,
      onclick: () => onStatus(status),
    });

  return {
    /** @param {State} state */
    render({ summary, hidden: hide, took }) {
      if (!summary || (summary === shown && hide === hidden)) return;
      shown = summary;
      hidden = hide;
      const { archive, patients, dates } = summary;
      const [first = '', last = ''] = dates.map(date);
      const studies = patients.flatMap((patient) => patient.studies);
      const series = studies.flatMap((study) => study.series);
      const words = texts.ledger;
      ledger.replaceChildren(
        make('strong', {
          class: 'archive-name',
          text: hidden ? maskedPath(archive.name) : archive.name,
          title: hidden ? '' : archive.name,
        }),
        make(
          'span',
          { class: 'sum' },
          link('all', words.entries(archive.entries)),
          ' = ',
          link('dicom', words.dicom(archive.dicom)),
          ' + ',
          link('other', words.other(archive.other)),
          ' + ',
          link('folder', words.folder(archive.folders)),
          ' + ',
          link('unreadable', words.unreadable(archive.unreadable)),
        ),
        make('span', { text: words.patients(patients.length) }),
        make('span', { text: words.studies(studies.length) }),
        make('span', { text: words.series(series.length) }),
        ...(first
          ? [make('span', { text: hidden ? masked(first) : words.dates(first, last), title: words.datesWhat })]
          : []),
        make('span', { text: size(archive.size) }),
        make('span', { text: words.took(took), title: words.tookWhat }),
      );
      verdict.className = `verdict ${summary.verdict}`;
      verdict.replaceChildren(verdictMark(summary.verdict), make('span', { text: summary.reason }));
    },
  };
}
