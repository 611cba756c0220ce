"""An entry encrypted with AES as WinZip does it, AE-1 and AE-2 -> a source of what was encrypted (APPNOTE appendix E).

The data of such an entry is a salt, two bytes that tell most wrong passwords, the encrypted bytes, and ten bytes of an
authentication code over these. Key and code's key follow from password and salt. The cipher counts blocks from 1 on, in
little endian, so that any place can be decrypted by itself.
"""

from __future__ import annotations

import hmac
import sys
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pycore.archive.ciphers import find_ciphers
from pycore.archive.headers import AES_CHECK_BYTES, AES_CODE_BYTES, AesField
from pycore.archive.sources import Source, read_source

_ITERATIONS = 1000
_BLOCK = 16
_STEP = 1024 * 1024
"""Bytes decrypted at a time."""
_MAX_KEPT = 512
"""Salts whose keys are remembered: those of a batch, for which they may be derived ahead, are not so many."""


class Key(NamedTuple):
    """What follows from a password and a salt."""

    cipher: bytes
    code: bytes
    """Key of the authentication code."""


class Derivation(NamedTuple):
    """What keys follow from, by PBKDF2 with HMAC-SHA-1."""

    password: bytes
    salt: bytes
    iterations: int
    length: int
    """Of what is derived, in bytes."""


class AesKeys:
    """The passwords to try, and the keys that followed from them last."""

    def __init__(self, passwords: Sequence[bytes]) -> None:
        self._passwords = tuple(passwords)
        self._derived: OrderedDict[bytes, list[bytes]] = OrderedDict()

    def find(self, field: AesField, salt: bytes, check: bytes) -> list[Key]:
        """Return the keys of the passwords that may be right; of 65,536 wrong ones, one passes."""
        wanted = self.missing(field, salt)
        ciphers = find_ciphers()
        assert ciphers is not None  # else the entry is unreadable
        self.remember((one, ciphers.derive_key(*one)) for one in wanted)
        keys = (_split(derived, field.bits // 8) for derived in self._derived.get(salt, ()))
        return [key for key, one in keys if one == check]

    def missing(self, field: AesField, salt: bytes) -> list[Derivation]:
        """Return what has to be derived before `find` is asked for a salt; nothing where it was asked lately."""
        if salt in self._derived:
            return []
        length = 2 * (field.bits // 8) + AES_CHECK_BYTES
        return [Derivation(password, salt, _ITERATIONS, length) for password in self._passwords]

    def remember(self, derived: Iterable[tuple[Derivation, bytes]]) -> None:
        """Take in what was derived, all that `missing` returned for a salt."""
        for one, data in derived:
            self._derived.setdefault(one.salt, []).append(data)
        while len(self._derived) > _MAX_KEPT:
            self._derived.popitem(last=False)


def _split(derived: bytes, length: int) -> tuple[Key, bytes]:
    """Return the keys, of so many bytes each, and the bytes that tell a wrong password."""
    return Key(derived[:length], derived[length : 2 * length]), derived[2 * length :]


class DecryptedSource:
    """What an entry's bytes were before they were encrypted; offsets count from the first of them."""

    def __init__(self, source: Source, start: int, size: int, key: Key) -> None:
        self.name = source.name
        self.size = size
        self._source = source
        self._start = start
        self._key = key.cipher
        self._code = hmac.new(key.code, digestmod="sha1")
        self._covered = 0
        """Up to where the code covers what was read."""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes, less only at the end; raises OSError."""
        end = min(offset + length, self.size)
        return b"".join(self._decrypt(at, min(_STEP, end - at)) for at in range(offset, end, _STEP))

    def find_forgery(self) -> str:
        """Read what was not read yet, and return what is wrong if the authentication code is; raises EntryError."""
        while self._covered < self.size and read_source(self, self._covered, min(_STEP, self.size - self._covered)):
            pass
        code = read_source(self._source, self._start + self.size, AES_CODE_BYTES)
        if hmac.compare_digest(self._code.digest()[:AES_CODE_BYTES], code):
            return ""
        return (
            "The entry's encrypted bytes were damaged or changed, or the password is not theirs: the authentication "
            "code in the zip does not fit them (APPNOTE appendix E)."
        )

    def _read(self, offset: int, length: int) -> bytes:
        data = self._source.read(self._start + offset, length)
        if offset <= self._covered < offset + len(data):
            self._code.update(data[self._covered - offset :])
            self._covered = offset + len(data)
        return data

    def _decrypt(self, offset: int, length: int) -> bytes:
        data = self._read(offset, length)
        if not data:
            return b""
        ciphers = find_ciphers()
        assert ciphers is not None  # else there would be no key
        first, skipped = divmod(offset, _BLOCK)
        stream = ciphers.encrypt_blocks(self._key, _counters(first + 1, -(-(skipped + len(data)) // _BLOCK)))
        mask = int.from_bytes(stream[skipped : skipped + len(data)], "little")
        return (int.from_bytes(data, "little") ^ mask).to_bytes(len(data), "little")


def _counters(first: int, count: int) -> bytes:
    """Return numbers of blocks as blocks: 16 bytes each, little endian; no zip is so large that more than 8 count."""
    halves = array("Q", bytes(_BLOCK * count))
    halves[::2] = array("Q", range(first, first + count))
    if sys.byteorder == "big":
        halves.byteswap()
    return halves.tobytes()
