/**
 * Gives up the network: asks for all that the page can ever need, adds the policy that ends every connection, and
 * tries it. A policy refuses requests, not what is already on its way: so it is added as soon as nothing is left to ask
 * for, and the first worker starts while the largest files arrive. Only when everything is in memory and the lock has
 * been tried may a file be accepted (the README says what this guarantees and what it cannot).
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
 * @typedef {{url: string, size: number, sha256: string, inflated?: {size: number, sha256: string}}} Listed One file of
 *   `assets.json`; its name is the end of `url`. `inflated` is what a `.gz` holds.
 * @typedef {{version: string, standard_edition: string, build: string, download: Listed | null}} Site What it says of this
 *   site: `build` is its own SHA-256, `download` the same site as one zip, or null in what came out of that zip.
 *
 * @typedef {object} Listing `assets.json`.
 * @property {Listed[]} files What the page loads.
 * @property {Listed[]} page What the browser has loaded for it.
 * @property {Site} site
 * @property {Response} response As which it came.
 * @property {ArrayBuffer} bytes
 *
 * @typedef {Record<string, Blob | WebAssembly.Module>} Files By name; `name.gz` is inflated and called `name`. Blobs, because
 *   the browser keeps one copy of a Blob for the page and all its workers.
 *
 * @typedef {object} Assets
 * @property {Promise<unknown>} asked Everything has been asked for, and is on its way or in memory: no request will follow.
 * @property {Promise<Blob>} worker The script of the workers, which is there before the rest.
 * @property {Promise<{files: Files, snapshot: ArrayBuffer | undefined}>} arrived Everything is in memory, and is what was
 *   published. `snapshot` is once more what `files` has under that name, for the first worker, which need not read it.
 * @property {boolean} verified Whether every file's SHA-256 was compared; browsers offer that on secure origins only.
 */

/** The script of the workers. */
const WORKER = 'worker.js';
/** Python's memory. */
const SNAPSHOT = 'snapshot';

/** @returns {Promise<Listing>} */
export async function fetchListing() {
  const response = await fetchOrExplain('assets.json');
  const bytes = await response.arrayBuffer();
  const { files, page, ...facts } = JSON.parse(new TextDecoder().decode(bytes));
  return { files, page, site: { ...facts, build: canVerify() ? await sha256Of(bytes) : '' }, response, bytes };
}

/**
 * Fetches every file that is listed, all at once, into memory; those that are kept, from there.
 *
 * @param {Listing} listing
 * @param {Offline} offline Is given what is not kept yet.
 * @param {(loaded: number, total: number) => void} onProgress Bytes.
 * @returns {Assets}
 */
