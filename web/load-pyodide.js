/// <reference path="./pyodide.d.ts" />

/**
 * Boots Python inside a worker that has no network: the one place that knows Pyodide.
 *
 * Pyodide's loader fetches what it needs. Here everything is in memory already (the page fetched it before it gave
 * the network up), so while the loader runs `fetch` is a stand-in that answers from the buffers, and
 * `WebAssembly.instantiateStreaming` uses the module that the page compiled once for all workers. Afterwards both are
 * what they were, and what Python code calls is the browser's own, refused `fetch`.
 */

import createPyodideModule from 'pyodide/pyodide.asm.mjs';
import { loadPyodide } from 'pyodide/pyodide.mjs';
import * as ciphers from './ciphers.js';
import { CODEC_FILES, createCodecs } from './codecs.js';
import { lookUp } from './look-up.js';
import { readRanges } from './ranges.js';
import { RUNTIME } from './runtime-folder.js';
import { restoreHeap, SNAPSHOT } from './snapshot.js';

/** Names a place that cannot exist (RFC 6761 §6.4): were the stand-in ever missing, nothing could be reached. */
const NOWHERE = 'https://assets.invalid/';
/** How the name of a wheel without compiled code ends: such wheels were on Python's path when its memory was kept. */
const PLAIN_WHEEL = '-none-any.whl';
/** Answered with an empty file. */
const NOTHING = NOWHERE;

/** @import { Asset } from './protocol.js' */
/** @typedef {import('pyodide').PyodideConfig} PyodideConfig */

/**
 * @typedef {Record<string, Promise<Asset>>} RuntimeAssets By file name; some may still be on their way.
 *
 * @typedef {object} Core
 * @property {{python: string, pydicom: string, numpy: string | null, snapshot: boolean, milliseconds: number}} facts
 *   `snapshot`: whether it was started from the memory that the build kept.
 * @property {(type: string, payload: string, attachments: unknown[], progress: (json: string) => void)
 *   => Promise<[string, ArrayBuffer[]]>} handle `pycore.bridge.handle`.
 */

/**
 * Starts from the kept memory and, where that fails, as Python starts everywhere: slower, and the same afterwards.
 *
 * @param {RuntimeAssets} assets With NumPy's wheel among them, NumPy is loaded.
 * @returns {Promise<Core>}
 */
export async function loadCore(assets) {
  const began = performance.now();
  const lockFile = JSON.parse(await (await blobOf(assets, 'pyodide-lock.json')).text());
  const packages = Object.keys(lockFile.packages).filter((name) =>
    Object.hasOwn(assets, lockFile.packages[name].file_name),
  );
  const compiled = packages.filter((name) => !lockFile.packages[name].file_name.endsWith(PLAIN_WHEEL));
  const version = (/** @type {string} */ name) => lockFile.packages[name]?.version ?? null;
  /** @type {PyodideConfig} */
  const config = {
    indexURL: NOWHERE,
    lockFileContents: lockFile,
    packageBaseUrl: NOWHERE,
    // What libraries print may hold values of the data set; it goes nowhere.
    stdout: () => {},
    stderr: () => {},
  };
  const restoreFetch = standIn(assets);
  try {
    let snapshot = true;
    let pyodide;
    try {
      pyodide = await restore(assets, config);
    } catch (error) {
      console.info('Python starts without its snapshot:', error);
      snapshot = false;
      pyodide = await loadPyodide({ ...config, createPyodideModule, packages });
    }
    let bridge = pyodide.pyimport('pycore.bridge');
    if (snapshot && compiled.length) {
      await pyodide.loadPackage(compiled, { messageCallback: () => {} });
      bridge = bridge.import_anew();
    }
    bridge.use_look_up(lookUp);
    bridge.use_read_ranges(readRanges);
    bridge.use_ciphers(ciphers);
    bridge.use_outgoing_fetch((/** @type {string} */ url) => fetch(url).then(() => '', String));
    if (Object.hasOwn(assets, CODEC_FILES.others)) {
      const codecs = await Promise.all(
        Object.values(CODEC_FILES).map(async (name) => [name, await blobOf(assets, name)]),
      );
      const blobs = Object.fromEntries(codecs);
      bridge.use_codecs(createCodecs((name) => new FileReaderSync().readAsArrayBuffer(blobs[name])));
    }
    return {
      facts: {
        python: pyodide.pyimport('sys').version.split(' ', 1)[0],
        pydicom: version('pydicom'),
        numpy: packages.includes('numpy') ? version('numpy') : null,
        snapshot,
        milliseconds: Math.round(performance.now() - began),
      },
      handle: bridge.handle,
    };
  } finally {
    restoreFetch();
  }
}

