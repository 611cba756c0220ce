/**
 * Where the user is, in the fragment of the address: tab, index of the entry, path of the element, indexes of the entries
 * that are compared. Positions alone: what
 * is in the archive, names of entries among it, never gets into an address, which browsers keep and synchronise.
 */

import { TABS } from './state.js';

/** @import { State, Tab } from './state.js' */

/** @param {State} state @returns {string} '#tab=values&entry=12&path=(0010,0010)', or '' where there is no review. */
export function toFragment({ phase, tab, beside, selection: { entry, path } }) {
  if (phase !== 'done') return '';
  const compared = beside.length > 0 && `beside=${beside.join()}`;
  const parts = [`tab=${tab}`, entry !== null && `entry=${entry}`, path && `path=${path}`, compared];
  return `#${parts.filter(Boolean).join('&')}`;
}

/**
 * @param {string} fragment
 * @param {number} entries How many there are.
 * @returns {{tab?: Tab, entry?: number, path?: string, beside: number[]}} What it says and there is.
 */
export function fromFragment(fragment, entries) {
  const said = new Map(
    decode(fragment.slice(1))
      .split('&')
      .map((part) => /** @type {[string, string]} */ ([part.replace(/=.*/s, ''), part.replace(/^[^=]*=?/s, '')])),
  );
  const tab = TABS.find((one) => one === said.get('tab'));
  const entry = /^\d{1,9}$/.test(said.get('entry') ?? '') ? Number(said.get('entry')) : -1;
  const path = said.get('path') ?? '';
  const isPath = /^(?:\([0-9A-F]{4},[0-9A-F]{4}\)(?:\[\d+\])?\/?)+$/.test(path);
  const numbers = (said.get('beside') ?? '').split(',').filter((one) => /^\d{1,9}$/.test(one));
  const beside = [...new Set(numbers.map(Number))].filter((one) => one < entries);
  return { beside, ...(tab && { tab }), ...(entry >= 0 && entry < entries && { entry, ...(isPath && { path }) }) };
}

/** @param {string} text @returns {string} As it is where it is not encoded as addresses are. */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
