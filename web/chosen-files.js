/** What the user chose or dropped, as files with the paths under which they lie; folders are walked. */

import { item } from './item.js';

/** @import { ChosenFile } from './client.js' */

/** @param {FileList | File[]} files From an input. @returns {ChosenFile[]} Those of a folder in the order of their names. */
export function fromInput(files) {
  const chosen = Array.from(files, (file) => ({ file, name: file.webkitRelativePath || file.name }));
  return chosen.some(({ file }) => file.webkitRelativePath) ? chosen.sort(byName) : chosen;
}

/** Browsers and systems list folders each in an order of their own. @param {ChosenFile} a @param {ChosenFile} b */
function byName(a, b) {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * @param {DataTransfer} transfer Of a drop; it must be called while the event is handled.
 * @returns {Promise<ChosenFile[]>} In the order of their names.
 */
export async function fromDrop(transfer) {
  const roots = Array.from(transfer.items, (item) => item.webkitGetAsEntry());
  if (roots.every((root) => root === null)) return fromInput(transfer.files);
  const found = await Promise.all(roots.map((root) => (root ? walk(root, '') : [])));
  return found.flat().sort(byName);
}

/** @param {FileSystemEntry} entry @param {string} folder @returns {Promise<ChosenFile[]>} */
async function walk(entry, folder) {
  const name = folder ? `${folder}/${entry.name}` : entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    );
    return [{ file, name }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const children = [];
  for (;;) {
    // Browsers give a folder in parts of a hundred entries or so; an empty part is the end.
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    children.push(...part);
  }
  const found = await Promise.all(children.map((child) => walk(child, name)));
  return found.flat();
}

/** @param {ChosenFile[]} files @returns {string} What to call them all together. */
export function nameOf(files) {
  const first = item(files, 0).name;
  if (files.length === 1) return first;
  const [folder = ''] = first.split('/');
  const same = files.every(({ name }) => name.startsWith(`${folder}/`));
  return same ? folder : `${first} + ${files.length - 1}`;
}
