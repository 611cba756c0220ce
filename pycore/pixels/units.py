"""What the numbers of a frame measure: units, real world values, standardized uptake values.

PS3.3 §C.11.1.1.2 (Rescale Type), §C.7.6.16.2.11 (Real World Value Mapping), §C.8.9.1.1.3 (Units of PET), §C.8.8.3.1
(Dose Units).
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.valuerep import DA, DT, TM

from pycore.pixels.attributes import Header, Rescale, frame_sources, items, numbers, text
from pycore.pixels.source import READ_ERRORS

_PET_UNITS = {"BQML": "Bq/ml", "GML": "SUV", "CNTS": "counts", "NONE": "", "PROPCNTS": "counts", "PCNT": "%"}
"""(0054,1001) Units (PS3.3 §C.8.9.1.1.3); grams per millilitre are what SUV by body weight has."""
_RESCALE_UNITS = {"US": "", "GY": "Gy", "RELATIVE": "relative"}
"""(0028,1054) Rescale Type US is 'unspecified'; GY and RELATIVE are (3004,0002) Dose Units."""

_MAX_HALF_LIVES = 5.0
"""From injection to scan; dates that say more have been altered or are wrong, and no uptake follows from them."""


class RealWorld(NamedTuple):
    """How stored values become real world values (PS3.3 §C.7.6.16.2.11)."""

    first: float
    last: float
    slope: float
    intercept: float
    table: NDArray[np.float64] | None
    """Used instead of slope and intercept; begins at `first`."""
    unit: str

    def apply(self, stored: float) -> float | None:
        """Return the real world value; None outside of what is mapped."""
        if not self.first <= stored <= self.last:
            return None
        if self.table is None:
            return stored * self.slope + self.intercept
        index = int(stored - self.first)
        return float(self.table[index]) if index < len(self.table) else None


def read_unit(header: Header, rescale: Rescale | None, real_world: RealWorld | None) -> str:
    """Return the unit of modality values; empty when nothing says it."""
    data_set = header.data_set
    if pet := text(data_set, "Units").upper():
        return _PET_UNITS.get(pet, pet)
    if rescale and rescale.type:
        return _RESCALE_UNITS.get(rescale.type.upper(), rescale.type)
    if rescale and text(data_set, "Modality") == "CT":
        return "HU"  # "the units … shall be Hounsfield Units" where no type is given (PS3.3 §C.8.2.1.1.2)
    if rescale is None and real_world and (real_world.slope, real_world.intercept) == (1.0, 0.0):
        return real_world.unit
    return ""


def read_real_world(header: Header, frame: int, notes: list[str]) -> RealWorld | None:
    """Return the first mapping of a frame; None where there is none, or where it cannot be used."""
    for source in frame_sources(header, frame, "RealWorldValueMappingSequence"):
        # The macro's sequence holds the mapping itself; at the top level of the data set it still has to be entered.
        for item in items(source, "RealWorldValueMappingSequence")[:1] or [source]:
            if mapping := _read_mapping(item, notes):
                return mapping
    return None


def _read_mapping(item: Dataset, notes: list[str]) -> RealWorld | None:
    first = _first(item, notes, "DoubleFloatRealWorldValueFirstValueMapped", "RealWorldValueFirstValueMapped")
    last = _first(item, notes, "DoubleFloatRealWorldValueLastValueMapped", "RealWorldValueLastValueMapped")
    slope, intercept = numbers(item, "RealWorldValueSlope", notes), numbers(item, "RealWorldValueIntercept", notes)
    table = numbers(item, "RealWorldValueLUTData", notes)
    if not (slope and intercept) and not table:
        return None
    codes = items(item, "MeasurementUnitsCodeSequence")
    unit = text(codes[0], "CodeValue") or text(codes[0], "CodeMeaning") if codes else ""
    return RealWorld(
        -math.inf if first is None else first,
        math.inf if last is None else last,
        slope[0] if slope else 1.0,
        intercept[0] if intercept else 0.0,
        np.array(table) if table and first is not None else None,
        {"1": "", "[hnsf'U]": "HU", "{counts}": "counts"}.get(unit, unit),  # UCUM
    )


def _first(item: Dataset, notes: list[str], *keywords: str) -> float | None:
    return next((found[0] for keyword in keywords if (found := numbers(item, keyword, notes))), None)


def read_suv_factor(header: Header) -> float | None:
    """Return what turns Bq/ml into standardized uptake values by body weight; None where the file gives too little.

    factor = weight in grams ÷ injected dose as it has decayed until the time to which the values are corrected:
    (0054,1102) Decay Correction START is the start of the series, ADMIN the injection (PS3.3 §C.8.9.1.1.6).
    """
    data_set = header.data_set
    weight = numbers(data_set, "PatientWeight", [])
    doses = items(data_set, "RadiopharmaceuticalInformationSequence")
    if text(data_set, "Units").upper() != "BQML" or not weight or weight[0] <= 0 or not doses:
        return None
    total, half_life = numbers(doses[0], "RadionuclideTotalDose", []), numbers(doses[0], "RadionuclideHalfLife", [])
    if not total or not half_life or total[0] <= 0 or half_life[0] <= 0:
        return None
    correction = text(data_set, "DecayCorrection").upper()
    if correction == "ADMIN":
        return weight[0] * 1000 / total[0]
    injected, scanned = _read_injection(doses[0], data_set), _moment(data_set, "SeriesDate", "SeriesTime")
    if correction != "START" or injected is None or scanned is None:
        return None
    half_lives = (scanned - injected).total_seconds() / half_life[0]
    return weight[0] * 1000 / (total[0] * 2**-half_lives) if 0 <= half_lives <= _MAX_HALF_LIVES else None


def _read_injection(dose: Dataset, data_set: Dataset) -> datetime | None:
    """Return when the radiopharmaceutical was given, without time zone."""
    stated = text(dose, "RadiopharmaceuticalStartDateTime")
    if not stated:
        day, hour = text(data_set, "SeriesDate"), text(dose, "RadiopharmaceuticalStartTime")
        return _to_moment(day, hour)
    try:
        moment = DT(stated)
    except READ_ERRORS:
        return None
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else None


def _moment(data_set: Dataset, date: str, time: str) -> datetime | None:
    return _to_moment(text(data_set, date), text(data_set, time))


def _to_moment(date: str, time: str) -> datetime | None:
    try:
        day, hour = DA(date), TM(time)
    except READ_ERRORS:
        return None
    return datetime.combine(day, hour) if day and hour else None


def format_real(value: float, unit: str, digits: int = 6) -> str:
    """Return a number as people read it: '-1,024 HU', '0.00125 Gy'."""
    whole = math.isfinite(value) and value == math.trunc(value) and abs(value) < 1e15
    shown = f"{int(value):,}" if whole else f"{value:.{digits}g}"
    return f"{shown} {unit}" if unit else shown
