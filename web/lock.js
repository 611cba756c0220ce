/**
 * Gives up the network: fetches all that the page can ever need, adds the policy that ends every connection, and
 * tries it. Only then may a file be accepted (the README says what this guarantees and what it cannot).
 */

import { PAGE_CHANNELS, tryChannels } from './channels.js';
import { sha256Of } from './kept.js';
import { release } from './memory.js';
import { takeAway, tryTakenAway } from './take-away.js';

/** @import { Attempt } from './protocol.js' */
/** @import { Offline } from './offline.js' */

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

/** Compiled once, for all workers. */
const RUNTIME = 'pyodide.asm.wasm';

/** How often progress is told; telling it for each of a thousand chunks would take longer than they do. */
const PROGRESS_MS = 50;

/**
 * @typedef {{url: string, size: number, sha256: string}} Listed One file of `assets.json`; its name is the end of `url`.
 * @typedef {{version: string, standard_edition: string, build: string, download: Listed | null}} Site What it says of this
 *   site: `build` is its own SHA-256, `download` the same site as one zip, or null in what came out of that zip.
 *
 * @typedef {object} Assets
 * @property {Record<string, Blob | WebAssembly.Module>} files By name, as `assets.json` lists them; `name.gz` is inflated
 *   and called `name`. Blobs, because the browser keeps one copy of a Blob for the page and all its workers.
 * @property {Site} site
 * @property {boolean} verified Whether every file's SHA-256 was compared; browsers offer that on secure origins only.
 */

/**
 * Fetches every file that `assets.json` lists, all at once, into memory; those that are kept, from there.
 *
 * @param {Offline} offline Is given what is not kept yet.
 * @param {(loaded: number, total: number) => void} onProgress Bytes.
 * @returns {Promise<Assets>}
 */
export async function fetchAssets(offline, onProgress) {
  const listing = await fetchOrExplain('assets.json');
  const listed = await listing.arrayBuffer();
  /** @type {{version: string, standard_edition: string, download: Listed | null, files: Listed[], page: Listed[]}} */
  const { files: list, page, ...facts } = JSON.parse(new TextDecoder().decode(listed));
  const total = list.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  let told = 0;
  const count = (/** @type {number} */ bytes) => {
    loaded += bytes;
    if (loaded < total && performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    onProgress(loaded, total);
  };
  const verified = globalThis.crypto?.subtle !== undefined;
  const [build, files] = await Promise.all([
    verified ? sha256Of(listed) : '',
    Promise.all(list.map((file) => load(file, offline, verified, count))),
    offline.fetchPage(page),
  ]);
  if (offline.lacks(build)) offline.add(build, new Blob([listed]), listing);
  return { files: Object.fromEntries(files), site: { ...facts, build }, verified };
}

/**
 * @param {Listed} file @param {Offline} offline @param {boolean} verified @param {(bytes: number) => void} count
 * @returns {Promise<[name: string, Blob | WebAssembly.Module]>}
 */
async function load(file, offline, verified, count) {
  const name = file.url.slice(file.url.lastIndexOf('/') + 1);
  const response = (await offline.find(file.sha256)) ?? (await fetchOrExplain(file.url));
  const maker = makerOf(name);
  const buffer = await readBuffer(file, response, count, maker?.writable.getWriter());
  if (verified) {
    const found = await sha256Of(buffer);
    if (found !== file.sha256) {
      await offline.drop(file.sha256);
      throw new Error(`${name} is not the published file: SHA-256 is ${found}, expected ${file.sha256}`);
    }
  }
  const published = !maker || offline.lacks(file.sha256) ? new Blob([buffer]) : undefined;
  if (published && offline.lacks(file.sha256)) offline.add(file.sha256, published, response);
  const made = (await maker?.made) ?? published;
  release(buffer);
  return [name.replace(/\.gz$/, ''), /** @type {Blob | WebAssembly.Module} */ (made)];
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
 * @param {Response} response
 * @param {(bytes: number) => void} count
 * @param {WritableStreamDefaultWriter<Uint8Array>} [maker]
 * @returns {Promise<ArrayBuffer>}
 */
async function readBuffer({ url, size }, response, count, maker) {
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
