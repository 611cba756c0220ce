"""Pictures for the sample: bodies made of ellipses, without noise, and words in a tiny bitmap font.

Arrays are `(rows, columns)` or `(rows, columns, 3)`; places and sizes are in a square from −1 to 1 that is as wide as
the picture, x to the right and y downwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Ellipse(NamedTuple):
    """A filled ellipse that replaces what lies under it."""

    x: float
    y: float
    width: float
    height: float
    value: float


def draw(size: int, background: float, ellipses: tuple[Ellipse, ...]) -> NDArray[np.float64]:
    """Return the ellipses, later ones on top, with edges one pixel soft."""
    axis = (np.arange(size) + 0.5) * 2 / size - 1
    x, y = axis[None, :], axis[:, None]
    picture = np.full((size, size), background, np.float64)
    for ellipse in ellipses:
        radius = np.hypot((x - ellipse.x) / ellipse.width, (y - ellipse.y) / ellipse.height)
        softness = size / 2 * min(ellipse.width, ellipse.height)
        cover = np.clip((1 - radius) * softness + 0.5, 0, 1)
        picture += cover * (ellipse.value - picture)
    return picture


def thorax(size: int, height: float) -> NDArray[np.float64]:
    """Return an axial slice in Hounsfield units; height runs from 0, the belly, to 1, the neck."""
    width = 0.82 - 0.25 * max(0.0, height - 0.75) * 4
    lung = 0.30 * np.sin(np.pi * (0.15 + 0.85 * height)) ** 0.5
    heart = 0.24 * np.sin(np.pi * min(1.0, 0.2 + height)) ** 2
    shapes = [
        Ellipse(0, 0.86, 0.9, 0.05, -500),  # table
        Ellipse(0, 0, width, 0.62, -90),  # fat
        Ellipse(0, 0, width - 0.05, 0.57, 45),  # muscle
        Ellipse(-0.38, -0.03, lung, 0.42 * lung / 0.3, -860),
        Ellipse(0.38, -0.03, lung, 0.42 * lung / 0.3, -860),
        Ellipse(0.12, -0.12, heart + 0.02, heart + 0.02, 55),
        Ellipse(0.14, -0.14, heart * 0.6, heart * 0.55, 160),
        Ellipse(0, 0.36, 0.13, 0.12, 420),  # vertebra
        Ellipse(0, 0.36, 0.08, 0.07, 240),
        Ellipse(0, 0.48, 0.04, 0.04, 20),  # spinal canal
        Ellipse(-0.11, 0.24, 0.06, 0.06, 180),  # aorta
    ]
    for side in (-1, 1):
        for turn in np.linspace(-0.9, 0.9, 5):  # ribs
            angle = turn + 0.35 * height
            shapes.append(Ellipse(side * 0.71 * np.cos(angle) * width / 0.82, 0.5 * np.sin(angle), 0.035, 0.03, 520))
    if lung > 0.05:
        shapes += [Ellipse(0.33 + 0.1 * height, 0.1, 0.03, 0.03, 35)]  # a nodule, something to look for
    return draw(size, -1000, tuple(shapes))


def head(size: int, height: float) -> NDArray[np.float64]:
    """Return an axial slice of a head in arbitrary magnetic resonance units; height runs from 0 to 1, the vertex."""
    scale = float(np.sqrt(1 - (0.85 * height) ** 2))
    shapes = (
        Ellipse(0, 0, 0.70 * scale, 0.85 * scale, 1400),  # scalp
        Ellipse(0, 0, 0.66 * scale, 0.81 * scale, 60),  # skull
        Ellipse(0, 0, 0.61 * scale, 0.76 * scale, 620),  # grey matter
        Ellipse(0, 0, 0.52 * scale, 0.67 * scale, 880),  # white matter
        Ellipse(-0.12 * scale, -0.05, 0.09 * scale, 0.3 * scale * (1.1 - height), 220),  # ventricles
        Ellipse(0.12 * scale, -0.05, 0.09 * scale, 0.3 * scale * (1.1 - height), 220),
        Ellipse(-0.26 * scale, 0.1, 0.10 * scale, 0.13 * scale, 700),
        Ellipse(0.26 * scale, 0.1, 0.10 * scale, 0.13 * scale, 700),
        Ellipse(0.25, -0.35 * scale, 0.08 * scale, 0.07 * scale, 1250),  # a lesion
    )
    return draw(size, 0, shapes)


def hand(size: int) -> NDArray[np.float64]:
    """Return a projection, 0 for air and 1 for the densest bone."""
    shapes = [
        Ellipse(0, 0.45, 0.45, 0.5, 0.35),
        Ellipse(-0.12, 0.85, 0.10, 0.4, 0.85),
        Ellipse(0.12, 0.85, 0.08, 0.4, 0.8),
    ]
    for x, length in ((-0.34, 0.34), (-0.12, 0.44), (0.11, 0.42), (0.33, 0.32)):
        shapes.append(Ellipse(x * 1.1, 0.25 - length, 0.10, length + 0.1, 0.3))
        shapes += [Ellipse(x * 1.1, 0.2 - length * step, 0.05, length * 0.3, 0.9) for step in (-0.25, 0.5, 1.15, 1.7)]
    return draw(size, 0, tuple(shapes))


def fan(rows: int, columns: int, beat: float) -> NDArray[np.uint8]:
    """Return an ultrasound sector in colour; beat from 0 to 1 is where in the heart's cycle it was taken."""
    y, x = np.mgrid[0:rows, 0:columns]
    x = (x - columns / 2) / rows
    y = (y + 1) / rows
    radius, angle = np.hypot(x, y), np.arctan2(x, y)
    inside = (np.abs(angle) < 0.7) & (radius > 0.08) & (radius < 0.95)
    speckle = 0.5 + 0.5 * np.sin(radius * 190) * np.sin(angle * 70 + np.sin(radius * 40))
    chamber = np.hypot((x + 0.03) / 0.2, (y - 0.55) / 0.27) < 0.75 + 0.2 * np.sin(2 * np.pi * beat)
    grey = np.where(inside, np.where(chamber, 12, 60 + 110 * speckle * (1 - 0.6 * radius)), 0)
    picture = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    flow = inside & (np.hypot((x + 0.03) / 0.08, (y - 0.5) / 0.15) < 1)
    picture[flow] = (180 + int(60 * beat), 40, 30)
    return picture


