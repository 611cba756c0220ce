"""What the repository says of itself is true: versions, lists, locks, and the build."""

from __future__ import annotations

import ast
import functools
import gzip
import hashlib
import http.client
import io
import json
import re
import socket
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build
import pycore

pytestmark = pytest.mark.native

ROOT = Path(__file__).parent.parent
TEXT = {".py", ".js", ".mjs", ".ts", ".css", ".html", ".json", ".md", ".toml", ".yml", ".lock", ".tsv", ".txt", ""}


@functools.cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@pytest.fixture(scope="module")
def dist() -> Path:
    """`dist/` of what is in the working tree; made when it is not there yet."""
    subprocess.run([sys.executable, ROOT / "build.py", "build"], cwd=ROOT, check=True)
    return ROOT / "dist"


# --- versions and locks -----------------------------------------------------------------------------------------------


def test_one_pyodide_version_everywhere() -> None:
    version = build.pyodide_version()
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    series = re.escape(version.partition(".")[0])
    texts = [path for path in tracked() if path.suffix in TEXT]
    found = {(path.name, other) for path in texts for other in re.findall(rf"\b{series}\.\d+\.\d+\b", path.read_text())}
    assert ("package.json", version) in found
    assert {other for _, other in found} == {version}


def test_every_python_package_is_pinned_and_locked_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["dependency-groups"]["dev"], *project["project"]["dependencies"]]
    for requirement in [*wanted, *project["build-system"]["requires"]]:
        name, version = re.fullmatch(r"([\w-]+)==([\w.]+)(?:; python_version .*)?", requirement).groups()  # type: ignore[union-attr]
        assert build.locked_version(name.replace("_", "-")) == version
    blocks = re.findall(r"^\S+==.*\n(?:    .*\n)*", build.LOCK.read_text(), re.MULTILINE)
    assert len(blocks) >= len(wanted)
    assert all("--hash=sha256:" in block for block in blocks)


def test_every_npm_package_is_pinned_and_locked_with_hashes() -> None:
    package = json.loads((build.WEB / "package.json").read_text())
    locked = json.loads((build.WEB / "package-lock.json").read_text())["packages"]
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in facts for path, facts in locked.items() if path)


def test_locks_name_no_place_to_download_from() -> None:
    packages = json.loads((build.WEB / "package-lock.json").read_text())["packages"].values()
    assert not any("resolved" in facts for facts in packages)
    assert "://" not in build.LOCK.read_text()


def test_everything_that_is_made_is_ignored_by_git() -> None:
    for made in (build.VENV, build.CACHE, build.HERE.dist, build.NODE_MODULES):
        path = f"{made.relative_to(ROOT)}/"
        assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False).returncode == 0, path


# --- lists in the documentation ---------------------------------------------------------------------------------------


def modules() -> set[str]:
    """The modules of the core, and its packages for those inside them."""
    paths = (ROOT / "pycore").glob("[!_]*")
    return {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()} | {"__main__"}


def test_the_map_of_the_core_lists_every_module_once() -> None:
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"^- .*?(?:  |$)", str(pycore.__doc__), re.MULTILINE)))
    assert sorted(listed) == sorted(modules())


def test_a_module_imports_only_from_those_above_it_in_the_map() -> None:
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"^- .*?(?:  |$)", str(pycore.__doc__), re.MULTILINE)))
    upward = []
    for path in sorted((ROOT / "pycore").rglob("*.py")):
        own = path.relative_to(ROOT / "pycore").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "pycore":
                below = node.module.split(".")[1:2]
                names = below or [alias.name for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("pycore.")]
            for name in names:
                if name in listed and own in listed and listed.index(name) > listed.index(own):
                    upward.append(f"{own} imports {name}")
    assert upward == []


def test_only_the_bridge_knows_the_browser_and_only_pictures_need_numpy() -> None:
    def users(package: str) -> set[str]:
        pattern = re.compile(rf"^\s*(?:import|from) {package}\b", re.MULTILINE)
        paths = (ROOT / "pycore").rglob("*.py")
        return {path.relative_to(ROOT / "pycore").parts[0] for path in paths if pattern.search(path.read_text())}

    assert users("js") | users("pyodide") | users("pyodide_js") <= {"bridge.py"}
    assert users("numpy") <= {"pixels", "picture_session.py", "documents"}
    assert users("pycore.documents") <= {"documents", "document_session.py"}  # which only the picture worker loads


