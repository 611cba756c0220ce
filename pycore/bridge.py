"""The only module that knows the browser: File objects become sources, messages become calls on a `Session`.

`handle` answers every message of `protocol.MESSAGES` but `boot`. It never raises: what cannot be done comes back as
`{"error": {code, message, detail}}`, so that no Promise of the page waits for ever.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, JsProxy, to_js

from pycore.answers import answer, answer_closer, check_payload, to_error
from pycore.archive import Archive, Batch, HeldSource, Range
from pycore.archive.ciphers import register as register_ciphers
from pycore.closer_session import CloserSession
from pycore.comparison_session import ComparisonSession
from pycore.protocol import TYPES
from pycore.session import NO_BATCH, Next, Progress, Session, to_plain

if TYPE_CHECKING:
    from pycore.document_session import DocumentSession
    from pycore.glance_session import GlanceSession
    from pycore.picture_session import PictureSession
    from pycore.pixels.codestream import Codestream


class BlobSource:
    """Random access to a File of the browser, by slices, inside a worker."""

    def __init__(self, file: Any, name: str) -> None:
        self.name = name
        self.size = int(file.size)
        self._file = file
        self._reader = js.FileReaderSync.new()

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`; less only at the end of the file.

        Raises
        ------
        OSError
            When the browser cannot read the file any more, because it was moved, changed or deleted.
        """
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        _show_life()
        try:
            buffer = self._reader.readAsArrayBuffer(self._file.slice(offset, end))
        except JsException as error:
            raise OSError(f"{self.name} cannot be read any more: {error.message}") from error
        data: bytes = buffer.to_bytes()
        _give_back(buffer)
        return data

    def fetch(self, ranges: Sequence[Range], is_awaited: bool) -> Any:
        """Begin to read many ranges at the same time; returns a Promise for `arrived`."""
        flat = [number for one in ranges for number in (one.offset, one.length)]
        return _read_ranges(self._file, to_js(flat), is_awaited)

    async def arrived(self, ranges: Sequence[Range], promise: Any) -> Iterator[bytes]:
        """Return the bytes of each range; raises OSError like `read`."""
        outcome = await promise
        if outcome.error:
            raise OSError(f"{self.name} cannot be read any more: {outcome.error}")
        data: bytes = outcome.data.to_bytes()
        _give_back(outcome.data.buffer)
        ends = accumulate(one.length for one in ranges)
        return (data[end - one.length : end] for one, end in zip(ranges, ends, strict=True))


def _give_back(buffer: Any) -> None:
    """Free an ArrayBuffer now: frame after frame would pile up megabytes until the browser next looks for garbage."""
    channel = js.MessageChannel.new()
    channel.port2.close()
    channel.port1.postMessage(None, to_js([buffer]))  # to nobody: what is transferred is freed at once
    channel.port1.close()


_DECODING_MS = 4000
_DECODING_MS_PER_SAMPLE = 0.005
"""So long a codec may take: nine times what the slowest took for a sample when it was measured, and its start."""

_PULSE_S = 1.0
"""So often a worker that is busy for long shows that it is alive."""

_session = Session()
_session_after = Session()
_comparison = ComparisonSession(_session, _session_after)
_closer = CloserSession(_session)
_progress: Any = None
"""Tells the page how far the request is; None where what is read is no sign that it comes to an end."""
_told = 0.0
_post: Any = None
"""Tells the page of any request that it goes on."""
_look_up: Any = None
_read_ranges: Any = None
_derive_keys: Any = None
_outgoing_fetch: Any = None
_pictures: PictureSession | None = None
_documents: DocumentSession | None = None
_glances: GlanceSession | None = None
_decode: JsProxy | None = None
"""The codecs of the picture worker; see `use_codecs`."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What is open of one side of a comparison; a review has only that before."""

    session: Session
    blobs: list[BlobSource] = field(default_factory=list)
    sources: list[HeldSource] = field(default_factory=list)


_sides = {"before": _Side(_session), "after": _Side(_session_after)}


