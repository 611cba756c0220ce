/**
 * Gives up the network: adds the policy that ends every connection, and tries it. A policy refuses requests, not what is
 * already on its way: so it is added as soon as nothing is left to ask for (assets.js), and the first worker starts while
 * the largest files arrive. Only when everything is in memory and the lock has been tried may a file be accepted (the
 * README says what this guarantees and what it cannot).
 */

import { PAGE_CHANNELS, tryChannels } from './channels.js';
import { takeAway, tryTakenAway } from './take-away.js';

/** @import { Attempt } from './protocol.js' */

/**
 * In force beside the policy of index.html; of two policies the stricter holds, and none can be taken back.
 * 'self' is gone everywhere: not even this site can be reached any more.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'wasm-unsafe-eval'",
  'worker-src blob:',
  'img-src blob: data:',
  'media-src blob:',
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-src 'none'",
  'trusted-types worker',
].join('; ');

/** Adds the second policy and takes away what none covers. From here on the page cannot reach anything. */
export function giveUpNetwork() {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = POLICY;
  document.head.append(meta);
  takeAway();
}

/** @returns {Promise<Attempt[]>} Every channel of the page, tried. */
export async function tryPage() {
  return [...(await tryChannels('page', PAGE_CHANNELS)), ...tryTakenAway('page')];
}

/**
 * Returns what starts the workers. Trusted Types lets scripts come from one policy only, made here, and it accepts a
 * single address: that of the worker's own source, which is in memory.
 *
 * @param {Blob} source Of `worker.js`.
 * @returns {() => Worker}
 */
export function workerStarter(source) {
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const createScriptURL = (/** @type {string} */ url) => {
    if (url !== address) throw new TypeError('only the worker of this page may run');
    return url;
  };
  const { trustedTypes } = /** @type {any} */ (globalThis);
  const trusted = trustedTypes
    ? trustedTypes.createPolicy('worker', { createScriptURL }).createScriptURL(address)
    : address;
  return () => new Worker(trusted, { type: 'module', name: 'inspector' });
}
