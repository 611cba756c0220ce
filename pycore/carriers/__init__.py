"""Bytes of unknown or known kind -> the readable texts inside, bounded in depth, size and work.

- `extraction`     the values that come out, the limits, and what collects them
- `strings`        readable strings in bytes of no known form
- `records`        text, CSV, JSON, HL7 v2, RTF
- `markup`         XML, CDA, HTML
- `siemens`        CSA headers and measurement protocols
- `images`         what is written beside a picture: EXIF, GPS, IPTC, XMP, comments
- `pdf`            pages, annotations, metadata, attached files
- `containers`     gzip, zlib, bzip2, xz, zip, Office documents, tar
- `searched`       which data elements are worth it
- `extract`        the entry points: which reader takes what
- `data_elements`  the same for data elements, and flags on those that carry more than text
"""

from pycore.carriers.data_elements import CarrierFlag, check_carrier, texts_of_element
from pycore.carriers.extract import extract, extract_file
from pycore.carriers.extraction import Extraction, Limits, Text

__all__ = [
    "CarrierFlag",
    "Extraction",
    "Limits",
    "Text",
    "check_carrier",
    "extract",
    "extract_file",
    "texts_of_element",
]
