/** Where a clause that a rule names is published; addresses that are opened by the user's own click alone. */

const STANDARD = 'https://dicom.nema.org/medical/dicom';
const SAFE_HARBOR = 'https://www.ecfr.gov/current/title-45/section-164.514';

/**
 * @param {string} clause 'PS3.15 Table E.1-1 (2026d)', 'PS3.3 §C.7.1.1', '45 CFR 164.514(b)(2)(i)(C)'
 * @returns {string} '' where it is not known. The edition is the one that the clause names, else the current one.
 */
export function clauseAddress(clause) {
  const found = /PS3\.(\d+)(?: (?:(Table) |§)([A-Z0-9]+(?:[.-][A-Z0-9]+)*))?/i.exec(clause);
  if (!found) return clause.includes('45 CFR') ? SAFE_HARBOR : '';
  const [, part = '', table, place] = found;
  const edition = /\((20\d\d[a-e])\)/.exec(clause)?.[1] ?? 'current';
  const fragment = place ? `#${table ? 'table' : 'sect'}_${place}` : '';
  return `${STANDARD}/${edition}/output/html/part${part.padStart(2, '0')}.html${fragment}`;
}