def test_links_inside_the_repository_lead_somewhere() -> None:
    broken = []
    for page in (path for path in tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            file = target.partition("#")[0]
            if file and "://" not in target and not (page.parent / file).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


# --- the build --------------------------------------------------------------------------------------------------------


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> build.Places:
    """A place to build that is not this repository's."""
    monkeypatch.setattr(build, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(build, "WHEELS", tmp_path / "wheels")
    return build.Places(work=tmp_path / "work", dist=tmp_path / "dist")


def test_a_step_is_done_again_only_when_its_input_changed_or_its_output_is_gone(workshop: build.Places) -> None:
    source, product = workshop.work.parent / "source", workshop.work.parent / "product"
    done = []

    def copy(_: build.Places) -> None:
        product.write_text(source.read_text())
        done.append(source.read_text())

    step = build.Step("copy", copy, lambda _: (source,), lambda _: (product,))
    source.write_text("one")
    build.build(workshop, [step])
    build.build(workshop, [step])
    assert done == ["one"]
    source.write_text("two")
    build.build(workshop, [step])
    assert done == ["one", "two"]
    product.unlink()
    build.build(workshop, [step])
    assert done == ["one", "two", "two"]


def test_a_step_that_failed_is_done_again(workshop: build.Places) -> None:
    tried = []

    def fail(_: build.Places) -> None:
        tried.append(1)
        raise build.BuildError("no")

    step = build.Step("fail", fail, lambda _: (), lambda _: ())
    for _ in range(2):
        with pytest.raises(build.BuildError, match="no"):
            build.build(workshop, [step])
    assert len(tried) == 2


def test_a_failing_tool_is_reported_with_what_it_printed() -> None:
    with pytest.raises(build.BuildError, match=r"(?s)ended with 3:\nthe reason"):
        build.run(sys.executable, "-c", "print('the reason'); raise SystemExit(3)")


def offer(content: bytes) -> object:
    """A source of wheels that has every one, with this content."""

    def source(missing: dict[str, str]) -> None:
        for name in missing:
            (build.WHEELS / name).write_bytes(content)

    return source


def test_a_wheel_with_another_hash_than_pyodide_states_is_refused(
    workshop: build.Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"numpy": {"file_name": "numpy.whl", "sha256": hashlib.sha256(b"right").hexdigest()}}
    monkeypatch.setattr(build, "pyodide_facts", lambda: facts)
    monkeypatch.setattr(build, "from_pyodide_site", offer(b"wrong"))
    monkeypatch.setattr(build, "from_carrier", offer(b"wrong too"))
    with pytest.raises(build.BuildError, match=r"numpy\.whl"):
        build.fetch_pyodide_wheels(workshop)
    assert list(build.WHEELS.iterdir()) == []

    monkeypatch.setattr(build, "from_carrier", offer(b"right"))
    build.fetch_pyodide_wheels(workshop)
    assert (build.WHEELS / "numpy.whl").read_bytes() == b"right"


# --- the server -------------------------------------------------------------------------------------------------------


def test_a_port_that_was_asked_for_and_is_taken_is_said_to_be_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(build.BuildError, match="taken"):
        build.open_server(taken.getsockname()[1], build.PageHandler)


def test_without_a_port_asked_for_there_is_always_one() -> None:
    with build.open_server(None, build.PageHandler) as first, build.open_server(None, build.PageHandler) as second:
        assert first.server_address[1] != second.server_address[1]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, http.client.HTTPConnection]]:
    """A served folder and a connection to it."""
    handler = functools.partial(build.PageHandler, directory=str(tmp_path))
    with build.open_server(0, handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        yield tmp_path, connection
        connection.close()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("index.html", "text/html"),
        ("app.js", "text/javascript"),
        ("asm.mjs", "text/javascript"),
        ("page.css", "text/css"),
        ("asm.wasm", "application/wasm"),
        ("assets.json", "application/json"),
    ],
)
def test_files_are_served_with_their_type_and_never_stale(
    served: tuple[Path, http.client.HTTPConnection], name: str, media_type: str
) -> None:
    folder, connection = served
    (folder / name).write_bytes(b"x")
    connection.request("GET", f"/{name}")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"x")
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    assert response.headers["Cache-Control"] == "no-cache"


