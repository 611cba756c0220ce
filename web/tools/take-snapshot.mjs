/**
 * Starts Python in Pyodide under Node, runs a script there, and writes what is in memory then to two files:
 * `node take-snapshot.mjs --runtime DIR --output DIR SCRIPT`. web/load-pyodide.js starts from it.
 *
 * Wheels of plain Python are put on Python's path as they are, under RUNTIME, where a worker mounts them. The same input
 * gives the same bytes: nothing of this machine, no clock and no chance gets into Python.
 */

import crypto from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { loadPyodide } from 'pyodide';
import { RUNTIME } from '../runtime-folder.js';
import { packSnapshot, SNAPSHOT } from '../snapshot.js';

process.on('uncaughtException', (error) => {
  console.error(error.stack); // Node itself would print the line of the loader: a megabyte that says nothing
  process.exit(1);
});

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { runtime: { type: 'string' }, output: { type: 'string' } },
});
const { runtime, output } = options;
const [script] = positionals;
if (runtime === undefined || output === undefined || script === undefined) throw new Error('see the head of this file');

// Nor does Python hear when JavaScript's garbage collector finds a proxy: that comes when it comes.
globalThis.FinalizationRegistry = /** @type {any} */ (
  class {
    register() {}
    unregister() {}
  }
);
const NOW = Date.UTC(1980, 0, 1);
Date.now = () => NOW;
performance.now = () => 0;
crypto.randomFillSync = (/** @type {any} */ view) => view.fill(0);

const lockFile = JSON.parse(await readFile(path.join(runtime, 'pyodide-lock.json'), 'utf8'));
const pyodide = await loadPyodide({
  _makeSnapshot: true,
  _sysExecutable: 'python',
  lockFileContents: lockFile,
  packageBaseUrl: `${path.resolve(runtime)}/`,
  stdLibURL: path.resolve(runtime, 'python_stdlib.zip'),
  // What Python hashes lies where its hash says: the seed is as fixed as the memory.
  env: { HOME: '/home/pyodide', LANG: 'C.UTF-8', PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1' },
});
pyodide.FS.mkdirTree(RUNTIME);
const search = pyodide.pyimport('sys').path;
for (const { file_name: name } of Object.values(lockFile.packages)) {
  if (!name.endsWith('-none-any.whl')) continue;
  pyodide.FS.writeFile(`${RUNTIME}/${name}`, await readFile(path.join(runtime, name)));
  search.append(`${RUNTIME}/${name}`);
}
search.destroy();
pyodide.runPython(await readFile(script, 'utf8'), { filename: path.basename(script) });
const { head, pages } = packSnapshot(pyodide.makeMemorySnapshot());
await writeFile(path.join(output, SNAPSHOT.head), head);
await writeFile(path.join(output, `${SNAPSHOT.pages}.gz`), gzipSync(Buffer.concat(pages), { level: 9 }));
