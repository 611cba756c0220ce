"""What contradicts itself between instances (PS3.3 §A.1.2, §C.7.1.1): identity is not determinable there.

In go the identities of all instances, out come findings; one pass and a sort over what is distinct. Rules:

- `patient-id-two-names`: instances of one Patient ID bear names that differ.
- `study-two-patients`: instances of one study belong to different patients.
- `series-two-studies`: instances of one series belong to different studies.
- `sop-instance-twice`: two entries hold the same SOP Instance UID; one finding per series.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pycore.findings import MAX_VALUES, Finding, Flag, Severity, Where, to_entries
from pycore.standard import element_keyword

_PATIENT_NAME = 0x0010_0010
_PATIENT_ID = 0x0010_0020
_STUDY_INSTANCE_UID = 0x0020_000D
_SOP_INSTANCE_UID = 0x0008_0018


@dataclass(frozen=True, slots=True)
class InstanceIdentity:
    """Whose and which one an instance says it is; '' where it does not say."""

    entry: int
    patient_id: str
    patient_name: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str


def check_conflicts(instances: Iterable[InstanceIdentity]) -> tuple[Finding, ...]:
    """Return the contradictions, by rule in the order above, then by the lowest entry."""
    ordered = sorted(instances, key=lambda instance: instance.entry)
    return (
        *_check_names(ordered),
        *_check_studies(ordered),
        *_check_series(ordered),
        *_check_instances(ordered),
    )


def to_comparable(name: str) -> tuple[str, str, str]:
    """Return a person's name as it is compared: alphabetic, ideographic and phonetic group (PS3.5 §6.2.1.1).

    Case, width of characters, padding and what separates the components do not count, nor do prefix and suffix; the
    latter come and go with the system that writes them.
    """
    groups = [*name.split("="), "", "", ""][:3]
    alphabetic, ideographic, phonetic = (_to_comparable_group(group) for group in groups)
    return alphabetic, ideographic, phonetic


def _to_comparable_group(group: str) -> str:
    components = unicodedata.normalize("NFKC", group).casefold().split("^")[:3]
    return " ".join(re.split(r"[\s,.\0]+", " ".join(components))).strip()


def _check_names(instances: Sequence[InstanceIdentity]) -> Iterator[Finding]:
    flag = Flag("patient-id-two-names", "PS3.3 §C.7.1.1", "", Severity.REVIEW)
    for members in _group(instances, lambda instance: instance.patient_id):
        if _names_differ(member.patient_name for member in members):
            yield _finding(flag, _PATIENT_NAME, "PN", members, [member.patient_name for member in members])


def _names_differ(names: Iterable[str]) -> bool:
    """Return whether two names differ in a group that both have: one may be written in fewer scripts than another."""
    comparable = [to_comparable(name) for name in dict.fromkeys(names)]
    return any(len({name[position] for name in comparable if name[position]}) > 1 for position in range(3))


def _check_studies(instances: Sequence[InstanceIdentity]) -> Iterator[Finding]:
    flag = Flag("study-two-patients", "PS3.3 §A.1.2", "", Severity.REVIEW)
    for members in _group(instances, lambda instance: instance.study_instance_uid):
        ids = [member.patient_id for member in members if member.patient_id]
        if len(set(ids)) > 1:
            yield _finding(flag, _PATIENT_ID, "LO", members, ids)
        elif not ids and _names_differ(member.patient_name for member in members):
            # Without any ID the names tell the patients apart.
            yield _finding(flag, _PATIENT_NAME, "PN", members, [member.patient_name for member in members])


def _check_series(instances: Sequence[InstanceIdentity]) -> Iterator[Finding]:
    flag = Flag("series-two-studies", "PS3.3 §A.1.2", "", Severity.REVIEW)
    for members in _group(instances, lambda instance: instance.series_instance_uid):
        studies = [member.study_instance_uid for member in members if member.study_instance_uid]
        if len(set(studies)) > 1:
            yield _finding(flag, _STUDY_INSTANCE_UID, "UI", members, studies)


def _check_instances(instances: Sequence[InstanceIdentity]) -> Iterator[Finding]:
    flag = Flag("sop-instance-twice", "PS3.3 §C.12.1", "", Severity.REVIEW)
    seen: set[str] = set()
    twice: set[str] = set()
    for instance in instances:
        uid = instance.sop_instance_uid.strip()
        (twice if uid in seen else seen).add(uid)
    # An archive that holds everything twice gives one finding per series, not one per instance.
    repeated: dict[str, list[InstanceIdentity]] = {}
    alike = [one for one in instances if one.sop_instance_uid.strip() in twice]
    for members in _group(alike, lambda instance: instance.sop_instance_uid):
        if len(members) > 1:
            repeated.setdefault(members[0].series_instance_uid, []).extend(members)
    for members in repeated.values():
        yield _finding(flag, _SOP_INSTANCE_UID, "UI", members, [member.sop_instance_uid for member in members])


def _group(
    instances: Sequence[InstanceIdentity], key: Callable[[InstanceIdentity], str]
) -> Iterable[list[InstanceIdentity]]:
    """Gather the instances that say the same; those that say nothing are left out."""
    groups: dict[str, list[InstanceIdentity]] = {}
    for instance in instances:
        name = key(instance).strip()
        if name:
            groups.setdefault(name, []).append(instance)
    return groups.values()


def _finding(flag: Flag, tag: int, vr: str, members: Sequence[InstanceIdentity], values: Iterable[str]) -> Finding:
    distinct = tuple(dict.fromkeys(value for value in values if value))
    return Finding(
        flag=flag,
        where=Where.ELEMENT,
        path=f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        tag=f"{tag:08X}",
        keyword=element_keyword(tag),
        vr=vr,
        private_creator=None,
        entries=to_entries(sorted({member.entry for member in members})),
        count=len(members),
        values=distinct[:MAX_VALUES],
        distinct=len(distinct),
    )
