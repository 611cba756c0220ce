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

import { lookUp } from './look-up.js';

/** Names a place that cannot exist (RFC 6761 §6.4): were the stand-in ever missing, nothing could be reached. */
const NOWHERE = 'https://assets.invalid/';

/**
 * @typedef {object} Core
 * @property {{python: string, pydicom: string, numpy: string | null, milliseconds: number}} facts
 * @property {(type: string, payload: string, attachments: unknown[], progress: (json: string) => void)
 *   => Promise<[string, ArrayBuffer[]]>} handle `pycore.bridge.handle`.
 */

/**
 * @param {Record<string, ArrayBuffer | WebAssembly.Module>} assets By file name; the runtime's module is compiled.
 * @returns {Promise<Core>}
 */
export async function loadCore(assets) {
  const began = performance.now();
  const lockFile = JSON.parse(new TextDecoder().decode(asBuffer(assets, 'pyodide-lock.json')));
  const packages = Object.keys(lockFile.packages).filter((name) =>
    Object.hasOwn(assets, lockFile.packages[name].file_name),
  );
  const restore = standIn(assets);
  try {
    const pyodide = await loadPyodide({
      createPyodideModule,
      indexURL: NOWHERE,
      lockFileContents: lockFile,
      packageBaseUrl: NOWHERE,
      packages,
      // What libraries print may hold values of the data set; it goes nowhere.
      stdout: () => {},
      stderr: () => {},
    });
    const bridge = pyodide.pyimport('pycore.bridge');
    bridge.use_look_up(lookUp);
    const version = (/** @type {string} */ name) => lockFile.packages[name]?.version ?? null;
    return {
      facts: {
        python: pyodide.pyimport('platform').python_version(),
        pydicom: version('pydicom'),
        numpy: packages.includes('numpy') ? version('numpy') : null,
        milliseconds: Math.round(performance.now() - began),
      },
      handle: bridge.handle,
    };
  } finally {
    restore();
  }
}

/** @param {Record<string, ArrayBuffer | WebAssembly.Module>} assets @param {string} name @returns {ArrayBuffer} */
function asBuffer(assets, name) {
  const asset = assets[name];
  if (!(asset instanceof ArrayBuffer)) throw new Error(`the page did not hand over ${name}`);
  return asset;
}

/** @param {Record<string, ArrayBuffer | WebAssembly.Module>} assets @returns {() => void} Puts the originals back. */
function standIn(assets) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  globalThis.fetch = async (resource) => {
    const name =
      String(resource instanceof Request ? resource.url : resource)
        .split('/')
        .pop() ?? '';
    return name.endsWith('.wasm') ? new Response() : new Response(asBuffer(assets, name));
  };
  WebAssembly.instantiateStreaming = async (_response, imports) => {
    const module = assets['pyodide.asm.wasm'];
    if (!(module instanceof WebAssembly.Module)) throw new Error('the page did not hand over the compiled runtime');
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  return () => {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  };
}
