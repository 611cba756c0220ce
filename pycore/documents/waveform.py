"""Waveforms -> plots: every channel of every multiplex group, with its name, unit and annotations (PS3.3 §C.10.9).

Samples are read in steps and reduced on the way to the lowest and highest of each column, so that an hour takes no more
memory than a second. A value is sample × sensitivity × correction factor + baseline, in the channel's unit
(§C.10.9.1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pycore.documents.blocks import Block, Channel, Heading, Plot, Run, Runs, note, plain, table, warning
from pycore.documents.data_set import EMPTY, DataSet, spaced
from pycore.documents.references import channel_words

MAX_COLUMNS = 4_000
"""Of a plot; longer recordings share them out."""
MAX_DRAWN = 200_000
"""Columns of all channels of a plot."""
MAX_CHANNELS = 128
"""Of one multiplex group that are drawn."""
MAX_GROUPS = 32
MAX_BYTES = 512 * 1024 * 1024
"""Of one group's samples that are read."""
_STEP_BYTES = 1 << 20

_DTYPES = {
    ("SB", 8): "i1",
    ("UB", 8): "u1",
    ("SS", 16): "i2",
    ("US", 16): "u2",
    ("SL", 32): "i4",
    ("UL", 32): "u4",
    ("SV", 64): "i8",
    ("UV", 64): "u8",
}
"""Waveform Sample Interpretation and Waveform Bits Allocated -> NumPy's name (PS3.3 §C.10.9.1.5)."""

_SHOWN_UNITS = {"uV": "µV", "1": ""}
_MILLIVOLT = {"µV": 0.001, "mV": 1.0, "V": 1000.0}
_MM_PER_SECOND, _MM_PER_MILLIVOLT = 25.0, 10.0
"""How electrocardiograms are printed all over the world."""


