/**
 * Asks for all that the page can ever need, from what the browser keeps of this site and else from the server, all at once,
 * and compares each file with its SHA-256 before anything is made of it. What Python starts from is read first.
 */

import { sha256Of } from './kept.js';
import { release } from './memory.js';
import { SNAPSHOT } from './snapshot.js';

/** @import { Offline } from './offline.js' */

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
 * @property {Record<string, Promise<Blob | WebAssembly.Module | ArrayBuffer>>} arriving Each of the files, once it is in
 *   memory and is what was published; the snapshot not as a Blob but in memory, for the first worker, which need not read it.
 * @property {Promise<unknown>} first Settled when what Python starts from is in memory.
 * @property {Promise<Files>} arrived All of them.
 * @property {boolean} verified Whether every file's SHA-256 was compared; browsers offer that on secure origins only.
 * @property {(told: (loaded: number, total: number) => void) => void} onProgress Calls `told` now and then with bytes.
 */

/** The script of the workers. */
const WORKER = 'worker.js';
/** What Python starts from: of what is kept, the rest is read after these, while it starts. */
const FIRST = [WORKER, RUNTIME, 'pyodide-lock.json', ...Object.values(SNAPSHOT)];

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
 * @returns {Assets}
 */
export function fetchAssets({ files: list, page, site, response, bytes }, offline) {
  const total = list.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  let said = 0;
  /** @type {((loaded: number, total: number) => void) | undefined} */
  let told;
  const count = (/** @type {number} */ arrived) => {
    loaded += arrived;
    if (loaded < total && performance.now() - said < PROGRESS_MS) return;
    said = performance.now();
    told?.(loaded, total);
  };
  const verified = canVerify();
  if (offline.lacks(site.build)) offline.add(site.build, bytes, response);
  const pages = offline.fetchPage(page);
  const asked = inOrder(list).map((file) => ({ file, source: ask(file, offline) }));
  /** @type {Promise<unknown>[]} */
  const first = [];
  const loading = asked.map(({ file, source }) => {
    const name = unpackedName(file);
    const isFirst = FIRST.includes(name);
    const one = load(file, source, offline, verified, count, isFirst ? [] : first);
    if (isFirst) first.push(one);
    return { name, one };
  });
  const files = loading.filter(({ name }) => name !== WORKER);
  const assets = {
    asked: Promise.all([pages, ...asked.map(({ source }) => source)]),
    worker: toScript(loading.find(({ name }) => name === WORKER)?.one),
    arriving: Object.fromEntries(files.map(({ name, one }) => [name, one.then(({ made, bytes }) => bytes ?? made)])),
    first: Promise.all(first),
    arrived: Promise.all(files.map(async ({ name, one }) => [name, (await one).made])).then(Object.fromEntries),
    verified,
    onProgress: (/** @type {typeof told} */ listener) => {
      told = listener;
    },
  };
  const { arriving } = assets;
  const promises = [assets.asked, assets.worker, assets.first, assets.arrived, ...Object.values(arriving)];
  for (const promise of promises) promise.catch(() => {}); // awaited one by one
  return assets;
}

const canVerify = () => globalThis.crypto?.subtle !== undefined;

/** @param {Listed} file */
const nameOf = ({ url }) => url.slice(url.lastIndexOf('/') + 1);

/** @param {Listed} file */
const unpackedName = (file) => nameOf(file).replace(/\.gz$/, '');

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
 * @property {Blob | WebAssembly.Module} made
 * @property {ArrayBuffer} [bytes] Of what was inflated.
 */

/** @param {Listed} file @param {Offline} offline @returns {Promise<Source>} */
async function ask({ url, size, sha256, inflated }, offline) {
  // What a file holds is read only where the file itself is kept, too, as the service worker needs it.
  for (const kept of inflated && !offline.lacks(sha256) ? [inflated, { size, sha256 }] : [{ size, sha256 }]) {
    const response = await offline.find(kept.sha256);
    if (response) return { response, kept };
  }
  // What is kept here need not be written to the browser's own cache as well.
  return { response: await fetchOrExplain(url, offline.lacks(sha256) ? { cache: 'no-store' } : {}) };
}

/**
 * @param {Listed} file
 * @param {Promise<Source>} source
 * @param {Offline} offline
 * @param {boolean} verified
 * @param {(bytes: number) => void} count
 * @param {Promise<unknown>[]} before What is read first, if the file is kept; one that is on its way is not left waiting.
 * @returns {Promise<Loaded>}
 */
async function load(file, source, offline, verified, count, before) {
  const { response, kept } = await source;
  if (kept) await Promise.all(before);
  const inflated = kept !== undefined && kept.sha256 === file.inflated?.sha256;
  const published = nameOf(file);
  const maker = makerOf(inflated ? unpackedName(file) : published);
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
  const made = inflated ? bytes : await maker?.made;
  if (made instanceof ArrayBuffer) {
    if (offline.lacks(file.sha256)) offline.add(file.sha256, bytes, response);
    else if (!inflated) release(bytes);
    const content = blob && inflated ? blob : new Blob([made]);
    if (file.inflated && offline.lacks(file.inflated.sha256)) offline.add(file.inflated.sha256, content, response);
    return { made: content, bytes: made };
  }
  const content = made ?? blob ?? new Blob([bytes]);
  const isBlob = content instanceof Blob;
  if (offline.lacks(file.sha256)) offline.add(file.sha256, isBlob ? content : bytes, response);
  if (isBlob || !offline.lacks(file.sha256)) release(bytes);
  return { made: content };
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

/** @param {string} url @param {RequestInit} [how] */
async function fetchOrExplain(url, how) {
  const response = await fetch(url, how).catch((error) => {
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
