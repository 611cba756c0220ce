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