def use_look_up(look_up: Any) -> None:
    """Take the worker's `lookUp(places, colors)`: a loop over millions of pixels is what JavaScript is faster at."""
    global _look_up
    _look_up = look_up


def use_read_ranges(read_ranges: Any) -> None:
    """Take `readRanges` of web/ranges.js."""
    global _read_ranges
    _read_ranges = read_ranges


def use_outgoing_fetch(fetch: Any) -> None:
    """Take `(url) => fetch(url)` that resolves to '' or to what refused it.

    WebKit rejects with what Pyodide does not know for an exception, and Python would wait for that promise for ever.
    """
    global _outgoing_fetch
    _outgoing_fetch = fetch


class _BrowserCiphers:
    """The functions of web/ciphers.js, as `archive.ciphers.Ciphers`."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def encrypt_blocks(self, key: bytes, blocks: bytes) -> bytes:
        given = to_js(blocks)
        encrypted = self._module.encryptBlocks(to_js(key), given)
        found: bytes = encrypted.to_bytes()
        _let_go(given, encrypted)
        return found

    def derive_key(self, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
        derived: bytes = self._module.deriveKey(to_js(password), to_js(salt), iterations, length).to_bytes()
        return derived


def use_ciphers(module: Any) -> None:
    """Take what decrypting AES takes: web/ciphers.js."""
    global _derive_keys
    _derive_keys = module.deriveKeys
    register_ciphers(_BrowserCiphers(module))


async def _derive_ahead(archive: Archive, indexes: Sequence[int]) -> None:
    """Have the browser derive the keys of these entries, all at once: it is many times faster than what can be called
    from Python while an entry is read.
    """
    wanted = archive.find_derivations(indexes)
    if wanted:
        derived = await _derive_keys(to_js(wanted))
        archive.take_derived(zip(wanted, (one.to_bytes() for one in derived), strict=False))


def use_codecs(decode: JsProxy) -> None:
    """Take what decodes compressed frames: `createCodecs` of web/codecs.js."""
    global _decode
    _decode = decode


def _show_life() -> None:
    """Tell the page, now and then, that a request goes on which reads the whole archive."""
    global _told
    if _progress is not None and monotonic() - _told > _PULSE_S:
        _told = monotonic()
        _progress("{}")


async def handle(type_name: str, payload: str, attachments: JsProxy, progress: Any) -> JsProxy:
    """Answer one message.

    Parameters
    ----------
    type_name : str
        A type of `protocol.MESSAGES`.
    payload : str
        JSON.
    attachments : JsProxy of an array of File or ArrayBuffer
    progress : callable taking JSON text

    Returns
    -------
    JsProxy of an array
        `[json_text, [ArrayBuffer, …]]`; the text holds the value, or an object with `error` alone.
    """
    global _progress, _post
    _post = progress
    _progress = progress if type_name in ("open", "hash", "report") else None
    buffers: list[Any] = []
    try:
        value = await _answer(type_name, check_payload(type_name, json.loads(payload)), attachments, progress, buffers)
        text = to_plain(value)
    except Exception as error:  # noqa: BLE001 - the boundary: a fault of ours must be answered too, and said to be ours
        text = to_plain({"error": to_error(error)})
    return to_js([text, to_js(buffers)])


def import_anew() -> Any:
    """Return this module as it is when imported after NumPy was loaded.

    pydicom decides at its import what there is besides it, and the memory that Python starts from was kept without.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] in ("pydicom", "pycore")]:
        del sys.modules[name]
    gc.unfreeze()
    importlib.invalidate_caches()
    return importlib.import_module(__name__)


