/**
 * Answers for the site where there is no network, and when there is: with the files that the page keeps (offline.js), once
 * it has them all. It sees no file of the user and hears nothing: no message, no push. Whatever the page asks it for, the
 * network gets no more of it than the name of a file of this site.
 *
 * A new build is another service worker, since the SHA-256 of each file stands in it. Only then does it fetch by itself:
 * what has changed.
 */

import { CACHE, keyOf, sha256Of, sha256OfKey, toKeep } from './kept.js';

/**
 * @typedef {object} Site Put before this script by the build.
 * @property {Record<string, string>} kept SHA-256 of each file that the page needs, by name.
 * @property {string[]} inflated SHA-256 of what some of them hold, which the page keeps besides.
 * @property {string[]} others Files of the site that are not kept.
 */

const worker = /** @type {any} */ (globalThis);
/** @type {Site} */
const { kept, inflated, others } = worker.SITE;
const SCOPE = new URL('./', worker.location.href);
/** Pages that came out of the cache: what they load comes from there too. */
const fromCache = new Set();

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(fetchWhatChanged()));
worker.addEventListener('fetch', (/** @type {any} */ event) => event.respondWith(answer(event)));

/** @param {any} event `FetchEvent`. @returns {Promise<Response>} */
async function answer(event) {
  const { request, clientId, resultingClientId } = event;
  const { origin, pathname } = new URL(request.url);
  const asks = request.mode === 'navigate';
  const bare = `${origin}${pathname}`;
  if (request.method !== 'GET' || !bare.startsWith(SCOPE.href)) return Response.error();
  if (request.url.includes('?')) return asks ? Response.redirect(bare) : Response.error();
  const name = bare.slice(SCOPE.href.length) || 'index.html';
  if (!Object.hasOwn(kept, name)) {
    if (others.includes(name)) return fetchByName(name);
    return asks ? new Response('No file of this site has that name.', { status: 404 }) : Response.error();
  }
  if (asks) {
    const [complete, response] = await Promise.all([isComplete(), readKept(name)]);
    if (complete && response) {
      fromCache.add(resultingClientId);
      event.waitUntil(forgetOthers());
      return response;
    }
  }
  if (asks) return fetch(request); // the address and no more; it may be led to a place to log in
  return (fromCache.has(clientId) && (await readKept(name))) || fetchByName(name);
}

/** @param {string} name @returns {Promise<Response>} Asked for anew, so that nothing of another request goes along. */
const fetchByName = (name) => fetch(new URL(name, SCOPE), { referrerPolicy: 'no-referrer' });

/** @returns {Promise<Set<string>>} */
async function hashes() {
  const cache = await caches.open(CACHE);
  return new Set((await cache.keys()).map(sha256OfKey));
}

async function isComplete() {
  const there = await hashes();
  return Object.values(kept).every((sha256) => there.has(sha256));
}

/** @param {string} name @returns {Promise<Response | undefined>} Nothing where it is gone, or is not what it should be. */
async function readKept(name) {
  const cache = await caches.open(CACHE);
  const key = keyOf(kept[name] ?? '');
  const found = await cache.match(key);
  if (!found) return undefined;
  const bytes = await found.arrayBuffer();
  if ((await sha256Of(bytes)) === kept[name]) return new Response(bytes, { headers: found.headers });
  await cache.delete(key);
  return undefined;
}

/** Takes the place of the service worker before it, once everything is there. Open pages have what they need. */
async function fetchWhatChanged() {
  const there = await hashes();
  const cache = await caches.open(CACHE);
  for (const [name, sha256] of there.size ? Object.entries(kept) : []) {
    // else the page has it all, and will keep it
    if (there.has(sha256)) continue;
    const response = await fetch(new URL(name, SCOPE), { cache: 'no-cache', referrerPolicy: 'no-referrer' });
    const bytes = await response.arrayBuffer();
    if ((await sha256Of(bytes)) !== sha256) throw new TypeError(`${name} is not the published file`);
    await cache.put(keyOf(sha256), toKeep(bytes, response));
    there.add(sha256);
  }
  await worker.skipWaiting();
}

/** Not before a page of this version was asked for: one of the version before may still be loading. */
async function forgetOthers() {
  const cache = await caches.open(CACHE);
  const needed = new Set([...Object.values(kept), ...inflated]);
  for (const key of await cache.keys()) if (!needed.has(sha256OfKey(key))) await cache.delete(key);
}
