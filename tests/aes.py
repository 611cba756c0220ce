"""Zips encrypted with AES as WinZip does it, written without any library: what the product reads is made apart from it.

AES is slow here, some kilobytes a second: the tests encrypt little.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache

from tests.builders import zip_bytes


def _multiply(a: int, b: int) -> int:
    """Multiply in GF(2^8) (FIPS 197 §4.2)."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = a << 1 ^ 0x11B * (a >> 7)
        b >>= 1
    return product


@cache
def _s_box() -> bytes:
    """Return the table of SUBBYTES (FIPS 197 §5.1.1)."""
    inverses = [0, *(next(b for b in range(256) if _multiply(a, b) == 1) for a in range(1, 256))]
    turned = [one ^ one << 1 ^ one << 2 ^ one << 3 ^ one << 4 for one in inverses]
    return bytes((one & 0xFF) ^ one >> 8 ^ 0x63 for one in turned)


@cache
def _round_keys(key: bytes) -> tuple[bytes, ...]:
    """Return the key of each round (FIPS 197 §5.2)."""
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    length, box, constant = len(words), _s_box(), 1
    for number in range(length, 4 * (length + 7)):
        word = words[-1]
        if number % length == 0:
            word = bytes(box[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _multiply(constant, 2)
        elif length == 8 and number % length == 4:
            word = bytes(box[byte] for byte in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[-length], strict=True)))
    return tuple(b"".join(words[at : at + 4]) for at in range(0, len(words), 4))


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt 16 bytes (FIPS 197 §5.1)."""
    box = _s_box()
    twice = [_multiply(byte, 2) for byte in range(256)]
    first, *middle, last = _round_keys(key)
    state = [a ^ b for a, b in zip(block, first, strict=True)]
    for number, round_key in enumerate([*middle, last]):
        state = [box[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < len(middle):
            mixed = []
            for at in range(0, 16, 4):
                a, b, c, d = state[at : at + 4]
                every = a ^ b ^ c ^ d
                mixed += [one ^ every ^ twice[one ^ other] for one, other in ((a, b), (b, c), (c, d), (d, a))]
            state = mixed
        state = [a ^ b for a, b in zip(state, round_key, strict=True)]
    return bytes(state)


@cache
def derive_key(password: bytes, salt: bytes, length: int) -> bytes:
    """Return bytes that follow from a password: PBKDF2 with HMAC-SHA-1, a thousand times (RFC 8018 §5.2)."""
    blocks = []
    for number in range(1, -(-length // 20) + 1):
        last = hmac.digest(password, salt + number.to_bytes(4, "big"), "sha1")
        total = int.from_bytes(last, "big")
        for _ in range(999):
            last = hmac.digest(password, last, "sha1")
            total ^= int.from_bytes(last, "big")
        blocks.append(total.to_bytes(20, "big"))
    return b"".join(blocks)[:length]


def _stream(key: bytes) -> Iterator[int]:
    number = 1
    while True:
        yield from encrypt_block(key, number.to_bytes(16, "little"))
        number += 1


def encrypt(data: bytes, password: bytes, bits: int, salt: bytes = b"") -> bytes:
    """Return what a zip holds of an entry's compressed bytes (APPNOTE appendix E)."""
    salt = salt or hashlib.sha256(data).digest()[: bits // 16]
    derived = derive_key(password, salt, bits // 4 + 2)
    key, code_key, check = derived[: bits // 8], derived[bits // 8 : -2], derived[-2:]
    encrypted = bytes(a ^ b for a, b in zip(data, _stream(key), strict=False))
    return salt + check + encrypted + hmac.digest(code_key, encrypted, "sha1")[:10]


def aes_zip(
    contents: Mapping[str, bytes],
    password: bytes,
    *,
    bits: int = 256,
    version: int = 2,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Return a zip whose every entry is encrypted; `version` 1 states CRCs, 2 does not."""
    bodies: dict[str, bytes] = {}
    for name, content in contents.items():
        with_one = zip_bytes({name: content}, method)
        start = 30 + len(name.encode())
        bodies[name] = encrypt(with_one[start : with_one.index(b"PK\x01\x02")], password, bits)
    extra = struct.pack("<HHH2sBH", 0x9901, 7, version, b"AE", {128: 1, 192: 2, 256: 3}[bits], method)
    locals_, rows = b"", b""
    for name, body in bodies.items():
        encoded = name.encode()
        crc = zlib.crc32(contents[name]) if version == 1 else 0
        common = struct.pack("<4H3L", 0x0801, 99, 0, 0x5821, crc, len(body), len(contents[name]))
        lengths = struct.pack("<HH", len(encoded), len(extra))
        rows += b"PK\x01\x02" + struct.pack("<HH", 51, 51) + common + lengths
        rows += struct.pack("<3H2L", 0, 0, 0, 0, len(locals_)) + encoded + extra
        locals_ += b"PK\x03\x04" + struct.pack("<H", 51) + common + lengths + encoded + extra + body
    count = len(bodies)
    return locals_ + rows + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(rows), len(locals_), 0)