async def _answer(
    type_name: str, payload: dict[str, Any], attachments: Any, progress: Any, buffers: list[Any]
) -> dict[str, Any]:
    if type_name == "probe":
        return {"attempts": await _probe()}
    if type_name == "open":
        return _open(payload, attachments)
    if type_name == "read":
        side = _sides[payload["side"]]
        return await _read(
            side, payload["start"], payload["stop"], payload["careful"], progress=progress, buffers=buffers
        )
    if type_name == "compare":
        return _comparison.compare(payload["watch"], payload["digests"])
    if type_name == "comparison_report":
        return _comparison.report(payload["format"], payload["values"])
    given = [buffer.to_bytes() for buffer in attachments] if TYPES[type_name].takes == "buffers" else []
    session = _sides[payload["side"]].session if "side" in payload else _session
    answered = answer(session, type_name, payload, given)
    if answered is None:
        answered = answer_closer(_closer, type_name, payload)
    if answered is not None:
        return answered
    if type_name in ("document", "contours"):
        return _tell(type_name, payload, buffers)
    if type_name in {"thumbnail", "compose", "compose_step", "composed"}:
        return _glance(type_name, payload, buffers)
    return _show(type_name, payload, buffers)


def _open(payload: dict[str, Any], attachments: Any) -> dict[str, Any]:
    if payload["side"] == "before":
        _close(_sides["after"])  # it was compared with another file
    side = _sides[payload["side"]]
    side.blobs[:] = [BlobSource(file, name) for file, name in zip(attachments, payload["names"], strict=True)]
    side.sources[:] = [HeldSource(blob) for blob in side.blobs]
    return side.session.open(side.sources, payload["passwords"])


def _close(side: _Side) -> None:
    side.session.close()
    side.blobs.clear()
    side.sources.clear()


def _tell(type_name: str, payload: dict[str, Any], buffers: list[Any]) -> dict[str, Any]:
    # Imported here as in `_show`.
    from pycore.document_session import DocumentSession

    global _documents
    if _documents is None:
        _documents = DocumentSession(_session)
    if type_name == "contours":
        return _documents.contours(**payload)
    value, samples = _documents.document(payload["entry"])
    buffers.extend(_to_buffer(one) for one in samples)
    return value


def _show(type_name: str, payload: dict[str, Any], buffers: list[Any]) -> dict[str, Any]:
    # Imported here: NumPy is loaded in the picture worker only, and only that one is sent these messages.
    from pycore.picture_session import PictureSession

    global _pictures
    if _pictures is None:
        _pictures = PictureSession(_session)
        _register_codecs()
    if type_name == "describe":
        return _pictures.describe(payload["entry"])
    if type_name == "annotations":
        return _pictures.annotations(payload["entry"], payload["frame"])
    if type_name == "video":
        value, stream = _pictures.video(payload["entry"])
        buffers.append(_to_buffer(stream))
        return value
    if type_name == "pixel":
        return _pictures.pixel(payload["entry"], payload["frame"], payload["row"], payload["column"])
    if type_name == "overlays":
        value, planes = _pictures.overlays(payload["entry"], payload["frame"])
        buffers.extend(map(_to_buffer, planes))
        return value
    if type_name == "picture":
        value, picture = _pictures.picture(payload["entry"], payload["frame"], payload["window"], payload["shutter"])
        if isinstance(picture, memoryview):
            buffers.append(_to_buffer(picture))
        else:
            buffers.append(_look_up(picture.places.reshape(-1).data, picture.colors.data))
        return value
    value, data = _pictures.stored(payload["entry"], payload["frame"])
    buffers.append(_to_buffer(data))
    return value


def _glance(type_name: str, payload: dict[str, Any], buffers: list[Any]) -> dict[str, Any]:
    from pycore.glance_session import GlanceSession  # as in `_show`

    global _glances
    if _glances is None:
        _glances = GlanceSession(_session)
        _register_codecs()
    value: dict[str, Any]
    if type_name == "thumbnail":
        value, data = _glances.thumbnail(**payload)
        buffers.append(_to_buffer(data))
    elif type_name == "compose":
        value = _glances.compose(**payload)
    elif type_name == "compose_step":
        value = _glances.compose_step(**payload)
    else:
        value, pictures = _glances.composed(**payload)
        buffers.extend(map(_to_buffer, pictures))
    return value


def _register_codecs() -> None:
    from pycore.pixels import codecs  # as in `_show`

    if _decode is not None:
        codecs.register(_decode_in_browser)


