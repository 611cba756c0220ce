/**
 * Gives up the network: fetches all that the page can ever need, adds the policy that ends every connection, and
 * tries it. Only then may a file be accepted (the README says what this guarantees and what it cannot).
 */

import { PAGE_CHANNELS, tryChannels } from './channels.js';
import { texts } from './texts.js';

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
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-src 'none'",
].join('; ');

/**
 * What leads out and no browser has a policy for; it is taken away from the page instead. A passkey is asked for by
 * the name of a host, which the browser then calls; a cookie waits for the next visit to this site.
 *
 * @type {[name: string, owner: any, property: string][]}
 */
const WITHOUT_POLICY = [
  ['WebRTC', globalThis, 'RTCPeerConnection'],
  ['WebRTC', globalThis, 'webkitRTCPeerConnection'],
  ['window.open', globalThis, 'open'],
  ['passkeys', Navigator.prototype, 'credentials'],
  ['cookies', Document.prototype, 'cookie'],
  ['cookies', globalThis, 'cookieStore'],
];

/**
 * @typedef {object} Assets
 * @property {Record<string, ArrayBuffer>} files By name, as `assets.json` lists them.
 * @property {WebAssembly.Module} runtime `pyodide.asm.wasm`, compiled once for all workers.
 * @property {string} version
 * @property {boolean} verified Whether every file's SHA-256 was compared; browsers offer that on secure origins only.
 */

/**
 * Fetches every file that `assets.json` lists, all at once, into memory.
 *
 * @param {(loaded: number, total: number) => void} onProgress Bytes.
 * @returns {Promise<Assets>}
 */
export async function fetchAssets(onProgress) {
  const list = await (await fetchOrExplain('assets.json')).json();
  const total = list.files.reduce((/** @type {number} */ sum, /** @type {{size: number}} */ { size }) => sum + size, 0);
  let loaded = 0;
  const count = (/** @type {number} */ bytes) => {
    loaded += bytes;
    onProgress(loaded, total);
  };
  const verified = globalThis.crypto?.subtle !== undefined;
  /** @type {Promise<WebAssembly.Module> | undefined} */
  let runtime;
  const files = await Promise.all(
    list.files.map(async (/** @type {{name: string, url: string, size: number, sha256: string}} */ file) => {
      const buffer = await fetchBuffer(file.url, file.size, count);
      if (verified) await verify(file, buffer);
      if (file.name === 'pyodide.asm.wasm') runtime = WebAssembly.compile(buffer);
      return [file.name, buffer];
    }),
  );
  if (!runtime) throw new Error('assets.json does not list pyodide.asm.wasm');
  return { files: Object.fromEntries(files), runtime: await runtime, version: list.version, verified };
}

/** @param {string} url */
async function fetchOrExplain(url) {
  const response = await fetch(url).catch((error) => {
    throw new Error(`${url} could not be loaded: ${error.message}`);
  });
  if (!response.ok) throw new Error(`${url} could not be loaded: the server answered ${response.status}`);
  return response;
}

/** @param {string} url @param {number} size @param {(bytes: number) => void} count @returns {Promise<ArrayBuffer>} */
async function fetchBuffer(url, size, count) {
  const response = await fetchOrExplain(url);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (offset + value.length > size)
      throw new Error(`${url} is longer than the ${size} bytes that assets.json states`);
    bytes.set(value, offset);
    offset += value.length;
    count(value.length);
  }
  if (offset !== size) throw new Error(`${url} ended after ${offset} of ${size} bytes`);
  return bytes.buffer;
}

/** @param {{name: string, sha256: string}} file @param {ArrayBuffer} buffer */
async function verify({ name, sha256 }, buffer) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', buffer));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) throw new Error(`${name} is not the published file: SHA-256 is ${found}, expected ${sha256}`);
}

/** Adds the second policy. From here on the page cannot reach anything. */
export function giveUpNetwork() {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = POLICY;
  document.head.append(meta);
  for (const [, owner, property] of WITHOUT_POLICY) {
    Object.defineProperty(owner, property, { value: undefined, writable: false, configurable: false });
  }
  globalThis.navigation?.addEventListener('navigate', stay);
}

/**
 * Refuses to be led away: an address can carry data, and no policy covers it. What the user does in the browser never
 * comes by here; a click, a place in this page and a download of what is in memory may pass.
 *
 * @param {any} event `NavigateEvent`, in browsers that have it.
 */
function stay(event) {
  const { url, sameDocument } = event.destination;
  const within = sameDocument && withoutFragment(url) === withoutFragment(location.href);
  const download = event.downloadRequest !== null && url.startsWith('blob:');
  if (!event.userInitiated && !within && !download) event.preventDefault();
}

/** @param {string} url */
const withoutFragment = (url) => url.replace(/#.*$/s, '');

/** @returns {Promise<Attempt[]>} Every channel of the page, tried. */
export async function tryPage() {
  const names = [...new Set(WITHOUT_POLICY.map(([name]) => name))];
  const gone = names.map((channel) => {
    const refused = WITHOUT_POLICY.every(([name, owner, property]) => name !== channel || !reaches(owner, property));
    return { from: /** @type {const} */ ('page'), channel, refused, how: texts.lock.takenAway };
  });
  return [...(await tryChannels('page', PAGE_CHANNELS)), ...gone];
}

/** @param {any} owner @param {string} property @returns {boolean} Whether the page still has it. */
function reaches(owner, property) {
  const found = Object.getOwnPropertyDescriptor(owner, property);
  return found !== undefined && (found.get !== undefined || found.value !== undefined);
}

/**
 * Returns what starts the workers. Trusted Types lets scripts come from one policy only, made here, and it accepts a
 * single address: that of the worker's own source, which is in memory.
 *
 * @param {ArrayBuffer} source Of `worker.js`.
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
