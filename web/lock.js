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

/** What reaches the network and no browser has a policy for; it is taken away from the page instead. */
const WITHOUT_POLICY = /** @type {const} */ (['RTCPeerConnection', 'webkitRTCPeerConnection']);

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
  const response = await fetch(url);
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
  for (const name of WITHOUT_POLICY) {
    Object.defineProperty(globalThis, name, { value: undefined, writable: false, configurable: false });
  }
}

/** @returns {Promise<Attempt[]>} Every channel of the page, tried. */
export async function tryPage() {
  const refused = WITHOUT_POLICY.every((name) => /** @type {any} */ (globalThis)[name] === undefined);
  const attempts = await tryChannels('page', PAGE_CHANNELS);
  return [...attempts, { from: 'page', channel: 'WebRTC', refused, how: texts.lock.takenAway }];
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
