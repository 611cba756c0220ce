"""Files are found and read at paths and URLs alike, by ranges, and never as something else than was chosen."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pycore.__main__ import main
from pycore.archive import Range
from pycore.errors import InputError, RequestError
from pycore.places import UrlSource, find_places
from tests.builders import zip_bytes
from tests.range_server import RangeServer, serve_ranges
from tests.test_review import clean_object

pytestmark = pytest.mark.native

PIXELS = bytes(range(256)) * 8192


@pytest.fixture(scope="module")
def study() -> bytes:
    """A zip of which little must be read: images of 2 MB, not compressed."""
    image = {"Rows": 2048, "Columns": 1024, "BitsAllocated": 8, "SamplesPerPixel": 1, "PixelData": PIXELS}
    objects = {f"{number}.dcm": clean_object(number, PatientName="Sample^Anna", **image) for number in range(6)}
    return zip_bytes(objects, zipfile.ZIP_STORED)


@pytest.fixture
def server(study: bytes) -> Iterator[RangeServer]:
    with serve_ranges({"study.zip": study, "other.zip": zip_bytes({"1.dcm": clean_object(1)})}) as server:
        yield server


def test_a_folder_stands_for_its_files_in_their_order(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a"):
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    by_path = find_places([str(tmp_path / "export")])
    assert [place.name for place in by_path] == ["export/a", "export/b/1", "export/b/2"]
    by_url = find_places([f"{tmp_path.as_uri()}/export/"])
    assert [place.name for place in by_url] == [place.name for place in by_path]
    assert [place.size for place in by_url] == [1, 1, 1]
    by_pattern = find_places([f"{tmp_path.as_uri()}/export/b/*"])
    assert [place.name for place in by_pattern] == ["1", "2"]


def test_a_file_in_memory_is_read_like_any_other(study: bytes) -> None:
    import fsspec

    with fsspec.open("memory://studies/one.zip", "wb") as file:
        file.write(study)
    (place,) = find_places(["memory://studies/*.zip"])
    source = place.open()
    assert (source.name, source.size, source.read(0, len(study))) == ("one.zip", len(study), study)


def test_a_zip_on_a_server_gives_the_same_report_and_little_of_it_is_fetched(
    tmp_path: Path, study: bytes, server: RangeServer
) -> None:
    path, outputs = tmp_path / "study.zip", [tmp_path / "path.json", tmp_path / "url.json"]
    path.write_bytes(study)
    assert main(["review", str(path), "--output", str(outputs[0])]) == 2
    assert main(["review", server.url("study.zip"), "--output", str(outputs[1])]) == 2
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert sum(server.sent) < len(study) / 5


def test_every_range_is_what_the_server_has_there(study: bytes, server: RangeServer) -> None:
    (place,) = find_places([server.url("study.zip")])
    source = UrlSource(place)
    source.fetch([Range(0, 5, 100), Range(0, 5_000_000, 200_000)])
    sent = len(server.sent)
    assert source.read(5_000_100, 1000) == study[5_000_100:5_001_100]
    assert len(server.sent) == sent  # it was held
    for offset, length in ((0, 10), (700_000, 600_000), (len(study) - 3, 10), (len(study), 5)):
        assert source.read(offset, length) == study[offset : offset + length]


def test_a_server_that_fails_for_a_moment_is_asked_again(tmp_path: Path, server: RangeServer) -> None:
    output = tmp_path / "report.json"
    server.failures = 3
    assert main(["review", server.url("study.zip"), "--output", str(output)]) == 2
    assert json.loads(output.read_text())["archive"]["unreadable"] == 0
    assert server.failures == 0


def test_a_server_that_goes_on_failing_ends_in_a_sentence(
    tmp_path: Path, server: RangeServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "report.json"
    monkeypatch.setattr("pycore.places._PAUSES", ())
    server.failures = 10**6
    assert main(["review", server.url("study.zip"), server.url("nothing.zip"), "--output", str(output)]) == 3
    assert "nothing.zip cannot be opened" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("attribute", "words"), [("sends_ranges", "cannot be read"), ("tells_length", "how long it is")]
)
def test_a_server_without_ranges_or_lengths_is_refused_with_the_reason(
    server: RangeServer, attribute: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setattr(server, attribute, False)
    assert main(["review", server.url("study.zip")]) == 3
    assert words in capsys.readouterr().err


def test_what_is_another_file_by_now_is_not_read(server: RangeServer) -> None:
    (place,) = find_places([server.url("study.zip")])
    server.versions["study.zip"] = 2
    with pytest.raises(InputError, match="was changed"):
        UrlSource(place)
    with pytest.raises(OSError, match="was changed"):
        place.open().read(0, 1)
    assert replace(place, stamp="").stamp == ""


def test_what_does_not_exist_is_said(tmp_path: Path, server: RangeServer) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find_places([str(tmp_path / "nowhere")])
    with pytest.raises(InputError, match="no file at"):
        find_places([f"{tmp_path.as_uri()}/*.zip"])
    with pytest.raises(RequestError, match="cannot be read"):
        find_places(["gopher://example.org/a.zip"])
    (place,) = find_places([server.url("nothing.zip")])
    assert "cannot be opened" in place.reason