def _decode_in_browser(coding: str, data: bytes, codestream: Codestream) -> bytes:
    """Return the samples of a compressed frame; see `codecs.Codec`."""
    assert _decode is not None  # else this function was not registered
    shape = {name: getattr(codestream, name) for name in ("rows", "columns", "samples", "precision")}
    encoded = to_js(data)
    # A codec cannot be interrupted, and a damaged frame may keep it for long: the page is told when to end this worker.
    samples = codestream.rows * codestream.columns * (codestream.samples or 4)
    _post(to_plain({"patience": round(_DECODING_MS + _DECODING_MS_PER_SAMPLE * samples)}))
    try:
        decoded = _decode(coding, encoded, to_js(shape, dict_converter=js.Object.fromEntries))
    except JsException as error:
        raise ValueError(error.message) from error
    finally:
        _post("{}")
    given: bytes = decoded.to_bytes()
    _let_go(encoded, decoded)
    return given


def _let_go(*copied: Any) -> None:
    """Free typed arrays now that script made; what the browser read needs `_give_back`."""
    for one in copied:
        if hasattr(one.buffer, "transfer"):
            one.buffer.transfer(0)


async def _read(side: _Side, start: int, stop: int, careful: bool, progress: Any, buffers: list[Any]) -> dict[str, Any]:
    entries = 0
    told = monotonic()
    batch = NO_BATCH
    coming: list[tuple[BlobSource, HeldSource, list[Range], Any]] | None = None
    for step in side.session.read(start, stop):
        if isinstance(step, Batch):
            for blob, held, ranges, promise in coming or ():
                for one, data in zip(ranges, await blob.arrived(ranges, promise), strict=True):
                    held.hold(one.offset, data)
            await _derive_ahead(side.session.archive, batch.indexes)
            coming = _fetch(side, step.ranges, is_awaited=coming is None)
            batch = step
        elif isinstance(step, Next):
            if careful:
                progress(to_plain({"entry": step.entry}))
            elif monotonic() - told > _PULSE_S:
                told = monotonic()
                progress("{}")
        elif isinstance(step, Progress):
            entries = step.done
            told = monotonic()
            progress(to_plain({"done": step.done, "dicom": step.dicom, "bytes": step.bytes}))
            for source in side.sources:
                source.release()
        else:
            buffers.append(_to_buffer(side.session.pack(step)))
    return {"entries": entries}


def _fetch(
    side: _Side, ranges: Sequence[Range], *, is_awaited: bool
) -> list[tuple[BlobSource, HeldSource, list[Range], Any]]:
    """Have the browser read all ranges at the same time, while Python goes on."""
    by_source: dict[int, list[Range]] = {}
    for one in ranges:
        by_source.setdefault(one.source, []).append(one)
    return [
        (side.blobs[source], side.sources[source], ours, side.blobs[source].fetch(ours, is_awaited))
        for source, ours in by_source.items()
    ]


def _to_buffer(data: bytes | memoryview) -> Any:
    """Return an ArrayBuffer with a copy of the bytes, so that it can be transferred."""
    return to_js(data).buffer


async def _probe() -> list[dict[str, Any]]:
    """Try to reach this site's own server from Python, by every way Python has here; each must be refused."""
    target = f"{js.location.origin}/probe-from-python"
    attempts = []
    for channel, attempt in (("fetch", _try_fetch), ("XMLHttpRequest", _try_request), ("urllib", _try_urllib)):
        try:
            await attempt(target)
        except (JsException, OSError) as error:
            attempts.append({"from": "python", "channel": channel, "refused": True, "how": str(error)})
        else:
            attempts.append({"from": "python", "channel": channel, "refused": False, "how": "it was answered"})
    return attempts


async def _try_fetch(target: str) -> None:
    refusal = await _outgoing_fetch(target)
    if refusal:
        raise OSError(refusal)


async def _try_request(target: str) -> None:
    request = js.XMLHttpRequest.new()
    request.open("GET", target, False)
    request.send()


async def _try_urllib(target: str) -> None:
    urllib.request.urlopen(target, timeout=5).close()
