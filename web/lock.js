/**
 * Gives up the network: fetches all that the page can ever need, adds the policy that ends every connection, and
 * tries it. Only then may a file be accepted (the README says what this guarantees and what it cannot).
 */

import { PAGE_CHANNELS, tryChannels } from './channels.js';
import { release } from './memory.js';
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
].join('; ');

/** Compiled once, for all workers. */
const RUNTIME = 'pyodide.asm.wasm';

/** How often progress is told; telling it for each of a thousand chunks would take longer than they do. */
const PROGRESS_MS = 50;

/**
 * @typedef {{name: string, url: string, size: number, sha256: string}} Listed One file of `assets.json`.
 *
 * @typedef {object} Assets
 * @property {Record<string, Blob | WebAssembly.Module>} files By name, as `assets.json` lists them; `name.gz` is inflated
 *   and called `name`. Blobs, because the browser keeps one copy of a Blob for the page and all its workers.
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
  let told = 0;
  const count = (/** @type {number} */ bytes) => {
    loaded += bytes;
    if (loaded < total && performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    onProgress(loaded, total);
  };
  const verified = globalThis.crypto?.subtle !== undefined;
  const files = await Promise.all(
    list.files.map(async (/** @type {Listed} */ file) => {
      const maker = makerOf(file.name);
      const buffer = await fetchBuffer(file, count, maker?.writable.getWriter());
      if (verified) await verify(file, buffer);
      const made = (await maker?.made) ?? new Blob([buffer]);
      release(buffer);
      return [file.name.replace(/\.gz$/, ''), made];
    }),
  );
  return { files: Object.fromEntries(files), version: list.version, verified };
}

/**
 * @param {string} name
 * @returns {{writable: WritableStream<Uint8Array>, made: Promise<Blob | WebAssembly.Module>} | undefined} What takes the
 *   file while it arrives, and what it makes of it; nobody gets that before the file's SHA-256 was compared.
 */
function makerOf(name) {
  if (name !== RUNTIME && !name.endsWith('.gz')) return undefined;
  const { readable, writable } = name === RUNTIME ? new TransformStream() : new DecompressionStream('gzip');
  const response = new Response(readable, { headers: { 'Content-Type': 'application/wasm' } });
  const made = name === RUNTIME ? WebAssembly.compileStreaming(response) : response.blob();
  made.catch(() => {}); // that the file is not the published one explains it better, and is said first
  return { writable, made };
}

/** @param {string} url */
async function fetchOrExplain(url) {
  const response = await fetch(url).catch((error) => {
    throw new Error(`${url} could not be loaded: ${error.message}`);
  });
  if (!response.ok) throw new Error(`${url} could not be loaded: the server answered ${response.status}`);
  return response;
}

/**
 * @param {Listed} file
 * @param {(bytes: number) => void} count
 * @param {WritableStreamDefaultWriter<Uint8Array>} [maker]
 * @returns {Promise<ArrayBuffer>}
 */
async function fetchBuffer({ url, size }, count, maker) {
  const response = await fetchOrExplain(url);
  const bytes = new Uint8Array(size);
  let offset = 0;
  const give = (/** @type {Promise<void> | undefined} */ given) => given?.catch(() => {}); // `made` says what went wrong
  for (const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (offset + value.length > size)
      throw new Error(`${url} is longer than the ${size} bytes that assets.json states`);
    bytes.set(value, offset);
    give(maker?.write(value));
    offset += value.length;
    count(value.length);
  }
  if (offset !== size) throw new Error(`${url} ended after ${offset} of ${size} bytes`);
  give(maker?.close());
  return bytes.buffer;
}

/** @param {Listed} file @param {ArrayBuffer} buffer */
async function verify({ name, sha256 }, buffer) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', buffer));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) throw new Error(`${name} is not the published file: SHA-256 is ${found}, expected ${sha256}`);
}

/** Adds the second policy and takes away what none covers. From here on the page cannot reach anything. */
export function giveUpNetwork() {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = POLICY;
  document.head.append(meta);
  takeAway();
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
