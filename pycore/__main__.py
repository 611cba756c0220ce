"""The command line: `python -m pycore review ZIP [ZIP...]` or `compare BEFORE AFTER`. The only one that prints.

Exit status: 0 clean, 1 review, 2 identified, 3 when the input could not be read at all (the message on standard error),
64 when the command itself is wrong.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from pycore import __version__
from pycore.archive import Archive, FileSource, Kind, Source, UnreadableSource, open_archive
from pycore.comparison import compare
from pycore.errors import InputError, InspectorError, RequestError
from pycore.harvest import Harvest
from pycore.harvester import read_entries
from pycore.marks import Marks, Undrawable
from pycore.phi.options import OPTIONS, Options
from pycore.pixel_digest import read_pixel_digest
from pycore.review import Report, Verdict, review, with_marks
from pycore.session import WRITERS, sha256_of
from pycore.to_comparison import COMPARISON_FORMATS
from pycore.to_marks import read_marks

EXIT_STATUS = {Verdict.CLEAN: 0, Verdict.REVIEW: 1, Verdict.IDENTIFIED: 2}
EXIT_UNREADABLE = 3
EXIT_USAGE = 64  # argparse would exit with 2, which says "identified" here


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        verdict, text = _compare(chosen) if chosen.command == "compare" else _report(chosen)
        if chosen.output is None:
            sys.stdout.buffer.write(text.encode())
        else:
            chosen.output.write_bytes(text.encode())
    except (InspectorError, OSError) as error:
        print(f"pycore: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, RequestError) else EXIT_UNREADABLE
    return EXIT_STATUS[verdict]


def _report(chosen: argparse.Namespace) -> tuple[Verdict, str]:
    report = _review(chosen)
    table = {"table": True} if chosen.values else {}
    return report.verdict, WRITERS[chosen.format](report, values=chosen.show_values, **table)


def _compare(chosen: argparse.Namespace) -> tuple[Verdict, str]:
    options = Options.of(chosen.profile, chosen.option)
    watch = tuple(line.strip() for line in _read_lines(chosen.watch, "watch list")) if chosen.watch else ()
    archives: list[Archive] = []
    reports: list[Report] = []
    for path in (chosen.before, chosen.after):
        archive = open_archive(_sources([path]))
        archives.append(archive)
        harvest = read_entries(archive, range(len(archive.entries)))
        reports.append(review(archive, harvest, options, watch=watch))
    digests = (_read_pixels(archives[0]), _read_pixels(archives[1])) if chosen.pixels else None
    comparison = compare(reports[0], reports[1], archives[1], watch=watch, digests=digests)
    return comparison.verdict, COMPARISON_FORMATS[chosen.format](comparison, values=chosen.show_values)


def _read_pixels(archive: Archive) -> dict[int, str]:
    return {entry.index: read_pixel_digest(archive, entry) for entry in archive.entries if entry.kind is Kind.FILE}


def _review(chosen: argparse.Namespace) -> Report:
    if chosen.values and chosen.format != "json":
        raise RequestError("--values is written as JSON only.")
    options = Options.of(chosen.profile, chosen.option)
    sources = tuple(_sources(chosen.inputs))
    passwords = _read_lines(chosen.password_file, "passwords") if chosen.password_file else ()
    archive = open_archive(sources, [password.encode() for password in passwords])
    harvest = read_entries(archive, range(len(archive.entries)))
    watch = tuple(line.strip() for line in _read_lines(chosen.watch, "watch list")) if chosen.watch else ()
    sha256 = sha256_of(sources) if chosen.sha256 else None
    report = review(archive, harvest, options, watch=watch, sha256=sha256)
    marks = _read_marks(chosen.marks, archive, sha256) if chosen.marks else Marks()
    if chosen.pixels:
        undrawable = (*marks.undrawable, *_draw_all(archive, harvest))
        marks = replace(marks, undrawable=tuple(dict.fromkeys(undrawable)))
    return with_marks(report, marks)


def _read_marks(path: Path, archive: Archive, sha256: str | None) -> Marks:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The marks {path} cannot be read as text in UTF-8: {error}.") from error
    return read_marks(text, archive, sha256)


def _draw_all(archive: Archive, harvest: Harvest) -> tuple[Undrawable, ...]:
    """Draw every frame of every instance, and return those that cannot be drawn."""
    if importlib.util.find_spec("numpy") is None:
        raise RequestError("--pixels needs NumPy, which is not installed here: python -m pip install numpy.")
    from pycore.pixels.composite import find_undrawable  # NumPy is needed for nothing else here

    entries = [record.entry for record in harvest.records if record.instance is not None and record.instance.frames]
    return tuple(find_undrawable(archive, entries))


def _read_lines(path: Path, what: str) -> tuple[str, ...]:
    """Return the lines of a list that the user wrote, those that are not empty."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The {what} {path} cannot be read as text in UTF-8: {error}.") from error
    return tuple(line for line in text.splitlines() if line.strip())