# --- dist/ ------------------------------------------------------------------------------------------------------------


def contents(dist: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path."""
    return {path.relative_to(dist).as_posix(): path.read_bytes() for path in dist.rglob("*") if path.is_file()}


def test_manifest_lists_every_file_with_its_size_and_hash(dist: Path) -> None:
    files = contents(dist)
    del files["manifest.json"]
    listed = json.loads((dist / "manifest.json").read_text())["files"]
    stated = {entry["url"]: (entry["size"], entry["sha256"]) for entry in listed}
    assert stated == {url: (len(data), hashlib.sha256(data).hexdigest()) for url, data in files.items()}


def test_assets_are_all_that_the_page_fetches_and_as_published(dist: Path) -> None:
    files = contents(dist)
    assets = json.loads(files["assets.json"])
    assert assets["version"] == pycore.__version__
    assert assets["pyodide"]["version"] == build.pyodide_version()
    assert {asset["url"] for asset in assets["files"]} == {
        *(url for url in files if url.startswith("runtime/")),
        "sample.zip",
        "worker.js",
    }
    download = assets["download"]
    lists = {"assets.json", "manifest.json", "service-worker.js"}
    assert {asset["url"] for asset in assets["page"] + assets["files"]} == files.keys() - lists - {download["url"]}
    for asset in [*assets["files"], *assets["page"], download]:
        content = files[asset["url"]]
        assert (asset["size"], asset["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_service_worker_keeps_exactly_what_the_page_lists(dist: Path) -> None:
    files = contents(dist)
    assets = json.loads(files["assets.json"])
    site = json.JSONDecoder().raw_decode(files["service-worker.js"].decode().removeprefix("globalThis.SITE = "))[0]
    listed = {asset["url"]: asset["sha256"] for asset in assets["page"] + assets["files"]}
    assert site["kept"] == listed | {"assets.json": hashlib.sha256(files["assets.json"]).hexdigest()}
    assert {*site["kept"], *site["others"]} == files.keys()
    inflated = [asset["inflated"]["sha256"] for asset in assets["files"] if "inflated" in asset]
    assert site["inflated"] == inflated


def test_what_a_compressed_file_holds_is_listed_with_its_size_and_hash(dist: Path) -> None:
    files = contents(dist)
    assets = json.loads(files["assets.json"])["files"]
    assert [asset["url"] for asset in assets if "inflated" in asset] == [url for url in files if url.endswith(".gz")]
    for asset in (asset for asset in assets if "inflated" in asset):
        content = gzip.decompress(files[asset["url"]])
        assert asset["inflated"] == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_download_holds_the_same_site_complete(dist: Path) -> None:
    files = contents(dist)
    [name] = [name for name in files if name.startswith("dicom-zip-inspector-")]
    with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
        packed = {entry.partition("/")[2]: archive.read(entry) for entry in archive.namelist()}
    assert packed.keys() == files.keys() - {name}
    lists = {"assets.json", "manifest.json", "service-worker.js"}  # which cannot name the zip that they are in
    assert [name for name in packed.keys() - lists if packed[name] != files[name]] == []
    assert json.loads(packed["assets.json"])["download"] is None
    listed = {file["url"]: file["sha256"] for file in json.loads(packed["manifest.json"])["files"]}
    assert listed == {name: hashlib.sha256(packed[name]).hexdigest() for name in packed.keys() - {"manifest.json"}}


def test_frozen_lock_names_exactly_the_wheels_beside_it(dist: Path) -> None:
    lock = json.loads((dist / "runtime" / "pyodide-lock.json").read_text())
    stated = {facts["file_name"]: facts["sha256"] for facts in lock["packages"].values()}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (dist / "runtime").glob("*.whl")}
    assert stated == there
    assert set(lock["packages"]) == {"numpy", "pydicom", "pypdf", "dicom-zip-inspector"}


def test_compiled_code_is_as_pyodide_published_it(dist: Path) -> None:
    name = build.pyodide_facts()["numpy"]["file_name"]  # whose hash was compared when it was downloaded
    with zipfile.ZipFile(build.WHEELS / name) as published, zipfile.ZipFile(dist / "runtime" / name) as shipped:
        libraries = [inner for inner in published.namelist() if inner.endswith(".so") and "/tests/" not in inner]
        assert len(libraries) > 5
        assert [inner for inner in libraries if shipped.read(inner) != published.read(inner)] == []


def test_python_is_shipped_as_bytecode_without_test_files(dist: Path) -> None:
    for name in ("pydicom-*.whl", "numpy-*.whl", "dicom_zip_inspector-*.whl", "python_stdlib.zip"):
        [path] = (dist / "runtime").glob(name)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            assert not [name for name in names if name.endswith(".py") or "test_files" in name]
            bytecode = [archive.read(name) for name in names if name.endswith(".pyc")]
        assert bytecode
        # PEP 552: after the magic number, 1 says that a hash follows and that it is not to be checked.
        assert {data[4:8] for data in bytecode} == {b"\1\0\0\0"}


def test_no_path_of_this_machine_is_in_what_is_published(dist: Path) -> None:
    here = str(ROOT).encode()

    def leaks(name: str, data: bytes) -> Iterator[str]:
        if here in data:
            yield name
        if name.endswith(".gz"):
            yield from leaks(name.removesuffix(".gz"), gzip.decompress(data))
        if name.endswith((".whl", ".zip")) and not name.startswith(("numpy-", "sample")):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for inner in archive.namelist():
                    yield from leaks(inner, archive.read(inner))

    assert [leak for name, data in contents(dist).items() for leak in leaks(Path(name).name, data)] == []


def test_worker_is_one_script_that_imports_nothing(dist: Path) -> None:
    worker = (dist / "worker.js").read_text()
    assert not re.search(r"^\s*(?:import|export)\s[^(]*?from\s*[\"']", worker, re.MULTILINE)
    assert "importScripts(" not in worker.replace("globalThis.importScripts", "")


def test_a_second_build_from_scratch_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    subprocess.run([sys.executable, ROOT / "build.py", "build", "--output", again], cwd=ROOT, check=True)
    first, second = contents(dist), contents(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_every_way_out_that_is_tried_stands_in_the_table_with_tests_that_exist() -> None:
    table = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    named = set(re.findall(r"`([^`]+)`", table))
    sources = {
        name: (ROOT / name).read_text("utf-8") for name in ("web/channels.js", "web/take-away.js", "e2e/channels.js")
    }
    channels = {
        *re.findall(r"(?<!'iframe', { )name: '([^']+)'", sources["web/channels.js"]),
        *re.findall(r"^  \['([^']+)', ", sources["web/take-away.js"], re.MULTILINE),
        *re.findall(r"^    '?([\w ]+)'?: \(\) =>", sources["e2e/channels.js"], re.MULTILINE),
    }
    assert len(channels) > 40
    assert sorted(channels - named) == []
    tests = {
        name
        for path in (ROOT / "e2e").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)
    }
    claimed = {name for name in named if name.startswith("test_")}
    assert len(claimed) > 12
    assert sorted(claimed - tests) == []


SPOKEN = re.compile(r"(?:\b(?:text|title|placeholder|label)|'aria-label'): *[`']([^`'\n]*[A-Za-z]{2}[^`'\n]*)[`']")
WRITTEN = re.compile(r"(?:textContent|title|placeholder|ariaLabel) = [`']([^`'\n]*[A-Za-z]{2}[^`'\n]*)[`']")


def test_words_of_the_page_stand_in_texts_alone() -> None:
    """So that other languages can follow: no view says anything that `web/texts.js` does not."""
    found = [
        f"{path.name}: {words}"
        for path in [ROOT / "web" / "app.js", *sorted((ROOT / "web" / "views").glob("*.js"))]
        for pattern in (SPOKEN, WRITTEN)
        for words in pattern.findall(re.sub(r"\$\{[^}]*\}", "", path.read_text("utf-8")))
        if not re.fullmatch(r"[a-z]+/[a-z]+", words)  # a media type
    ]
    assert found == []
    assert SPOKEN.findall("make('p', { class: 'fine', text: 'All is well' })") == ["All is well"]
