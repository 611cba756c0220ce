/** What decrypting AES takes, for Python, which has neither in the browser; what is made of it is the core's business. */

import { ecb } from '@noble/ciphers/aes.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';

/**
 * Encrypts every block of 16 bytes by itself (FIPS 197): the core makes a stream of numbered blocks, since the counter
 * of zips is little endian, and that of the browser's own cipher is not.
 *
 * @param {Uint8Array} key Of 16, 24 or 32 bytes.
 * @param {Uint8Array} blocks
 */
export function encryptBlocks(key, blocks) {
  return ecb(key, { disablePadding: true }).encrypt(blocks);
}

/**
 * PBKDF2 with HMAC-SHA-1 (RFC 8018 §5.2).
 *
 * @param {Uint8Array} password @param {Uint8Array} salt @param {number} iterations @param {number} length In bytes.
 */
export function deriveKey(password, salt, iterations, length) {
  return pbkdf2(sha1, password, salt, { c: iterations, dkLen: length });
}

/**
 * @typedef {[password: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, iterations: number, length: number]} Derivation
 */

/**
 * The same for many at once, by the browser's own, which is many times faster and answers later.
 *
 * @param {Derivation[]} wanted
 * @returns {Promise<Uint8Array[]>} None where the browser does not offer that, as to origins that are not secure: then they
 *   are derived one by one.
 */
export async function deriveKeys(wanted) {
  const { subtle } = globalThis.crypto;
  if (!subtle) return [];
  const derive = async (/** @type {Derivation} */ [password, salt, iterations, length]) => {
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const by = { name: 'PBKDF2', hash: 'SHA-1', salt, iterations };
    return new Uint8Array(await subtle.deriveBits(by, key, 8 * length));
  };
  return Promise.all(wanted.map(derive));
}
