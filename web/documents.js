/** What is known of documents: the one asked for last, and where its references lead. */

/** @import { Client } from './client.js' */
/** @import { Run } from './views/document.js' */

/**
 * @typedef {object} Document
 * @property {Run} title
 * @property {any[]} blocks As `documents.blocks` of the core makes them.
 * @property {ArrayBuffer[]} buffers Samples of its plots.
 * @property {Map<string, number>} links Reference -> entry, for those that an entry holds.
 */

/** @param {() => Client} getClient @returns {(entry: number) => Promise<Document>} */
export function createDocuments(getClient) {
  /**
   * The pane and the tab show the same one.
   *
   * @type {{entry: number, files: readonly object[], document: Promise<Document>} | undefined}
   */
  let last;
  return (entry) => {
    const client = getClient();
    if (last?.entry !== entry || last.files !== client.files) {
      const own = { entry, files: client.files, document: read(client, entry) };
      last = own;
      own.document.catch(() => {
        if (last === own) last = undefined; // it may be asked for again
      });
    }
    return last.document;
  };
}

/** @param {Client} client @param {number} entry @returns {Promise<Document>} */
async function read(client, entry) {
  const { value, buffers } = await client.picture('document', { entry });
  const references = [...new Set(referencesOf(value.blocks))];
  const entries = references.length ? await client.findInstances(references) : [];
  /** @type {Map<string, number>} */
  const links = new Map();
  references.forEach((reference, index) => {
    const found = entries[index];
    if (typeof found === 'number') links.set(reference, found);
  });
  return { ...value, buffers, links };
}

/** @param {any} part Blocks, rows, cells or runs. @returns {string[]} */
function referencesOf(part) {
  if (Array.isArray(part)) return part.flatMap(referencesOf);
  if (part === null || typeof part !== 'object') return [];
  if (typeof part.text === 'string') return part.reference ? [part.reference] : [];
  return [part.runs, part.rows].filter(Boolean).flatMap(referencesOf);
}
