/** The data elements of an instance as a tree: sequences hold Items, Items hold elements. Pure. */

import { item } from './item.js';

/** @import { ElementRow } from './state.js' */

/**
 * @typedef {object} Node A row of the tree.
 * @property {ElementRow | null} row The element; null for an Item.
 * @property {string} path Of the element, or of the Item: '(0040,A730)[0]'.
 * @property {[number, number] | null} items Which Items of its sequence it stands for, first and last, from 0; null for
 *   an element. More than one only where they are empty.
 * @property {number} parent Index of the node that it lies in; -1 for none.
 * @property {number} level From 1.
 * @property {number} children How many nodes lie directly in it.
 * @property {number} position Among those of its parent, from 1.
 */

/**
 * @param {readonly ElementRow[]} elements In the order of the file, what lies in a sequence behind it.
 * @returns {Node[]} In the same order; Items without elements are there too, neighbours as one.
 */
export function toNodes(elements) {
  /** @type {Node[]} */
  const nodes = [];
  let top = 0;
  /** The sequences that the element lies in. @type {{node: number, path: string, items: number, next: number, item: number}[]} */
  const open = [];

  /** @param {ElementRow | null} row @param {string} path @param {[number, number] | null} items @param {number} parent */
  const add = (row, path, items, parent) => {
    const above = parent < 0 ? null : item(nodes, parent);
    if (above) above.children += 1;
    else top += 1;
    const level = above ? above.level + 1 : 1;
    nodes.push({ row, path, items, parent, level, children: 0, position: above ? above.children : top });
    return nodes.length - 1;
  };
  /** @param {typeof open[number]} sequence @param {number} stop Of the Items before which nothing is told. */
  const addEmpty = ({ node, path, next }, stop) => {
    if (stop > next) add(null, `${path}[${next}]`, [next, stop - 1], node);
  };

  for (const row of elements) {
    for (let last = open.at(-1); last && !row.path.startsWith(`${last.path}[`); last = open.at(-1)) {
      addEmpty(last, last.items);
      open.pop();
    }
    const sequence = open.at(-1);
    if (sequence) {
      const number = Number.parseInt(row.path.slice(sequence.path.length + 1), 10);
      if (number >= sequence.next) {
        addEmpty(sequence, number);
        sequence.item = add(null, `${sequence.path}[${number}]`, [number, number], sequence.node);
        sequence.next = number + 1;
      }
    }
    const node = add(row, row.path, null, sequence ? sequence.item : -1);
    if (row.items) open.push({ node, path: row.path, items: row.items, next: 0, item: -1 });
  }
  for (const sequence of open.reverse()) addEmpty(sequence, sequence.items);
  return nodes;
}

/**
 * @param {readonly Node[]} nodes
 * @param {(node: Node) => boolean} isClosed
 * @returns {number[]} Indexes of the nodes that lie in none that is closed.
 */
export function openNodes(nodes, isClosed) {
  const away = new Array(nodes.length).fill(false);
  return [...nodes.keys()].filter((index) => {
    const { parent } = item(nodes, index);
    away[index] = parent >= 0 && (away[parent] || isClosed(item(nodes, parent)));
    return !away[index];
  });
}

/**
 * @param {readonly Node[]} nodes
 * @param {(row: ElementRow) => boolean} matches
 * @returns {{shown: number[], matching: number}} Indexes of the nodes that match and of all that they lie in.
 */
export function matchingNodes(nodes, matches) {
  const shown = new Set();
  let matching = 0;
  nodes.forEach(({ row, parent }, index) => {
    if (!row || !matches(row)) return;
    matching += 1;
    shown.add(index);
    for (let at = parent; at >= 0 && !shown.has(at); at = item(nodes, at).parent) shown.add(at);
  });
  return { shown: [...shown].sort((one, other) => one - other), matching };
}
