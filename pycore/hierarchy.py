"""Instances -> Patient, Study, Series, in the order a person expects (PS3.3 §A.1.2).

In go a few texts of each instance, out come nested tuples that hold entry indexes. What contradicts itself
between instances is judged in `phi.conflicts`, not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple, cast, overload

from pycore.findings import to_entries
from pycore.standard import transfer_syntax_rows

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"

_OWN_FIELDS = 4
"""How many fields of `Instance` differ from instance to instance; they come first."""


class Instance(NamedTuple):
    """What groups, names and orders one SOP instance; texts are as decoded, empty where the element is absent.

    A tuple, because one is made, sent and made again for each instance.
    """

    entry: int
    sop_instance_uid: str
    instance_number: str
    image_position: str
    """Image Position (Patient), mm, three numbers joined by backslashes."""
    patient_id: str
    patient_name: str
    study_instance_uid: str
    study_date: str
    study_description: str
    series_instance_uid: str
    modality: str
    series_number: str
    series_description: str
    sop_class_uid: str
    image_orientation: str
    """Image Orientation (Patient), six direction cosines joined by backslashes."""
    number_of_frames: str
    has_pixel_data: bool
    transfer_syntax: str

    @property
    def common(self) -> tuple[str | bool, ...]:
        """What instances of a series share as a rule: all but entry, UID, number and position."""
        return cast("tuple[str | bool, ...]", self[_OWN_FIELDS:])

    @property
    def is_media_directory(self) -> bool:
        """Whether this is a DICOMDIR, which belongs to no patient (PS3.3 §F)."""
        return self.sop_class_uid == MEDIA_STORAGE_DIRECTORY

    @property
    def frames(self) -> int:
        """How many frames there are as far as the header tells: 0 without pixels, else at least 1.

        A video counts as 1: it is played, not drawn frame by frame.
        """
        if not self.has_pixel_data:
            return 0
        row = transfer_syntax_rows().get(self.transfer_syntax)
        if row is not None and row.coding == "video":
            return 1
        return max(1, _integer(self.number_of_frames) or 1)


@dataclass(frozen=True, slots=True)
class Series:
    """One series and its instances in order."""

    series_instance_uid: str
    modality: str
    number: str
    description: str
    instances: Sequence[int]
    """Entry indexes, ordered along the slice normal, else by instance number, else by name."""


@dataclass(frozen=True, slots=True)
class Study:
    """One study of one patient."""

    study_instance_uid: str
    date: str
    description: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """All that was found under one Patient ID (or, where that is empty, under one Patient's Name)."""

    patient_id: str
    patient_name: str
    studies: tuple[Study, ...]


_FIELD_OF_PATH = {
    "(0008,0018)": "sop_instance_uid",
    "(0020,0013)": "instance_number",
    "(0020,0032)": "image_position",
    "(0010,0020)": "patient_id",
    "(0010,0010)": "patient_name",
    "(0020,000D)": "study_instance_uid",
    "(0008,0020)": "study_date",
    "(0008,1030)": "study_description",
    "(0020,000E)": "series_instance_uid",
    "(0008,0060)": "modality",
    "(0020,0011)": "series_number",
    "(0008,103E)": "series_description",
    "(0008,0016)": "sop_class_uid",
    "(0020,0037)": "image_orientation",
    "(0028,0008)": "number_of_frames",
}
OWN_PATHS = tuple(_FIELD_OF_PATH)[: _OWN_FIELDS - 1]
"""Paths of the elements in which the instances of a series differ as a rule."""
_MEDIA_STORAGE_SOP_CLASS_PATH = "(0002,0002)"
_PIXEL_DATA_PATHS = frozenset({"(7FE0,0008)", "(7FE0,0009)", "(7FE0,0010)"})
INSTANCE_PATHS = frozenset(_FIELD_OF_PATH) | _PIXEL_DATA_PATHS | {_MEDIA_STORAGE_SOP_CLASS_PATH}
"""Paths of the elements that `to_instance` wants."""


def to_instance(entry: int, texts: Mapping[str, str], transfer_syntax: str) -> Instance:
    """Pick what groups and orders an instance out of its texts.

    Parameters
    ----------
    entry : int
    texts : mapping of str to str
        Text of the elements at `INSTANCE_PATHS`, by path, as far as they are there; anything for Pixel Data.
    transfer_syntax : str
    """
    fields = {field: texts.get(path, "").strip() for path, field in _FIELD_OF_PATH.items()}
    # A DICOMDIR has no SOP Class UID in its data set; its file meta tells what it is (PS3.10 §8.6).
    fields["sop_class_uid"] = fields["sop_class_uid"] or texts.get(_MEDIA_STORAGE_SOP_CLASS_PATH, "").strip()
    has_pixel_data = not _PIXEL_DATA_PATHS.isdisjoint(texts)
    return Instance(entry=entry, has_pixel_data=has_pixel_data, transfer_syntax=transfer_syntax, **fields)


def with_own(common: Sequence[str | bool], entry: int, texts: Mapping[str, str]) -> Instance:
    """Return the instance that has `Instance.common` and, of its own, the texts of the elements at `OWN_PATHS`."""
    own = [texts.get(path, "").strip() for path in OWN_PATHS]
    return Instance._make((entry, *own, *common))


class _Members(Sequence[Instance]):
    """Some instances; each is asked for when it is wanted, since all at once would be most of what a review holds."""

    def __init__(self, instances: Sequence[Instance | None]) -> None:
        self._instances = instances
        self._places = to_entries(())

    def append(self, place: int) -> None:
        """Add one by its place among all."""
        self._places.append(place)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Instance: ...
    @overload
    def __getitem__(self, at: slice) -> list[Instance]: ...
    def __getitem__(self, at: int | slice) -> Instance | list[Instance]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        instance = self._instances[self._places[at]]
        assert instance is not None  # such are not among them
        return instance


def group(instances: Sequence[Instance | None], names: Sequence[str]) -> tuple[Patient, ...]:
    """Group instances by Patient ID, Study Instance UID and Series Instance UID.

    Parameters
    ----------
    instances : sequence of Instance
        Media directories among them are left out, as is None.
    names : sequence of str
        Name of every entry, by entry index; the last resort of the order within a series.

    Returns
    -------
    tuple of Patient
        Ordered by ID and name, their studies by date, their series by number; ties by UID.
    """
    tree: dict[tuple[str, str], dict[str, dict[str, _Members]]] = {}
    for place, instance in enumerate(instances):
        if instance is None or instance.is_media_directory:
            continue
        patient_key = (instance.patient_id, "" if instance.patient_id else instance.patient_name)
        studies = tree.setdefault(patient_key, {})
        series = studies.setdefault(instance.study_instance_uid, {})
        series.setdefault(instance.series_instance_uid, _Members(instances)).append(place)
    return tuple(
        Patient(
            patient_id=patient_id,
            patient_name=_first_value(
                (series for study in studies.values() for series in study.values()), "patient_name"
            ),
            studies=tuple(sorted((_to_study(study, names) for study in studies.values()), key=_study_order)),
        )
        for (patient_id, _), studies in sorted(tree.items())
    )


def _first_value(series: Iterable[Iterable[Instance]], field: str) -> str:
    values = (getattr(member, field) for members in series for member in members)
    return next((str(value) for value in values if value), "")


def _to_study(study: dict[str, _Members], names: Sequence[str]) -> Study:
    return Study(
        study_instance_uid=next(iter(study.values()))[0].study_instance_uid,
        date=_first_value(study.values(), "study_date"),
        description=_first_value(study.values(), "study_description"),
        series=tuple(sorted((_to_series(list(series), names) for series in study.values()), key=_series_order)),
    )


def _to_series(members: list[Instance], names: Sequence[str]) -> Series:
    return Series(
        series_instance_uid=members[0].series_instance_uid,
        modality=_first_value((members,), "modality"),
        number=_first_value((members,), "series_number"),
        description=_first_value((members,), "series_description"),
        instances=to_entries(member.entry for member in _in_order(members, names)),
    )


def _in_order(members: list[Instance], names: Sequence[str]) -> list[Instance]:
    """Order by position along the slice normal (PS3.3 §C.7.6.2.1.1), else instance number, else name."""

    def by_number(member: Instance) -> tuple[bool, int, str]:
        number = _integer(member.instance_number)
        return (number is None, number or 0, names[member.entry])

    normal = _common_normal(members)
    if normal is None:
        return sorted(members, key=by_number)
    along = {member.entry: _along(normal, member.image_position) for member in members}
    if any(distance is None for distance in along.values()):
        return sorted(members, key=by_number)
    return sorted(members, key=lambda member: (along[member.entry] or 0.0, by_number(member)))


_SAME_DIRECTION = 1e-3  # of a direction cosine; orientations written by one scanner for one stack differ by less


def _common_normal(members: list[Instance]) -> tuple[float, float, float] | None:
    first = _numbers(members[0].image_orientation, 6)
    if first is None:
        return None
    for member in members:
        if member.image_orientation == members[0].image_orientation:
            continue
        other = _numbers(member.image_orientation, 6)
        if other is None or any(abs(a - b) > _SAME_DIRECTION for a, b in zip(first, other, strict=True)):
            return None
    rx, ry, rz, cx, cy, cz = first
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    return normal if any(normal) else None


def _along(normal: tuple[float, float, float], image_position: str) -> float | None:
    position = _numbers(image_position, 3)
    if position is None:
        return None
    # Rounded so that noise in the last digit does not outrank the instance number of equal positions.
    x, y, z = position
    return round(normal[0] * x + normal[1] * y + normal[2] * z, 4)


def _numbers(text: str, count: int) -> tuple[float, ...] | None:
    parts = text.split("\\")
    if len(parts) != count:
        return None
    try:
        numbers = tuple(map(float, parts))
    except ValueError:
        return None
    return numbers if all(map(isfinite, numbers)) else None


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _study_order(study: Study) -> tuple[str, str]:
    return (study.date, study.study_instance_uid)


def _series_order(series: Series) -> tuple[bool, int, str]:
    number = _integer(series.number)
    return (number is None, number or 0, series.series_instance_uid)
