"""What is raised when a request cannot be done. Bad data is not an error: it becomes a `Finding` or a `Problem`."""

from __future__ import annotations


class InspectorError(Exception):
    """A request could not be done; the message says why in one sentence for the user."""

    code = "inspector"


class InputError(InspectorError):
    """The input as a whole could not be read."""

    code = "input"


class EntryError(InspectorError):
    """One entry could not be read; the others are not touched by it."""

    code = "entry"


class DicomError(EntryError):
    """An entry is DICOM by its looks and yet cannot be read as a data set."""

    code = "dicom"


class PixelDataError(InspectorError):
    """A frame cannot be drawn; the message names the element, what was found and what was expected."""

    code = "pixels"


class RequestError(InspectorError):
    """The request itself is wrong: an unknown type, entry, frame or option."""

    code = "request"


def missing_extra(what: str) -> RequestError:
    """Return the error for a request that needs packages of the extra `cluster`, which are not there."""
    return RequestError(f"{what}, which is not installed here: python -m pip install 'dicom-zip-inspector[cluster]'.")