export function fetchAssets({ files: list, page, site, response, bytes }, offline, onProgress) {
  const total = list.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  let told = 0;
  const count = (/** @type {number} */ arrived) => {
    loaded += arrived;
    if (loaded < total && performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    onProgress(loaded, total);
  };
  const verified = canVerify();
  if (offline.lacks(site.build)) offline.add(site.build, new Blob([bytes]), response);
  const pages = offline.fetchPage(page);
  const asked = inOrder(list).map((file) => ({ file, source: ask(file, offline) }));
  const loading = asked.map(async ({ file, source }) => load(file, await source, offline, verified, count));
  const script = loading[asked.findIndex(({ file }) => nameOf(file) === WORKER)];
  const assets = {
    asked: Promise.all([pages, ...asked.map(({ source }) => source)]),
    worker: toScript(script),
    arrived: Promise.all(loading).then((all) => ({
      files: Object.fromEntries(all.filter(({ name }) => name !== WORKER).map(({ name, made }) => [name, made])),
      snapshot: all.find(({ name }) => name === SNAPSHOT)?.bytes,
    })),
    verified,
  };
  for (const promise of [assets.asked, assets.worker, assets.arrived]) promise.catch(() => {}); // awaited one by one
  return assets;
}

const canVerify = () => globalThis.crypto?.subtle !== undefined;

/** @param {Listed} file */
const nameOf = ({ url }) => url.slice(url.lastIndexOf('/') + 1);

/**
 * The script of the workers is wanted first; of the others the largest last: where a browser asks a server for six at a
 * time, the last request is made, and the lock holds, while those are still arriving.
 *
 * @param {Listed[]} list
 */
function inOrder(list) {
  const rank = (/** @type {Listed} */ file) => (nameOf(file) === WORKER ? 0 : file.size);
  return [...list].sort((one, other) => rank(one) - rank(other));
}

/** @param {Promise<Loaded> | undefined} script @returns {Promise<Blob>} */
async function toScript(script) {
  const made = (await script)?.made;
  if (!(made instanceof Blob)) throw new Error(`assets.json does not list ${WORKER}`);
  return made;
}

/**
 * @typedef {object} Source Where a file comes from.
 * @property {Response} response
 * @property {Listed['inflated']} [kept] What of it was kept.
 *
 * @typedef {object} Loaded
 * @property {string} name Without `.gz`.
 * @property {Blob | WebAssembly.Module} made
 * @property {ArrayBuffer} [bytes] Of what was inflated.
 */

/** @param {Listed} file @param {Offline} offline @returns {Promise<Source>} */
async function ask({ url, size, sha256, inflated }, offline) {
  for (const kept of inflated ? [inflated, { size, sha256 }] : [{ size, sha256 }]) {
    const response = await offline.find(kept.sha256);
    if (response) return { response, kept };
  }
  return { response: await fetchOrExplain(url) };
}

/**
 * @param {Listed} file
 * @param {Source} source
 * @param {Offline} offline
 * @param {boolean} verified
 * @param {(bytes: number) => void} count
 * @returns {Promise<Loaded>}
 */
async function load(file, { response, kept }, offline, verified, count) {
  const inflated = kept !== undefined && kept.sha256 === file.inflated?.sha256;
  const published = nameOf(file);
  const name = published.replace(/\.gz$/, '');
  const maker = makerOf(inflated ? name : published);
  const writer = maker?.writable.getWriter();
  const { bytes, blob } = kept
    ? await readKept(response, writer)
    : { bytes: await readBuffer(file, response, count, writer) };
  if (kept) count(file.size);
  if (verified) {
    const expected = inflated ? kept.sha256 : file.sha256;
    const found = await sha256Of(bytes);
    if (found !== expected) {
      await offline.drop(expected);
      throw new Error(`${published} is not the published file: SHA-256 is ${found}, expected ${expected}`);
    }
  }
  if (offline.lacks(file.sha256)) offline.add(file.sha256, new Blob([bytes]), response);
  if (inflated) return { name, made: blob ?? new Blob([bytes]), bytes };
  const made = await maker?.made;
  if (made instanceof ArrayBuffer) {
    release(bytes);
    const content = new Blob([made]);
    if (file.inflated && offline.lacks(file.inflated.sha256)) offline.add(file.inflated.sha256, content, response);
    return { name, made: content, bytes: made };
  }
  const content = made ?? blob ?? new Blob([bytes]);
  release(bytes);
  return { name, made: content };
}

/**
 * @param {string} name
 * @returns {{writable: WritableStream<Uint8Array>, made: Promise<ArrayBuffer | WebAssembly.Module>} | undefined} What takes
 *   the file while it arrives, and what it makes of it; nobody gets that before the file's SHA-256 was compared.
 */
function makerOf(name) {
  if (name !== RUNTIME && !name.endsWith('.gz')) return undefined;
  const { readable, writable } = name === RUNTIME ? new TransformStream() : new DecompressionStream('gzip');
  const response = new Response(readable, { headers: { 'Content-Type': 'application/wasm' } });
  const made = name === RUNTIME ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
  made.catch(() => {}); // that the file is not the published one explains it better, and is said first
  return { writable, made };
}

/**
 * What is kept is read in one piece: a Blob of it stays where the browser keeps it.
 *
 * @param {Response} response @param {WritableStreamDefaultWriter<Uint8Array>} [maker]
 * @returns {Promise<{bytes: ArrayBuffer, blob: Blob}>}
 */
async function readKept(response, maker) {
  const blob = await response.blob();
  const bytes = await blob.arrayBuffer();
  give(maker?.write(new Uint8Array(bytes)));
  give(maker?.close());
  return { bytes, blob };
}

/** What goes wrong in the maker, it says itself. @param {Promise<void> | undefined} given */
const give = (given) => given?.catch(() => {});

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