/**
 * Starts from the kept memory, with the assets as files that are read when Python asks for them. Each is waited for only
 * where it is needed: the runtime is made while the memory arrives, and Python imports nothing before it has started.
 *
 * @param {RuntimeAssets} assets @param {PyodideConfig} config
 */
async function restore(assets, config) {
  /** @type {any} Emscripten's. */
  let module;
  const pyodide = await loadPyodide({
    ...config,
    // Pyodide copies what follows the head over the heap: nothing. The heap is filled here, where it can grow first.
    _loadSnapshot: (await blobOf(assets, SNAPSHOT.head)).arrayBuffer(),
    stdLibURL: NOTHING,
    createPyodideModule: async (settings) => {
      module = await createPyodideModule(settings);
      const keepTrampoline = trampolineOf(module);
      restoreHeap(await memoryOf(assets), module);
      keepTrampoline();
      return module;
    },
  });
  await mount(assets, module);
  pyodide.pyimport('random').seed();
  return pyodide;
}

/** @param {RuntimeAssets} assets @returns {Promise<Blob | ArrayBuffer>} */
async function memoryOf(assets) {
  const memory = await assets[SNAPSHOT.pages];
  return memory instanceof ArrayBuffer ? memory : blobOf(assets, SNAPSHOT.pages);
}

/** @param {RuntimeAssets} assets @param {any} module Emscripten's. */
async function mount(assets, { FS, API }) {
  const all = await Promise.all(Object.entries(assets).map(async ([name, asset]) => ({ name, data: await asset })));
  FS.mkdirTree(RUNTIME);
  FS.mount(FS.filesystems.WORKERFS, { blobs: all.filter(({ data }) => data instanceof Blob) }, RUNTIME);
  const [major, minor] = API.pyVersionTuple;
  const library = `/lib/python${major}${minor}.zip`;
  FS.unlink(library);
  FS.symlink(`${RUNTIME}/python_stdlib.zip`, library);
}

/**
 * Python calls the functions of its modules in C by a trampoline, which checks how many arguments they take. Where
 * WebAssembly can do that itself it is a function of this engine, and its place in the table stands in the heap; what
 * the kept memory says is of the engine that the build ran in, and may be none: then each call goes through JavaScript.
 *
 * @param {any} module Emscripten's, before its heap is filled. @returns {() => void} To be called afterwards.
 */
function trampolineOf(module) {
  const { __PyRuntime: runtime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: offset } = module;
  const place = () => (runtime + module.HEAP32[offset / 4]) / 4;
  const own = module.HEAP32[place()];
  return () => {
    module.HEAP32[place()] = own;
  };
}

/** @param {RuntimeAssets} assets @param {string} name @returns {Promise<Blob>} */
async function blobOf(assets, name) {
  const asset = await assets[name];
  if (!(asset instanceof Blob)) throw new Error(`the page did not hand over ${name}`);
  return asset;
}

/** @param {RuntimeAssets} assets @returns {() => void} Puts the originals back. */
function standIn(assets) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  globalThis.fetch = async (resource) => {
    const name =
      String(resource instanceof Request ? resource.url : resource)
        .split('/')
        .pop() ?? '';
    return name.endsWith('.wasm') || name === '' ? new Response() : new Response(await blobOf(assets, name));
  };
  WebAssembly.instantiateStreaming = async (_response, imports) => {
    const module = await assets['pyodide.asm.wasm'];
    if (!(module instanceof WebAssembly.Module)) throw new Error('the page did not hand over the compiled runtime');
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  return () => {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  };
}
