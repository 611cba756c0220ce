"""What decrypting AES takes and Python's library does not have everywhere.

Natively both functions are there when the package `cryptography` is installed; in the page they are JavaScript, handed
in by `register`. What is made of them is the business of `aes`.
"""

from __future__ import annotations

import hashlib
import importlib.util
from typing import Protocol


class Ciphers(Protocol):
    """AES (FIPS 197) and PBKDF2 with HMAC-SHA-1 (RFC 8018 §5.2)."""

    def encrypt_blocks(self, key: bytes, blocks: bytes) -> bytes:
        """Encrypt every block of 16 bytes by itself; the key has 16, 24 or 32 bytes."""
        ...

    def derive_key(self, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
        """Return `length` bytes that follow from a password, and from which it is slow to guess."""
        ...


class _Native:
    """See `Ciphers`."""

    def encrypt_blocks(self, key: bytes, blocks: bytes) -> bytes:
        # Imported here: few zips need it, and it takes a while.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)

    def derive_key(self, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
        return hashlib.pbkdf2_hmac("sha1", password, salt, iterations, length)


_ciphers: Ciphers | None = _Native() if importlib.util.find_spec("cryptography") else None


def register(ciphers: Ciphers | None) -> None:
    """Use these from now on, instead of any that were there."""
    global _ciphers
    _ciphers = ciphers


def find_ciphers() -> Ciphers | None:
    """Return the ciphers; None where there are none."""
    return _ciphers
