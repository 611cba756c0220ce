/**
 * How the files of this site are kept in the browser: in one cache, each under its SHA-256, so that two versions never
 * mix and what was changed is not taken for what was published. Names are relative: the page and its service worker
 * lie in the same folder, whatever that is.
 */

/** An origin may hold more sites than this one. */
export const CACHE = `site ${new URL('./', globalThis.location.href).pathname}`;

/** @param {string} sha256 In hexadecimal. */
export const keyOf = (sha256) => `kept/${sha256}`;

/** @param {Request} key @returns {string} */
export const sha256OfKey = ({ url }) => url.slice(url.lastIndexOf('/') + 1);

/** @param {BufferSource} data @returns {Promise<string>} Its SHA-256, in hexadecimal; only on secure origins. */
export async function sha256Of(data) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {BlobPart} content @param {Response} from As which it came. @returns {Response} As it is kept. */
export function toKeep(content, { headers }) {
  return new Response(content, {
    headers: {
      'Content-Type': headers.get('Content-Type') ?? 'application/octet-stream',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
