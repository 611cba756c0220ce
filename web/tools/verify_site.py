"""Compares a site, served or downloaded, with a list of its files: `verify_site.py SITE [MANIFEST]`.

SITE is an address or a folder, MANIFEST the `manifest.json` of a build that is trusted, as a file or an address.
Without one the site is compared with its own list, which tells damage but not deceit. Needs Python alone; exits with 0
when every file is there and is the one listed, else with 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

TIMEOUT_S = 60
MANIFEST = "manifest.json"
Read = Callable[[str], bytes]


def main(arguments: list[str]) -> int:
    """Compare, and say what differs."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 1
    site, *given = arguments
    read = reader(site)
    try:
        own = read(MANIFEST)
        trusted = read_manifest(given[0]) if given else own
        listed = {file["url"]: file for file in json.loads(trusted)["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"there is no list of files to compare with: {error}")
        return 1
    differences = compare(listed, read)
    if own != trusted:
        differences.insert(0, f"{MANIFEST} is not the one given")
    if is_folder(site):
        there = {path.relative_to(site).as_posix() for path in Path(site).rglob("*") if path.is_file()}
        differences += [f"{name} is in no list" for name in sorted(there - listed.keys() - {MANIFEST})]
    for difference in differences:
        print(difference)
    if differences:
        print(f"{site} is NOT the published build: {len(differences)} of {len(listed) + 1} files differ")
        return 1
    digest = hashlib.sha256(trusted).hexdigest()
    print(f"all {len(listed)} files of {site} are those listed; SHA-256 of {MANIFEST} is {digest}")
    if not given:
        print("That list came from the site itself. Give the one of a build that you trust to be sure.")
    return 0


def compare(listed: dict[str, dict[str, str | int]], read: Read) -> list[str]:
    """Return a sentence for each listed file that is missing or another one."""
    differences = []
    for name, facts in listed.items():
        try:
            content = read(name)
        except OSError as error:
            differences.append(f"{name} cannot be read: {error}")
            continue
        found = hashlib.sha256(content).hexdigest()
        if found != facts["sha256"]:
            differences.append(f"{name} has SHA-256 {found}, listed is {facts['sha256']}")
    return differences


def is_folder(site: str) -> bool:
    """Return whether it is no address of the web."""
    return urllib.parse.urlsplit(site).scheme not in {"http", "https"}


def reader(site: str) -> Read:
    """Return what reads a file of the site by its name; raises OSError."""
    if is_folder(site):
        return lambda name: Path(site, name).read_bytes()
    base = site.partition("#")[0].partition("?")[0].rpartition("/")[0] + "/"
    return lambda name: fetch(base + urllib.parse.quote(name))


def read_manifest(given: str) -> bytes:
    """Return a list that was named by itself."""
    return Path(given).read_bytes() if is_folder(given) else fetch(given)


def fetch(address: str) -> bytes:
    """Return what a server sends now, not what something on the way has kept."""
    request = urllib.request.Request(address, headers={"Cache-Control": "no-cache"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        content: bytes = response.read()
        return content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
