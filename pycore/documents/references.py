"""References to other instances -> text that leads to them (PS3.3 §10.3, §10.8)."""

from __future__ import annotations

from pycore.documents.blocks import Run, Runs
from pycore.documents.data_set import DataSet
from pycore.standard import uid_name


def instance_runs(item: DataSet) -> Runs:
    """Return what a Referenced SOP Sequence Item refers to, with frames (from 1, as written) and segments."""
    uid = item.text("ReferencedSOPInstanceUID")
    kind = class_name(item.text("ReferencedSOPClassUID")) or "object"
    frames = item.texts("ReferencedFrameNumber")
    first = int(frames[0]) - 1 if frames and frames[0].isdecimal() and frames[0] != "0" else 0
    runs: Runs = (Run(kind, False, "", uid, first),)
    if not uid:
        return (Run(f"{kind} without a UID", False, "warning"),)
    if frames:
        runs += (Run(f", frame {', '.join(frames)}", False, "quiet"),)
    if segments := item.texts("ReferencedSegmentNumber"):
        runs += (Run(f", segment {', '.join(segments)}", False, "quiet"),)
    return runs


def class_name(uid: str) -> str:
    """Return the name of a SOP Class as people say it, without 'Storage'; the UID where it is not known."""
    return (uid_name(uid) or uid).removesuffix(" Storage")


def channel_words(item: DataSet) -> str:
    """Return which channels are meant: pairs of multiplex group and channel, 0 for all of them (PS3.3 §C.10.10)."""
    numbers = [int(one) for one in item.numbers("ReferencedWaveformChannels")]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    words = [f"group {group}, {f'channel {channel}' if channel else 'all channels'}" for group, channel in pairs]
    return "; ".join(words[:_LISTED_CHANNELS]) + ("; …" if len(words) > _LISTED_CHANNELS else "")


_LISTED_CHANNELS = 12
