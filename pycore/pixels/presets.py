"""Header -> the windows that a user may choose from, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pycore.pixels.attributes import Description, Header, Preset, items, read_rescale, text
from pycore.pixels.units import read_real_world, read_suv_factor, read_unit
from pycore.standard import window_preset_rows

AUTO = "AUTO"
"""Function of the preset that goes from the lowest to the highest value of the frame, padding left aside."""
TABLE = "VOI LUT"
"""Function of a table of the file, with its number from 1: 'VOI LUT 1'."""


def add_presets(description: Description, header: Header) -> Description:
    """Return the description with unit and presets."""
    if description.samples_per_pixel != 1 or description.photometric_interpretation == "PALETTE COLOR":
        return description
    unit = read_unit(header, read_rescale(header, 0, []), read_real_world(header, 0, []))
    described = replace(description, unit=unit)
    return replace(described, presets=tuple(_presets(described, header)))


def _presets(description: Description, header: Header) -> Iterator[Preset]:
    for index, window in enumerate(description.windows):
        label = window.explanation or ("File" if len(description.windows) == 1 else f"File {index + 1}")
        yield Preset(label, window.center, window.width, window.function, "file")
    for index, table in enumerate(items(header.data_set, "VOILUTSequence")):
        yield Preset(text(table, "LUTExplanation") or f"Table {index + 1}", None, None, f"{TABLE} {index + 1}", "file")
    yield Preset("Lowest to highest", None, None, AUTO, "auto")
    factor = read_suv_factor(header)
    for row in window_preset_rows():
        if row.modality != text(header.data_set, "Modality"):
            continue
        if row.unit == description.unit:
            yield Preset(
                row.label, row.center, row.width, "LINEAR_EXACT" if row.modality == "PT" else "LINEAR", "preset"
            )
        elif row.unit == "SUV" and factor:
            yield Preset(row.label, row.center / factor, row.width / factor, "LINEAR_EXACT", "preset")
