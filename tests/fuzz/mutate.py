"""Good bytes -> bad bytes: the same ones in every run; what a fuzzer does that sees nothing of what it causes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_NUMBERS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF)


def mutations(seeds: Sequence[bytes], generator: random.Random) -> Iterator[bytes]:
    """Yield changed seeds without end: bits flipped, numbers put in, parts cut, repeated, and taken from others."""
    while True:
        data = bytearray(generator.choice(seeds))
        for _ in range(generator.choice((1, 1, 1, 2, 3, 8))):
            _change(data, seeds, generator)
        yield bytes(data)


def _change(data: bytearray, seeds: Sequence[bytes], generator: random.Random) -> None:
    at = generator.randrange(len(data) + 1)
    length = generator.choice((1, 2, 4, 8, generator.randint(1, 300)))
    match generator.randrange(7):
        case 0 if at < len(data):
            data[at] ^= 1 << generator.randrange(8)
        case 1 if at < len(data):
            data[at] = generator.randrange(256)
        case 2:
            width = generator.choice((1, 2, 4))
            number = generator.choice(_NUMBERS) & (1 << 8 * width) - 1
            data[at : at + width] = number.to_bytes(width, generator.choice(("little", "big")))
        case 3:
            del data[at : at + length]
        case 4:
            data[at:at] = data[at : at + length]
        case 5:
            other = generator.choice(seeds)
            start = generator.randrange(len(other))
            data[at : at + generator.choice((0, length))] = other[start : start + length]
        case _:
            del data[at:]