def stripes(rows: int, columns: int) -> NDArray[np.float64]:
    """Return a test pattern from 0 to 1: a ramp, bars of four widths, and a disc."""
    y, x = np.mgrid[0:rows, 0:columns] / np.array([rows, columns]).reshape(2, 1, 1)
    bars = ((x * 2 ** (3 + np.floor(y * 8) % 4)) % 1 > 0.5).astype(np.float64)
    pattern = np.where(y < 0.5, x, bars)
    disc = np.hypot(x - 0.5, y - 0.5) < 0.22
    return np.where(disc, 1 - x, pattern)


# Each letter, and its five rows of three bits from the top as octal digits.
_FONT = (
    "A25755 B65656 C34443 D65556 E74647 F74644 G34553 H55755 I72227 J11152 K55655 L44447 M57755 N65555 O25552 P65644 "
    "Q25573 R65655 S34216 T72222 U55557 V55552 W55775 X55255 Y55222 Z71247 075557 126227 271747 371717 455711 574717 "
    "674757 771122 875757 975717 .00002 :02020 -00700 /11244 ^25000 ,00024"
)
_GLYPHS = {" ": "00000"} | {word[0]: word[1:] for word in _FONT.split()}


def write(picture: NDArray[np.uint8], text: str, row: int, column: int, scale: int = 2) -> NDArray[np.uint8]:
    """Return the picture with the text burned in, white, its upper left corner at row and column."""
    burned_in = picture.copy()
    for place, letter in enumerate(text):
        bits = np.array([[int(digit) >> bit & 1 for bit in (2, 1, 0)] for digit in _GLYPHS[letter]], bool)
        glyph = np.kron(bits, np.ones((scale, scale), bool))
        left = column + place * 4 * scale
        burned_in[row : row + 5 * scale, left : left + 3 * scale][glyph] = 255
    return burned_in