def _sources(inputs: Sequence[Path]) -> list[Source]:
    """Return a source per file; a folder stands for the files below it, named from the folder on."""
    sources: list[Source] = []
    for chosen in inputs:
        if chosen.is_dir():
            files = {path.relative_to(chosen.parent).as_posix(): path for path in chosen.rglob("*") if path.is_file()}
            sources.extend(_open(files[name], name) for name in sorted(files))
        elif chosen.is_file():
            sources.append(_open(chosen, chosen.name))
        else:
            raise InputError(f"{chosen} does not exist or is no file.")
    if not sources:
        raise InputError("There is no file in what was given.")
    return sources


def _open(path: Path, name: str) -> Source:
    """Return a file as a source; one that cannot be opened costs the others nothing and is in the report."""
    try:
        return FileSource(path, name)
    except InputError as error:
        return UnreadableSource(name, str(error))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m pycore", description="Who is in a zip of medical images, and may it leave?")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "review",
        help="review zips, folders or DICOM files",
        description="Exit status: 0 clean, 1 review, 2 identified, 3 when the input could not be read at all.",
    )
    command.add_argument("inputs", nargs="+", type=Path, metavar="ZIP", help="a zip, a folder or a DICOM file")
    _add_rules(command)
    command.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="passwords to try on encrypted entries (ZipCrypto), one a line, UTF-8; never on the command line itself, "
        "which other users of the machine can see",
    )
    command.add_argument("--format", choices=tuple(WRITERS), default="json")
    command.add_argument("--output", type=Path, metavar="FILE", help="write there instead of standard output")
    command.add_argument("--show-values", action="store_true", help="do not mask names, IDs and excerpts")
    command.add_argument(
        "--values", action="store_true", help="add the table of distinct values, and private elements by creator (JSON)"
    )
    command.add_argument(
        "--pixels", action="store_true", help="draw every frame, and list those that cannot be drawn; needs NumPy"
    )
    command.add_argument(
        "--marks", type=Path, metavar="FILE", help="what a reviewer saw in the pictures, as saved from the page"
    )
    command.add_argument("--sha256", action="store_true", help="put the file's SHA-256 into the report")
    command = commands.add_parser(
        "compare",
        help="compare a zip before de-identification with the one after it",
        description="Exit status: 0 nothing survives and all is consistent, 1 someone must look, 2 what names a person "
        "survives, 3 when one of the two could not be read at all.",
    )
    command.add_argument("before", type=Path, metavar="BEFORE", help="a zip, a folder or a DICOM file")
    command.add_argument("after", type=Path, metavar="AFTER", help="the same after de-identification")
    _add_rules(command)
    command.add_argument("--pixels", action="store_true", help="compare the pixels, too; reads both files whole")
    command.add_argument("--format", choices=tuple(COMPARISON_FORMATS), default="json")
    command.add_argument("--output", type=Path, metavar="FILE", help="write there instead of standard output")
    command.add_argument("--show-values", action="store_true", help="do not mask names, IDs and excerpts")
    return parser


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", default="basic", help="confidentiality profile of PS3.15 (default: basic)")
    command.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME",
        help=f"option of the profile, may be repeated: {', '.join(option.name for option in OPTIONS)}",
    )
    command.add_argument("--watch", type=Path, metavar="FILE", help="names and numbers to look for, one a line, UTF-8")


if __name__ == "__main__":
    sys.exit(main())
