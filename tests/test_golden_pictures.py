"""Every packaged file that is uncompressed or RLE looks the same everywhere: natively, and in the browser's Python.

`golden-pictures.tsv` holds a hash of the RGBA bytes of the first and the last frame. Whoever changes what is seen
writes it again with `python -m tests.test_golden_pictures`, and looks at what has changed.
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


def expected() -> dict[str, str]:
    lines = GOLDEN.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if not line.startswith("#"))


def picture_hash(path: Path) -> str | None:
    """Return the hash of what is seen; None for what is no picture or needs a codec."""
    with path.open("rb") as file:
        try:
            image = open_image(file)
        except PixelDataError:
            return None
        if not image.description.drawable or image.description.transfer_syntax not in SYNTAXES:
            return None
        digest = hashlib.sha256()
        for frame in sorted({0, image.description.number_of_frames - 1}):
            digest.update(image.picture(frame).rgba.tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.filterwarnings("ignore")  # what pydicom says of its own broken examples
@pytest.mark.parametrize("path", pydicom_paths(), ids=name_of)
def test_a_packaged_file_looks_as_it_always_did(path: Path) -> None:
    assert picture_hash(path) == expected().get(name_of(path))


def test_no_picture_is_missing() -> None:
    assert set(expected()) <= set(map(name_of, pydicom_paths()))
    assert len(expected()) > 60


if __name__ == "__main__":
    rows = [f"{name_of(path)}\t{found}" for path in pydicom_paths() if (found := picture_hash(path))]
    GOLDEN.write_text(
        "# First 16 digits of the SHA-256 of the RGBA bytes of the first and the last frame; files of pydicom 3.0.2.\n"
        + "\n".join(rows)
        + "\n",
        "utf-8",
    )
    sys.exit(not rows)
