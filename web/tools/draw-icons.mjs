/** Draws web/icon.svg as PNGs: `node draw-icons.mjs SVG FOLDER SIZE...`. The same drawing gives the same bytes. */

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

const [drawing, folder, ...sizes] = process.argv.slice(2);
if (drawing === undefined || folder === undefined) throw new Error('which drawing, and where to?');

await initWasm(readFile(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
const svg = await readFile(drawing, 'utf8');
for (const size of sizes) {
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: Number(size) } }).render();
  await writeFile(path.join(folder, `icon-${size}.png`), image.asPng());
}
