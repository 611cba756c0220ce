"""Says what the site is made of: `inventory.py ROOT SITE METAFILE` writes `bom.json` and `licences.txt` into the site.

`bom.json` is a CycloneDX 1.6 bill of materials: every npm package of which esbuild took something (METAFILE says so),
every package of the page's Python, the runtime, and what is compiled into WebAssembly. Each has its version, licence,
address as package (purl) and the hash under which it was published, as the lock files state it, beside the files of the
site that hold it with theirs. `licences.txt` has the texts. Neither has a date or a number of chance: the same site has
the same bytes.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import sys
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

OWN = "dicom-zip-inspector"
NPM_LICENCES = {"pyodide": "mpl-2.0.txt", "@cornerstonejs/codec-openjpeg": "mit-cornerstone.txt"}
"""Texts in licences/ for npm packages that bring none."""
NPM_FILES = {
    "pyodide": (
        *("runtime/pyodide.asm.wasm", "runtime/python_stdlib.zip", "runtime/snapshot-head", "runtime/snapshot.gz"),
        "worker.js",
    ),
    "dcmjs-codecs": ("runtime/codec-others.wasm",),
    "@cornerstonejs/codec-openjpeg": ("runtime/codec-openjpeg.wasm",),
}
"""Where npm packages are that are not, or not only, in a script that esbuild made."""
WHEEL_LICENCES = {"pydicom": "MIT"}
"""As SPDX, for wheels whose metadata says it in other words."""


@dataclass(slots=True)
class Component:
    """One part of the site."""

    name: str
    version: str
    licence: str
    """An SPDX expression."""
    purl: str
    digest: tuple[str, str] | None
    """Algorithm as CycloneDX names it, and value in hexadecimal, of what was published."""
    files: list[str]
    """Where in the site it is."""
    texts: list[str]
    parts: list[Component] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Write both files."""
    root, site, metafile = map(Path, arguments)
    parts = [*npm_components(root, metafile), *wheel_components(root, site)]
    add_compiled_in(root, site, {part.name: part for part in parts})
    own = own_component(root)
    bom = to_bom(own, sorted(parts, key=lambda part: part.purl), site)
    (site / "bom.json").write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (site / "licences.txt").write_text(to_text([own, *parts]), encoding="utf-8")
    return 0


def own_component(root: Path) -> Component:
    """Return the site itself."""
    found = re.search(r'^__version__ = "(.+)"$', (root / "pycore" / "__init__.py").read_text(), re.MULTILINE)
    assert found, "pycore/__init__.py states no version"
    purl = f"pkg:generic/{OWN}@{found[1]}"
    return Component(OWN, found[1], "MIT", purl, None, [], [(root / "LICENSE").read_text(encoding="utf-8")])


def npm_components(root: Path, metafile: Path) -> list[Component]:
    """Return the npm packages that are in the site's scripts, or beside them."""
    modules = root / "web" / "node_modules"
    outputs: dict[str, Any] = json.loads(metafile.read_text())["outputs"]
    files: dict[str, list[str]] = {name: list(paths) for name, paths in NPM_FILES.items()}
    for output, facts in outputs.items():
        for source in facts["inputs"]:
            found = re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", source)
            if found and Path(output).name not in files.setdefault(found[1], []):
                files[found[1]].append(Path(output).name)
    locked = json.loads((root / "web" / "package-lock.json").read_text())["packages"]
    components = []
    for name, paths in sorted(files.items()):
        facts = locked[f"node_modules/{name}"]
        algorithm, _, value = facts["integrity"].partition("-")
        texts = [path.read_text(encoding="utf-8") for path in sorted((modules / name).glob("LICEN[CS]E*"))]
        if not texts:
            texts = [(root / "licences" / NPM_LICENCES[name]).read_text(encoding="utf-8")]
        purl = f"pkg:npm/{quote(name)}@{facts['version']}"
        digest = (algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(value).hex())
        components.append(Component(name, facts["version"], facts["license"], purl, digest, sorted(paths), texts))
    return components


