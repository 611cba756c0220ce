"""Compressed images in the page: what its own codecs give equals what was encoded, and what native decoders give."""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Error

from e2e.browser import Inspector, payload
from pycore.errors import PixelDataError
from pycore.pixels import open_image
from tests.builders import pydicom_paths, zip_bytes
from tests.compressed import compressed_images
from tests.test_golden_pictures import expected, first_and_last, name_of

READ_CANVAS = """() => {
  const canvas = document.querySelector('#image');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1]);
    reader.readAsDataURL(new Blob([data]));
  });
}"""


def test_every_image_written_by_an_encoder_is_decoded_to_what_was_encoded(inspector: Inspector) -> None:
    images = {f"{number:03} {image.name}": image for number, image in enumerate(compressed_images())}
    inspector.review(payload("compressed.zip", zip_bytes({name: image.data for name, image in images.items()})))
    wrong = []
    for name, image in images.items():
        shape, dtype, data = inspector.stored_values(name)
        difference = np.abs(np.array(data).reshape(shape) - image.expected.astype(np.float64)).max()
        if tuple(shape) != image.expected.shape or dtype != image.expected.dtype.name or difference > image.tolerance:
            wrong.append(f"{name}: {shape} {dtype}, {difference}")
    assert wrong == []


def test_every_compressed_file_that_pydicom_packages_is_as_native_decoders_give_it(inspector: Inspector) -> None:
    files = {}
    for path in pydicom_paths():
        dataset = pydicom.dcmread(path, force=True)
        syntax = dataset.file_meta.get("TransferSyntaxUID") if "PixelData" in dataset else None
        if syntax is not None and syntax.is_encapsulated:
            files[f"{path.parent.name}/{path.name}"] = path.read_bytes()
    assert len(files) > 35
    inspector.review(payload("packaged.zip", zip_bytes(files)))
    for name, data in files.items():
        image = open_image(io.BytesIO(data))
        for frame in {0, image.description.number_of_frames - 1}:
            try:
                expected = image.frame(frame)
            except PixelDataError as error:
                with pytest.raises(Error) as refusal:
                    inspector.stored_values(name, frame)
                assert str(error) in refusal.value.message
                continue
            shape, dtype, values = inspector.stored_values(name, frame)
            assert (tuple(shape), dtype) == (expected.shape, expected.dtype.name), name
            assert np.array_equal(np.array(values).reshape(shape), expected), f"{name}, frame {frame}"


def test_every_picture_on_the_canvas_is_the_one_that_was_looked_at(inspector: Inspector) -> None:
    paths = {name_of(path): path for path in pydicom_paths()}
    inspector.review(payload("packaged.zip", zip_bytes({name: path.read_bytes() for name, path in paths.items()})))
    wrong = []
    for name, (golden, _) in expected().items():
        digest = hashlib.sha256()
        for frame in first_and_last(open_image(io.BytesIO(paths[name].read_bytes())).description.number_of_frames):
            inspector.show(name, frame)
            digest.update(base64.b64decode(inspector.page.evaluate(READ_CANVAS)))
        if digest.hexdigest()[:16] != golden:
            wrong.append(name)
    assert wrong == []


def test_a_damaged_image_is_a_sentence_and_the_next_one_is_drawn(inspector: Inspector) -> None:
    images = [image for image in compressed_images() if image.name.endswith("8 bits, 1 sample")]
    entries = {}
    for image in images:
        dataset = pydicom.dcmread(io.BytesIO(image.data))
        [codestream] = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)
        dataset.PixelData = pydicom.encaps.encapsulate([codestream[: len(codestream) // 2]])
        file = io.BytesIO()
        dataset.save_as(file)
        entries[f"damaged {image.name}"] = file.getvalue()
        entries[f"whole {image.name}"] = image.data
    inspector.review(payload("damaged.zip", zip_bytes(entries)))
    for image in images:
        with pytest.raises(Error, match=r"(Frame 1|The frame) cannot be decoded: .*\."):
            inspector.show(f"damaged {image.name}")
        assert inspector.show(f"whole {image.name}") == (53, 37)
