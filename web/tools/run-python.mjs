/**
 * Runs a Python script in Pyodide under Node: `node run-python.mjs [options] -- SCRIPT [argument...]`.
 *
 * The script defines `main(arguments) -> int`, plain or async; its value is the exit code.
 *
 *   --runtime DIR        holds pyodide-lock.json, python_stdlib.zip and the wheels; without it those of the npm package
 *   --stdlib FILE        the standard library, where it is not the runtime's
 *   --package NAME       of the lock file, loaded before the script starts; may be repeated
 *   --wheels DIR         where the wheels are that the runtime's folder does not hold
 *   --unpack WHEEL       of plain Python, that the lock file does not know; may be repeated
 *   --module NAME=FILE   a module of JavaScript that Python imports by that name; may be repeated
 *   --mount GUEST=HOST   a folder of this machine and where Python sees it; may be repeated
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { loadPyodide } from 'pyodide';

process.on('uncaughtException', (error) => {
  // Node itself would print the line of the loader where an error surfaced: a megabyte that says nothing.
  console.error(error.stack);
  process.exit(1);
});

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runtime: { type: 'string', default: path.dirname(fileURLToPath(import.meta.resolve('pyodide'))) },
    stdlib: { type: 'string' },
    package: { type: 'string', multiple: true, default: [] },
    wheels: { type: 'string' },
    unpack: { type: 'string', multiple: true, default: [] },
    module: { type: 'string', multiple: true, default: [] },
    mount: { type: 'string', multiple: true, default: [] },
  },
});
const [script, ...scriptArguments] = positionals;
if (script === undefined) throw new Error('which script?');

const runtime = path.resolve(options.runtime);
const pyodide = await loadPyodide({
  lockFileContents: await readFile(path.join(runtime, 'pyodide-lock.json'), 'utf8'),
  packageBaseUrl: `${runtime}/`,
  packageCacheDir: `${path.resolve(options.wheels ?? runtime)}/`,
  stdLibURL: path.resolve(options.stdlib ?? path.join(runtime, 'python_stdlib.zip')),
  // Sets are written to bytecode in the order of their hashes: the same bytes need the same hashes.
  env: { HOME: '/home/pyodide', PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1' },
});
await pyodide.loadPackage(options.package, { messageCallback: () => {} });
for (const wheel of options.unpack) {
  const { buffer, byteOffset, byteLength } = await readFile(wheel);
  pyodide.unpackArchive(new Uint8Array(buffer, byteOffset, byteLength), 'wheel');
}
for (const module of options.module) {
  const [name = '', file = ''] = module.split('=', 2);
  pyodide.registerJsModule(name, await import(pathToFileURL(path.resolve(file)).href));
}
for (const mount of options.mount) {
  const [guest = '', host = ''] = mount.split('=', 2);
  pyodide.FS.mkdirTree(guest);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: path.resolve(host) }, guest);
}
const globals = pyodide.toPy({ __name__: 'script' });
pyodide.runPython(await readFile(script, 'utf8'), { globals, filename: script });
process.exitCode = await globals.get('main')(pyodide.toPy(scriptArguments));
