/**
 * The item at an index that is known to be in the list; were it not, that is a fault of the page and not of its input.
 *
 * @template Item
 * @param {readonly Item[]} list @param {number} index @returns {Item}
 */
export function item(list, index) {
  if (!(index in list)) throw new RangeError(`no item ${index} among ${list.length}`);
  return /** @type {Item} */ (list[index]);
}
