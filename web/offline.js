/**
 * Keeps this site, and nothing else, in the browser, so that the page opens without network: puts its files into the
 * cache that the service worker answers from. What was fetched to start the page is written there; nothing is fetched twice.
 * All that reaches the service worker or the cache is had before the lock takes both away (take-away.js).
 */

import { CACHE, keyOf, sha256Of, sha256OfKey, toKeep } from './kept.js';
import { release } from './memory.js';

/** @import { Listed } from './assets.js' */

/**
 * @typedef {object} Offline
 * @property {Promise<unknown>} registered Settled when the browser has been asked for all that it is ever asked for.
 * @property {(sha256: string) => boolean} lacks Whether such a file should be kept and is not yet.
 * @property {(sha256: string) => Promise<Response | undefined>} find
 * @property {(sha256: string) => Promise<unknown>} drop
 * @property {(files: Listed[]) => Promise<unknown>} fetchPage Those of which only the browser has had the bytes so far.
 * @property {(sha256: string, content: Blob | ArrayBuffer, from: Response) => void} add To what `keep` writes; a buffer is
 *   empty afterwards.
 * @property {() => Promise<boolean>} keep Whether the page opens without network from now on.
 * @property {Promise<void>} newVersion Settled when there is a newer version of this site.
 */

const SCRIPT = 'service-worker.js';
/** A page that waits for ever is worse than one that does not open without network. */
const PATIENCE_MS = 5000;

/** Where a page is not delivered by HTTPS or from this machine, or the browser keeps nothing. @type {Offline} */
const UNAVAILABLE = {
  registered: Promise.resolve(),
  lacks: () => false,
  find: async () => undefined,
  drop: async () => undefined,
  fetchPage: async () => undefined,
  add: () => {},
  keep: async () => false,
  newVersion: new Promise(() => {}),
};

/** @returns {Promise<Offline>} */
export async function openOffline() {
  if (!globalThis.caches || !navigator.serviceWorker) return UNAVAILABLE;
  /** @type {Cache} */
  let cache;
  /** @type {Set<string>} */
  let there;
  try {
    cache = await caches.open(CACHE);
    there = new Set((await cache.keys()).map(sha256OfKey));
  } catch (error) {
    console.info('This browser keeps no site:', error); // private windows, blocked storage, a full disk
    return UNAVAILABLE;
  }
  let works = true;
  let onNewVersion = () => {};
  const newVersion = new Promise((resolve) => {
    onNewVersion = () => resolve(undefined);
  });
  const registered = register(onNewVersion).catch((error) => {
    console.info('This page will need the network to open:', error);
    works = false;
  });
  /** @type {Map<string, {content: Blob | ArrayBuffer, from: Response}>} */
  const fresh = new Map();
  const offline = {
    registered: Promise.race([registered, new Promise((passed) => setTimeout(passed, PATIENCE_MS))]),
    lacks: (/** @type {string} */ sha256) => !there.has(sha256),
    find: async (/** @type {string} */ sha256) => (there.has(sha256) ? cache.match(keyOf(sha256)) : undefined),
    drop: (/** @type {string} */ sha256) => cache.delete(keyOf(sha256)),
    add(/** @type {string} */ sha256, /** @type {Blob | ArrayBuffer} */ content, /** @type {Response} */ from) {
      fresh.set(sha256, { content, from });
    },
    fetchPage: (/** @type {Listed[]} */ files) => Promise.all(files.map(fetchFile)),
    async keep() {
      try {
        for (const [sha256, { content, from }] of fresh) {
          await cache.put(keyOf(sha256), toKeep(content, from));
          if (content instanceof ArrayBuffer) release(content);
          fresh.delete(sha256);
        }
      } catch (error) {
        console.info('This browser does not keep the whole site:', error); // no room
        works = false;
      }
      await registered;
      return works;
    },
    newVersion,
  };
  return offline;

  /** What is amiss with such a file keeps the page from opening without network, not from opening. @param {Listed} file */
  async function fetchFile({ url, sha256 }) {
    if (there.has(sha256)) return;
    try {
      // Past the browser's own cache: it may let who asks for what it is just writing there wait.
      const response = await fetch(url, { cache: 'no-store' });
      const content = await response.arrayBuffer();
      if ((await sha256Of(content)) !== sha256) throw new TypeError(`${url} is not the published file`);
      offline.add(sha256, content, response);
    } catch (error) {
      console.info('This page will need the network to open:', error);
      works = false;
    }
  }
}

/** @param {() => void} onNewVersion */
async function register(onNewVersion) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  const script = trustedTypes
    ? trustedTypes.createPolicy('service-worker', { createScriptURL: () => SCRIPT }).createScriptURL(SCRIPT)
    : SCRIPT;
  const registration = await navigator.serviceWorker.register(script, { updateViaCache: 'none' });
  if (registration.waiting) onNewVersion();
  registration.addEventListener('updatefound', () => {
    const { installing, active } = registration;
    if (!active) return; // the first one
    installing?.addEventListener('statechange', () => installing.state === 'installed' && onNewVersion());
  });
}
