"""Every packaged file looks the same everywhere: natively, in the browser's Python, and on the page's canvas.

`golden-pictures.tsv` holds a hash of the RGBA bytes of the first and the last frame, and which need a codec: those
are compared natively here, and on the canvas by `e2e/test_codecs.py`. Whoever changes what is seen writes it again with
`python -m tests.test_golden_pictures`, and looks at what has changed.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from pydicom.uid import RLELossless

from pycore.errors import PixelDataError
from pycore.pixels import open_image
from tests.builders import UNCOMPRESSED_SYNTAXES, pydicom_paths

GOLDEN = Path(__file__).parent / "golden-pictures.tsv"
SYNTAXES = {*UNCOMPRESSED_SYNTAXES, RLELossless}


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def expected() -> dict[str, tuple[str, bool]]:
    """Return the hash of each file, and whether it needs a codec."""
    lines = (line.split("\t") for line in GOLDEN.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {name: (found, coding == "codec") for name, found, coding in lines}


def picture_hash(path: Path) -> tuple[str, bool] | None:
    """Return the hash of what is seen, and whether a codec was needed; None for what cannot be drawn here."""
    with path.open("rb") as file:
        try:
            image = open_image(file)
        except PixelDataError:
            return None
        if not image.description.drawable:
            return None
        digest = hashlib.sha256()
        for frame in first_and_last(image.description.number_of_frames):
            try:
                digest.update(image.picture(frame).rgba.tobytes())
            except PixelDataError:
                return None
    return digest.hexdigest()[:16], image.description.transfer_syntax not in SYNTAXES


def first_and_last(frames: int) -> list[int]:
    return sorted({0, frames - 1})


@pytest.mark.filterwarnings("ignore")  # what pydicom says of its own broken examples
@pytest.mark.parametrize("path", pydicom_paths(), ids=name_of)
def test_a_packaged_file_looks_as_it_always_did(path: Path) -> None:
    golden = expected().get(name_of(path))
    if golden is None or not golden[1]:
        assert picture_hash(path) == golden


@pytest.mark.native  # the codecs inside the browser are those of the page
@pytest.mark.filterwarnings("ignore")
def test_a_packaged_file_that_is_compressed_looks_as_it_always_did() -> None:
    compressed = {name: golden for name, golden in expected().items() if golden[1]}
    assert {name: picture_hash(path) for path in pydicom_paths() if (name := name_of(path)) in compressed} == compressed
    assert len(compressed) == 29


def test_no_picture_is_missing() -> None:
    assert set(expected()) <= set(map(name_of, pydicom_paths()))
    assert len(expected()) > 60


if __name__ == "__main__":
    rows = [
        f"{name_of(path)}\t{found[0]}\t{'codec' if found[1] else ''}"
        for path in pydicom_paths()
        if (found := picture_hash(path))
    ]
    GOLDEN.write_text(
        "# First 16 digits of the SHA-256 of the RGBA bytes of the first and the last frame, and whether a codec is "
        "needed; files of pydicom 3.0.2.\n" + "\n".join(rows) + "\n",
        "utf-8",
    )
    sys.exit(not rows)