def wheel_components(root: Path, site: Path) -> list[Component]:
    """Return the packages that the page's Python has besides the core, as their wheels were published."""
    frozen = json.loads((site / "runtime" / "pyodide-lock.json").read_text())["packages"]
    components = []
    for name, facts in sorted(frozen.items()):
        if name == OWN:
            continue
        wheel = root / ".cache" / "wheels" / facts["file_name"]  # compared with its SHA-256 when it was fetched
        with zipfile.ZipFile(wheel) as archive:
            [metadata] = [entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA")]
            head = archive.read(metadata).decode().partition("\n\n")[0]
            folder = metadata.removesuffix("METADATA") + "licenses/"
            texts = [archive.read(entry).decode() for entry in sorted(archive.namelist()) if entry.startswith(folder)]
        expression = re.search(r"^License-Expression: (.+)$", head, re.MULTILINE)
        licence = expression[1].strip() if expression else WHEEL_LICENCES[name]
        digest = ("SHA-256", hashlib.sha256(wheel.read_bytes()).hexdigest())
        purl = f"pkg:pypi/{name}@{facts['version']}"
        # Python's memory holds the packages in plain Python; the others are loaded when a worker needs them.
        held = [f"runtime/{facts['file_name']}", *(["runtime/snapshot.gz"] if "-none-any." in wheel.name else [])]
        components.append(Component(name, facts["version"], licence, purl, digest, held, texts))
    return components


def add_compiled_in(root: Path, site: Path, components: dict[str, Component]) -> None:
    """Add what the table says is compiled into WebAssembly."""
    python = json.loads((site / "runtime" / "pyodide-lock.json").read_text())["info"]["python"]
    with (root / "web" / "tools" / "compiled-in.tsv").open(encoding="utf-8", newline="") as file:
        next(file)  # where the facts are from
        for row in csv.DictReader(file, delimiter="\t"):
            version = row["version"].format(python=python)
            purl = f"pkg:generic/{row['name'].lower()}" + (f"@{version}" if version else "")
            text = (root / "licences" / row["text"]).read_text(encoding="utf-8")
            part = Component(row["name"], version, row["licence"], purl, None, [], [text])
            components[row["within"]].parts.append(part)


def to_bom(own: Component, components: list[Component], site: Path) -> dict[str, Any]:
    """Return the bill of materials (CycloneDX 1.6)."""
    content = [to_component(component, site) for component in components]
    about = {"type": "application", **to_component(own, site, "application")}
    # Version 5: made of what is in it (RFC 9562 §5.5), so that the same site has the same number.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([about, content], sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": about},
        "components": content,
        "dependencies": [
            {"ref": own.purl, "dependsOn": [component.purl for component in components]},
            *({"ref": component.purl} for component in components),
        ],
    }


def to_component(component: Component, site: Path, kind: str = "library", within: str = "") -> dict[str, Any]:
    """Return a component as CycloneDX writes it; its files in the site are components of their own inside of it."""
    reference = f"{within}#{component.purl}" if within else component.purl
    held = [
        {
            "type": "file",
            "bom-ref": f"{reference}#{file}",
            "name": file,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256((site / file).read_bytes()).hexdigest()}],
        }
        for file in component.files
    ]
    parts = [to_component(part, site, within=reference) for part in component.parts]
    simple = re.fullmatch(r"[\w.+-]+", component.licence)
    plain: dict[str, Any] = {"type": kind, "bom-ref": reference, "name": component.name}
    if component.version:
        plain["version"] = component.version
    plain["licenses"] = [{"license": {"id": component.licence}} if simple else {"expression": component.licence}]
    plain["purl"] = component.purl
    if component.digest:
        algorithm, value = component.digest
        plain["hashes"] = [{"alg": algorithm, "content": value}]
    if held or parts:
        plain["components"] = [*held, *parts]
    return plain


def to_text(components: list[Component]) -> str:
    """Return all licences; a text that several share once, under all their names."""
    names: dict[str, list[str]] = {}
    for component in components:
        for one in (component, *component.parts):
            label = " ".join(filter(None, (one.name, one.version, f"({one.licence})")))
            for text in one.texts:
                held = names.setdefault(text.strip(), [])
                if label not in held:
                    held.append(label)
    line = "=" * 100
    said = [f"{line}\n{', '.join(labels)}\n{line}\n\n{text}\n" for text, labels in names.items()]
    return "Licences of everything that this site holds.\n\n" + "\n\n".join(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
