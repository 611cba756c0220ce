/** Values to text as people read it; pure. */

const COUNT = new Intl.NumberFormat('en-US');

/** @param {number} n @returns {string} 7,706 */
export const count = (n) => COUNT.format(n);

/** @param {number} bytes @returns {string} Three significant digits, decimal units: 1.06 GB */
export function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // Rounded to three digits, 999.6 kB is 1 MB.
  while (unit < units.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? count(value) : value.toPrecision(3)} ${unit === 0 && value === 1 ? 'byte' : units[unit]}`;
}

/** @param {string} text DA of PS3.5 §6.2: '20240115'. @returns {string} '2024-01-15'; anything else as it is. */
export function date(text) {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  return parts ? parts.slice(1).join('-') : text;
}

/** @param {string} tag '0040A160' @returns {string} '(0040,A160)' */
export const tag = (tag) => (tag ? `(${tag.slice(0, 4)},${tag.slice(4)})` : '');

/**
 * @param {string} text
 * @returns {string} As many dots as there are letters and digits, at most twelve: tells that there is a value, not which.
 */
export function masked(text) {
  const length = Math.min(12, [...text].length);
  return '•'.repeat(length);
}

/** @param {string} path @returns {string} Folders and names masked, the ending kept. */
export function maskedPath(path) {
  const ending = /\.[A-Za-z]{1,4}$/.exec(path)?.[0] ?? '';
  return (
    path
      .slice(0, path.length - ending.length)
      .split('/')
      .map(masked)
      .join('/') + ending
  );
}

/** @param {string} text @param {number} length @returns {string} Cut to that many characters, with an ellipsis. */
export function cut(text, length) {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