def read_waveforms(data_set: DataSet) -> tuple[Block, ...]:
    """Return a heading and a plot of each multiplex group, and what is annotated."""
    groups = data_set.items("WaveformSequence")
    if not groups:
        return ()
    blocks: list[Block] = []
    for index, group in enumerate(groups[:MAX_GROUPS]):
        label = spaced((Run(f"Multiplex group {index + 1}"), group.run("MultiplexGroupLabel")))
        blocks += [Heading(label), *_group(group)]
    if len(groups) > MAX_GROUPS:
        blocks.append(warning(f"{len(groups) - MAX_GROUPS:,} more multiplex groups are not drawn."))
    return (*blocks, *_annotations(data_set))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples of a group lie: sample by sample, all channels of one before the next (PS3.3 §C.10.9.1.6)."""

    dtype: np.dtype[Any]
    channels: int
    samples: int
    """As stated, and no more than there are."""
    frequency: float
    companding: str
    """'MB' for µ-law, 'AB' for A-law, '' for samples as they are."""
    padding: int | None
    """The stored value that stands for 'no sample here'."""


def _group(group: DataSet) -> tuple[Block, ...]:
    layout, problems = _read_layout(group)
    if layout is None:
        return tuple(problems)
    columns, low, high = _reduce(group, layout)
    if not columns:
        return (*problems, warning("(5400,1010) Waveform Data holds no sample."))
    definitions = group.items("ChannelDefinitionSequence")
    channels, curves = [], np.empty((min(layout.channels, MAX_CHANNELS), columns, 2), "<f4")
    for index in range(len(curves)):
        definition = definitions[index] if index < len(definitions) else EMPTY
        channel, values = _channel(definition, index, low[index], high[index])
        channels.append(channel)
        curves[index] = values
    units = {channel.unit for channel in channels}
    is_ecg = bool(units) and units <= _MILLIVOLT.keys()
    unit = units.pop() if is_ecg and len(units) == 1 else ""
    plot = Plot(
        channels=tuple(channels),
        seconds=layout.samples / layout.frequency,
        columns=columns,
        samples=layout.samples,
        data=curves.tobytes(),
        mm_per_second=_MM_PER_SECOND if is_ecg else 0.0,
        mm_per_unit=_MM_PER_MILLIVOLT * _MILLIVOLT[unit] if unit else 0.0,
        custom=f"{_MM_PER_SECOND:g} mm/s" + (f", {_MM_PER_MILLIVOLT:g} mm/mV" if unit else "") if is_ecg else "",
    )
    facts = f"{layout.channels:,} channels, {layout.samples:,} samples at {layout.frequency:g} Hz"
    if layout.channels > len(curves):
        problems.append(warning(f"Only the first {len(curves):,} of {layout.channels:,} channels are drawn."))
    return (note(facts + "."), *problems, plot)


def _read_layout(group: DataSet) -> tuple[_Layout | None, list[Block]]:
    """Return how the samples lie, as far as the bytes that are there bear it out."""
    problems: list[Block] = []
    element = group.element("WaveformData")
    if element is None:
        return None, [warning("(5400,1010) Waveform Data is missing.")]
    bits = group.integer("WaveformBitsAllocated") or 0
    interpretation = group.text("WaveformSampleInterpretation")
    companding = interpretation if interpretation in ("MB", "AB") else ""
    name = _DTYPES.get((interpretation, bits)) if not companding else "u1" if bits == 8 else None
    if name is None:
        return None, [
            warning(
                f"(5400,1006) Waveform Sample Interpretation is {interpretation!r} with {bits} bits allocated, which "
                "PS3.3 §C.10.9.1.5 does not know: the samples cannot be drawn."
            )
        ]
    dtype = np.dtype(("<" if element.little_endian else ">") + name)
    channels = group.integer("NumberOfWaveformChannels") or 0
    if channels < 1 or channels * dtype.itemsize > max(element.length, 0):
        found = f"(003A,0005) Number of Waveform Channels is {channels:,}"
        return None, [
            warning(f"{found}, and Waveform Data has {max(element.length, 0):,} bytes: nothing can be drawn.")
        ]
    there = min(element.length, MAX_BYTES) // (channels * dtype.itemsize)
    stated = group.integer("NumberOfWaveformSamples") or 0
    if stated != there:
        problems.append(
            warning(
                f"(003A,0010) Number of Waveform Samples is {stated:,}; Waveform Data has room for {there:,}. "
                f"{min(stated, there) if stated > 0 else there:,} are drawn."
            )
        )
    samples = min(stated, there) if stated > 0 else there
    frequency = group.number("SamplingFrequency") or 0.0
    if frequency <= 0:
        problems.append(
            warning("(003A,001A) Sampling Frequency is missing or not above 0: drawn at one sample a second.")
        )
        frequency = 1.0
    padding = group.raw("WaveformPaddingValue", dtype.itemsize)
    pad = int(np.frombuffer(padding, dtype)[0]) if len(padding) == dtype.itemsize else None
    return _Layout(dtype, channels, samples, frequency, companding, pad), problems


def _reduce(group: DataSet, layout: _Layout) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
    """Return how many columns there are, and the lowest and highest stored sample of each: (channels, columns).

    Every column stands for the same number of samples, the last perhaps for fewer.
    """
    drawn = min(layout.channels, MAX_CHANNELS)
    per_column = -(-layout.samples // min(MAX_COLUMNS, MAX_DRAWN // drawn))
    columns = -(-layout.samples // per_column)
    low = np.full((drawn, columns), np.nan)
    high = np.full((drawn, columns), np.nan)
    frame = layout.channels * layout.dtype.itemsize
    stride = frame * per_column
    at = 0
    left = b""
    for piece in group.steps("WaveformData", max(_STEP_BYTES // stride, 1) * stride):
        data = left + piece
        whole = len(data) // stride * stride
        at = _take(data[:whole], layout, per_column, at, low, high)
        left = data[whole:]
        if at >= columns:
            break
    if at < columns:
        at = _take(left[: len(left) // frame * frame], layout, max(len(left) // frame, 1), at, low, high)
    return at, low[:, :at], high[:, :at]


def _take(
    data: bytes, layout: _Layout, per_column: int, at: int, low: NDArray[np.float64], high: NDArray[np.float64]
) -> int:
    """Reduce whole columns of samples into `low` and `high` from column `at` on; return the next column."""
    samples = np.frombuffer(data, layout.dtype).reshape(-1, layout.channels)[:, : len(low)]
    rows = len(samples) // per_column * per_column
    end = min(at + rows // per_column, int(low.shape[1]))
    shaped = samples[:rows].reshape(-1, per_column, len(low))[: end - at]
    if not len(shaped):
        return at
    values = _expand(shaped, layout.companding) if layout.companding else shaped
    if layout.padding is None:
        low[:, at:end], high[:, at:end] = values.min(axis=1).T, values.max(axis=1).T
        return end
    there = shaped != layout.padding
    some = there.any(axis=1)
    for into, extreme, beyond in ((low, np.min, values.max()), (high, np.max, values.min())):
        into[:, at:end] = np.where(some, extreme(np.where(there, values, beyond), axis=1), np.nan).T
    return end


def _expand(coded: NDArray[Any], law: str) -> NDArray[np.int32]:
    """Return samples that are written by µ-law or A-law as linear ones (ITU-T G.711)."""
    codes = np.arange(256, dtype=np.int32)
    if law == "MB":
        inverted = ~codes & 0xFF
        magnitude = (((inverted & 0x0F) << 3) + 0x84 << ((inverted & 0x70) >> 4)) - 0x84
        table_of_values = np.where(inverted & 0x80, -magnitude, magnitude)
    else:
        even = codes ^ 0x55
        segment = (even & 0x70) >> 4
        base = ((even & 0x0F) << 4) + 8
        magnitude = np.where(segment == 0, base, base + 0x100 << np.maximum(segment - 1, 0))
        table_of_values = np.where(even & 0x80, magnitude, -magnitude)
    expanded: NDArray[np.int32] = table_of_values.astype(np.int32)[coded]
    return expanded


def _channel(
    definition: DataSet, index: int, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[Channel, NDArray[np.float64]]:
    """Return a channel with its name and unit, and its columns in that unit: (columns, 2)."""
    sensitivity = definition.number("ChannelSensitivity")
    factor = definition.number("ChannelSensitivityCorrectionFactor")
    baseline = definition.number("ChannelBaseline") or 0.0
    scale = (1.0 if sensitivity is None else sensitivity) * (1.0 if factor is None else factor)
    values = np.stack([low, high], axis=1) * scale + baseline
    if scale < 0:
        values = values[:, ::-1]
    there = not np.isnan(values).all()
    unit_item = definition.item("ChannelSensitivityUnitsSequence")
    unit = unit_item.text("CodeValue") or unit_item.text("CodeMeaning")
    label = definition.run("ChannelLabel")
    if not label.text:
        source = definition.item("ChannelSourceSequence").run("CodeMeaning")
        label = source if source.text else Run(f"Channel {index + 1}")
    filters = [
        f"{name} {value:g} Hz"
        for name, value in (
            ("above", definition.number("FilterLowFrequency")),
            ("below", definition.number("FilterHighFrequency")),
            ("notch", definition.number("NotchFilterFrequency")),
        )
        if value
    ]
    channel = Channel(
        label=label,
        unit="" if sensitivity is None else _SHOWN_UNITS.get(unit, unit),
        low=float(np.nanmin(values)) if there else 0.0,
        high=float(np.nanmax(values)) if there else 0.0,
        note=", ".join(filters),
    )
    return channel, values


def _annotations(data_set: DataSet) -> tuple[Block, ...]:
    """Return the Waveform Annotation module (PS3.3 §C.10.10): texts, codes and measurements with their place."""
    rows = [(_annotation(item), _place(item)) for item in data_set.items("WaveformAnnotationSequence")]
    if not rows:
        return ()
    listed = table(("Annotation", "Where"), rows, "annotations")
    return (Heading(plain(f"Annotations: {len(rows):,}")), *listed)


def _annotation(item: DataSet) -> Runs:
    name = item.code("ConceptNameCodeSequence")
    value: Runs = item.runs("UnformattedTextValue") or item.code("ConceptCodeSequence")
    if "NumericValue" in item:
        unit = item.item("MeasurementUnitsCodeSequence").text("CodeValue")
        value = (item.run("NumericValue"), Run(f" {unit}" if unit and unit != "1" else ""))
    return (*name, Run(": "), *value) if name and value else name or value


def _place(item: DataSet) -> Runs:
    parts = []
    if channels := channel_words(item):
        parts.append(channels)
    for keyword, words in (
        ("ReferencedSamplePositions", "sample"),
        ("ReferencedTimeOffsets", "second"),
    ):
        if values := item.texts(keyword):
            parts.append(f"{words} {', '.join(values[:16])}{', …' if len(values) > 16 else ''}")
    return plain("; ".join(parts))
