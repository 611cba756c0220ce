/**
 * A script of its own, which runs while the browser still reads the page's: until then nothing would be asked for. What it
 * has begun, app.js takes over; it holds nothing else.
 */

import { fetchAssets, fetchListing } from './assets.js';
import { openOffline } from './offline.js';

/** @typedef {Awaited<ReturnType<typeof begin>>} Begun */

async function begin() {
  const [offline, listing] = await Promise.all([openOffline(), fetchListing()]);
  return { offline, site: listing.site, assets: fetchAssets(listing, offline) };
}

export const begun = begin();
begun.catch(() => {}); // app.js says it
