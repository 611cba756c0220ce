/** What a rule says, in words: its name, what it asks for, where it is written, and why it believes it. */

import { clauseAddress } from '../clauses.js';
import { make } from '../dom.js';
import { texts } from '../texts.js';
import { severityMark } from './marks.js';
import { tagButton } from './tag-button.js';

/** @import { Flag } from '../state.js' */

/** @param {{rule: string, action: string}} flag @returns {string} "Profile: remove", "Found again: patient's name" */
export function ruleWords({ rule, action }) {
  if (rule === 'profile') return texts.rules.profile(action);
  return texts.rules.others[rule] ?? rule;
}

/** @param {Flag} flag @returns {[string, string | Node][]} Terms, and texts or what stands for them. */
export function flagFacts(flag) {
  const rule = make('span', {}, `${ruleWords(flag)} (`, clauseLink(flag.clause), ')');
  /** @type {[string, string | Node][]} */
  const facts = [[texts.findings.rule, rule]];
  if (flag.evidence) facts.unshift([texts.findings.why, flag.evidence]);
  if (flag.action) facts.push([texts.findings.asks, texts.findings.action(flag.action)]);
  return facts;
}

/** @param {string} clause @returns {Node | string} A link to where it is published, opened by the user's own click. */
export function clauseLink(clause) {
  const href = clauseAddress(clause);
  if (!href) return clause;
  const title = texts.findings.published(new URL(href).host);
  return make('a', { href, target: '_blank', rel: 'noreferrer noopener', title, text: clause });
}

/** @param {[string, string | Node][]} facts */
export function factList(facts) {
  return make(
    'dl',
    { class: 'facts' },
    ...facts.map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', {}, text))),
  );
}

/** @param {readonly Flag[]} flags @returns {HTMLElement[]} One block for each; of several each says how grave it is. */
export function flagBlocks(flags) {
  return flags.map((flag) =>
    make('div', { class: 'flag-block' }, flags.length > 1 && severityMark(flag.severity), factList(flagFacts(flag))),
  );
}

/** @param {readonly Flag[]} flags @returns {string} A line for each, for a tooltip. */
export function flagLines(flags) {
  return flags
    .map((flag) => {
      const why = flag.evidence ? `: ${flag.evidence}` : '';
      return `${texts.severity[flag.severity].word} – ${ruleWords(flag)} (${flag.clause})${why}`;
    })
    .join('\n');
}

/** @param {string} where @returns {string} */
export const placeName = (where) => texts.where[/** @type {keyof typeof texts.where} */ (where)] ?? where;

/**
 * @param {{where: string, path: string, name: string, private_creator: string | null}} place
 * @returns {(HTMLElement | string)[]} The element; where there is none, the place in words.
 */
export function placeNodes({ where, path, name, private_creator: creator }) {
  const place = placeName(where);
  if (!path) return [make('span', { class: 'name', text: place })];
  const depth = path.split('/').length - 1;
  const words = name || creator || (depth ? '' : texts.where.element);
  const nodes = [make('span', { class: 'path', text: path }), ' ', make('span', { class: 'name', text: words })];
  if (where !== 'element' && where !== 'file-meta') nodes.push(' ', make('span', { class: 'aside', text: place }));
  return nodes;
}

/** @param {Parameters<typeof placeNodes>[0]} place In a heading: the path explains itself. */
export function placeHeading(place) {
  const [first, ...rest] = placeNodes(place);
  return make('h2', {}, place.path ? tagButton(place.path, place.private_creator) : (first ?? ''), ...rest);
}

/** @param {Parameters<typeof placeNodes>[0]} place In a row: of a nested element the last part, which tells most. */
export function placeWords(place) {
  const inner = place.path.lastIndexOf('/');
  const path = inner < 0 ? place.path : `…${place.path.slice(inner)}`;
  return make('span', { class: 'element-words' }, ...placeNodes({ ...place, path }));
}
