"""What the site says it is made of is true and complete, and `build.py verify` tells one build from another."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import build

pytestmark = pytest.mark.native

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dist() -> Path:
    """`dist/` of what is in the working tree; made when it is not there yet."""
    subprocess.run([sys.executable, ROOT / "build.py", "build"], cwd=ROOT, check=True)
    return ROOT / "dist"


@pytest.fixture(scope="module")
def bom(dist: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((dist / "bom.json").read_text())
    return content


def walk(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield component
    for inner in component.get("components", ()):
        yield from walk(inner)


# --- the bill of materials --------------------------------------------------------------------------------------------


def test_bill_of_materials_has_what_cyclonedx_requires(bom: dict[str, Any]) -> None:
    """CycloneDX 1.6, §BOM and §Component: required fields, their forms, references that are there once."""
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"])
    parts = [*walk(bom["metadata"]["component"]), *(part for one in bom["components"] for part in walk(one))]
    for part in parts:
        assert part["type"] in {"application", "library", "file"}
        assert part["name"]
        for digest in part.get("hashes", ()):
            length = {"SHA-256": 64, "SHA-512": 128}[digest["alg"]]
            assert re.fullmatch(rf"[0-9a-f]{{{length}}}", digest["content"])
        if part["type"] != "file":
            [licence] = part["licenses"]
            assert set(licence) <= {"license", "expression"}
            assert part["purl"].startswith("pkg:")
    references = [part["bom-ref"] for part in parts]
    assert len(references) == len(set(references))
    assert {one["ref"] for one in bom["dependencies"]} <= set(references)


def test_bill_of_materials_states_versions_and_hashes_of_the_locks(bom: dict[str, Any]) -> None:
    locked = json.loads((build.WEB / "package-lock.json").read_text())["packages"]
    wanted = json.loads((build.WEB / "package.json").read_text())["dependencies"]
    found = {
        part["purl"].partition("@")[0] if part["name"][0] != "@" else part["name"]: part for part in bom["components"]
    }
    for name in wanted:
        part = found[name if name.startswith("@") else f"pkg:npm/{name}"]
        assert part["version"] == locked[f"node_modules/{name}"]["version"]
    for name in build.PAGE_PACKAGES:
        part = found[f"pkg:pypi/{name}"]
        assert part["version"] == build.locked_version(name)
        assert f"sha256:{part['hashes'][0]['content']}" in build.locked(name)
    assert found["pkg:pypi/numpy"]["hashes"][0]["content"] == build.pyodide_facts()["numpy"]["sha256"]


def test_bill_of_materials_names_the_files_of_the_site_as_they_are(dist: Path, bom: dict[str, Any]) -> None:
    named = {}
    for component in bom["components"]:
        for part in walk(component):
            if part["type"] == "file":
                named[part["name"]] = part["hashes"][0]["content"]
    assert named == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in named}
    foreign = {path.relative_to(dist).as_posix() for path in (dist / "runtime").iterdir()} - {
        "runtime/pyodide-lock.json"  # made here
    }
    own = {name for name in foreign if "dicom_zip_inspector" in name}
    assert foreign - own <= named.keys()


def test_every_part_has_the_text_of_its_licence(dist: Path, bom: dict[str, Any]) -> None:
    text = (dist / "licences.txt").read_text()
    for component in [bom["metadata"]["component"], *bom["components"]]:
        for part in walk(component):
            if part["type"] != "file":
                assert re.search(rf"^(.*, )?{re.escape(part['name'])} .*\(", text, re.MULTILINE), part["name"]


# --- build.py verify --------------------------------------------------------------------------------------------------


@pytest.fixture
def site(dist: Path, tmp_path: Path) -> Path:
    """A copy of what the lists name, without the large ones."""
    copy = tmp_path / "site"
    (copy / "runtime").mkdir(parents=True)
    for name in ("index.html", "page.css", "runtime/pyodide-lock.json"):
        shutil.copy(dist / name, copy / name)
    build.write_json(copy / "manifest.json", {"files": [build.entry(path, copy) for path in sorted(copy.rglob("*.*"))]})
    return copy


def verify(site: Path | str, manifest: Path) -> tuple[int, str]:
    command = [sys.executable, ROOT / "build.py", "verify", str(site), "--manifest", manifest]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_site_that_is_the_published_one_is_said_to_be(site: Path) -> None:
    code, said = verify(site, site / "manifest.json")
    assert (code, said.startswith("all 3 files")) == (0, True)


def test_every_difference_is_named(site: Path, tmp_path: Path) -> None:
    trusted = shutil.copy(site / "manifest.json", tmp_path / "trusted.json")
    (site / "page.css").write_text("changed")
    (site / "index.html").unlink()
    (site / "more.js").write_text("")
    (site / "manifest.json").write_text("{}")
    code, said = verify(site, trusted)
    assert code == 1
    for name in ("page.css has SHA-256", "index.html cannot be read", "more.js is in no list", "manifest.json is not"):
        assert name in said
    assert "pyodide-lock" not in said


def test_a_served_site_is_compared_too(site: Path, tmp_path: Path) -> None:
    trusted = shutil.copy(site / "manifest.json", tmp_path / "trusted.json")
    handler = functools.partial(build.PageHandler, directory=str(site))
    with build.open_server(0, handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/#tab=files"
        same = verify(address, trusted)
        (site / "page.css").write_text("changed")
        other = verify(address, trusted)
        server.shutdown()
        thread.join()
    assert same[0] == 0
    assert other[0] == 1 and "page.css" in other[1]


def test_what_is_no_site_is_said_to_be_none(tmp_path: Path) -> None:
    code, said = verify(tmp_path, tmp_path / "none.json")
    assert (code, "no list" in said) == (1, True)
