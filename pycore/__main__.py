"""The command line: `python -m pycore review ZIP [ZIP...]` or `compare BEFORE AFTER`. The only one that prints.

Exit status: 0 clean, 1 review, 2 identified, 3 when the input could not be read at all (the message on standard error),
64 when the command itself is wrong, 130 when it was interrupted: the report then says what had been read by then.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TextIO

from pycore import __version__, without_numpy  # noqa: F401 - before all that imports pydicom
from pycore.archive import Archive, Kind, Source, open_archive, to_passwords
from pycore.cluster import Cluster
from pycore.comparison import compare
from pycore.errors import InspectorError, RequestError
from pycore.harvest import Harvest
from pycore.harvester import read_entries
from pycore.jobs import Count, Engine, Gathering, ThisProcess, WorkFolder
from pycore.judgement import Share, check_each
from pycore.marks import Marks, Undrawable
from pycore.phi.options import OPTIONS, Options
from pycore.pixel_digest import read_pixel_digest
from pycore.places import find_places
from pycore.report_parts import file_name
from pycore.review import Report, Verdict, review, with_marks
from pycore.session import WRITERS, sha256_of
from pycore.to_comparison import COMPARISON_FORMATS
from pycore.to_json import write_json
from pycore.to_marks import read_marks
from pycore.to_parquet import write_parquet

EXIT_STATUS = {Verdict.CLEAN: 0, Verdict.REVIEW: 1, Verdict.IDENTIFIED: 2}
EXIT_UNREADABLE = 3
EXIT_USAGE = 64  # argparse would exit with 2, which says "identified" here
EXIT_INTERRUPTED = 130  # as shells say it of a process that SIGINT ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return _compare(chosen) if chosen.command == "compare" else _report(chosen)
    except _InterruptedError as error:
        print(f"pycore: {error}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (InspectorError, OSError) as error:
        print(f"pycore: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, RequestError) else EXIT_UNREADABLE


def _deliver(pieces: Iterable[bytes], chosen: argparse.Namespace) -> None:
    if chosen.output is None:
        sys.stdout.buffer.writelines(pieces)
    else:
        with chosen.output.open("wb") as file:
            file.writelines(pieces)


def _report(chosen: argparse.Namespace) -> int:
    report, folder, was_interrupted = _review(chosen)
    if chosen.output is not None and chosen.output.is_dir():
        chosen.output /= file_name(report, chosen.format, values=chosen.show_values)
    _deliver(_write(report, chosen), chosen)
    if was_interrupted:
        print(f"pycore: {_say_interrupted(folder)}", file=sys.stderr)
        return EXIT_INTERRUPTED
    if folder is not None:
        folder.clear()
    return EXIT_STATUS[report.verdict]


def _compare(chosen: argparse.Namespace) -> int:
    options = Options.of(chosen.profile, chosen.option)
    watch = tuple(line.strip() for line in _read_lines(chosen.watch, "watch list")) if chosen.watch else ()
    archives: list[Archive] = []
    reports: list[Report] = []
    for path in (chosen.before, chosen.after):
        archive = open_archive([place.open() for place in find_places([str(path)])])
        archives.append(archive)
        harvest = read_entries(archive, range(len(archive.entries)))
        reports.append(review(archive, harvest, options, watch=watch))
    digests = (_read_pixels(archives[0]), _read_pixels(archives[1])) if chosen.pixels else None
    comparison = compare(reports[0], reports[1], archives[1], watch=watch, digests=digests)
    _deliver([COMPARISON_FORMATS[chosen.format](comparison, values=chosen.show_values).encode()], chosen)
    return EXIT_STATUS[comparison.verdict]


def _read_pixels(archive: Archive) -> dict[int, str]:
    return {entry.index: read_pixel_digest(archive, entry) for entry in archive.entries if entry.kind is Kind.FILE}


def _write(report: Report, chosen: argparse.Namespace) -> Iterable[bytes]:
    if chosen.format == "parquet":
        return write_parquet(report, values=chosen.show_values)
    if chosen.format == "json":
        return map(str.encode, write_json(report, values=chosen.show_values, table=chosen.values))
    return [WRITERS[chosen.format](report, values=chosen.show_values).encode()]


class _InterruptedError(InspectorError):
    """Interrupted before anything was read."""

    code = "interrupted"


def _say_interrupted(folder: WorkFolder | None) -> str:
    said = "The review was interrupted; what the report calls not read was not looked at."
    return f"{said} The same command goes on from there." if folder is not None else said


def _review(chosen: argparse.Namespace) -> tuple[Report, WorkFolder | None, bool]:
    """Return the report, the folder of what was read if one is kept, and whether the reading was interrupted."""
    if chosen.values and chosen.format != "json":
        raise RequestError("--values is written as JSON only.")
    options = Options.of(chosen.profile, chosen.option)
    lines = _read_lines(chosen.password_file, "passwords") if chosen.password_file else ()
    passwords = to_passwords(lines)
    watch = tuple(line.strip() for line in _read_lines(chosen.watch, "watch list")) if chosen.watch else ()
    places = find_places(chosen.inputs)
    folder = WorkFolder(chosen.resume, passwords) if chosen.resume else None
    gathering = Gathering(places, passwords)
    with closing(Progress(sys.stderr, chosen.progress)) as progress:
        was_interrupted = gathering.run(_engine(chosen), folder, progress.tell)
    if was_interrupted and not gathering.count().entries:
        raise _InterruptedError("The review was interrupted before anything was read.")
    archive, harvest = gathering.finish()
    sources = [place.open() for place in places] if chosen.sha256 or chosen.pixels else []
    sha256 = sha256_of(sources) if chosen.sha256 else None
    report = review(archive, harvest, options, watch=watch, sha256=sha256, share=_share(chosen))
    marks = _read_marks(chosen.marks, archive, sha256) if chosen.marks else Marks()
    if chosen.pixels and not was_interrupted:
        undrawable = (*marks.undrawable, *_draw_all(sources, passwords, harvest))
        marks = replace(marks, undrawable=tuple(dict.fromkeys(undrawable)))
    return replace(with_marks(report, marks), time=chosen.time), folder, was_interrupted


def _engine(chosen: argparse.Namespace) -> Engine:
    if chosen.scheduler:
        return Cluster(chosen.scheduler)
    jobs = _jobs(chosen)
    if jobs == 1:
        return ThisProcess()
    from pycore.processes import Processes  # which Python in the browser cannot import

    return Processes(jobs)


def _share(chosen: argparse.Namespace) -> Share:
    jobs = _jobs(chosen)
    if jobs == 1:
        return check_each
    from pycore.processes import check_together

    return check_together(jobs)


def _jobs(chosen: argparse.Namespace) -> int:
    return chosen.jobs or os.cpu_count() or 1


class Progress:
    """Says how far the review is: on a terminal in one line that is written over, elsewhere in a line now and then.

    Parameters
    ----------
    stream : text stream
    is_wanted : bool
        Whether to say it even where nobody may be looking.
    """

    def __init__(self, stream: TextIO, is_wanted: bool) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._is_on = is_wanted or self._is_terminal
        self._seconds = 0.2 if self._is_terminal else 10.0
        self._began = self._told = time.monotonic()
        self._is_open = False

    def tell(self, count: Count) -> None:
        """Say how far it is, unless that was said a moment ago."""
        now = time.monotonic()
        if not self._is_on or (now - self._told < self._seconds and count.entries < count.known):
            return
        self._told = now
        rate = count.entries / max(now - self._began, 0.001)
        line = (
            f"{count.entries:,} of {count.known:,} entries read, {count.dicom:,} DICOM, {rate:,.0f}/s"
            f"; {count.files:,} of {count.all_files:,} files opened"
        )
        if self._is_terminal:
            self._stream.write(f"\r\x1b[K{line}")
            self._is_open = True
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave the line."""
        if self._is_open:
            self._stream.write("\n")
            self._is_open = False


def _read_marks(path: Path, archive: Archive, sha256: str | None) -> Marks:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The marks {path} cannot be read as text in UTF-8: {error}.") from error
    return read_marks(text, archive, sha256)


def _draw_all(sources: Sequence[Source], passwords: Sequence[bytes], harvest: Harvest) -> tuple[Undrawable, ...]:
    """Draw every frame of every instance, and return those that cannot be drawn."""
    if importlib.util.find_spec("numpy") is None:
        raise RequestError("--pixels needs NumPy, which is not installed here: python -m pip install numpy.")
    from pycore.pixels.composite import find_undrawable  # NumPy is needed for nothing else here

    entries = [record.entry for record in harvest.records if record.instance is not None and record.instance.frames]
    return tuple(find_undrawable(open_archive(sources, passwords), entries))


def _read_lines(path: Path, what: str) -> tuple[str, ...]:
    """Return the lines of a list that the user wrote, those that are not empty."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The {what} {path} cannot be read as text in UTF-8: {error}.") from error
    return tuple(line for line in text.splitlines() if line.strip())


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("it must be 0 or more")
    return number


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
        description="Exit status: 0 clean, 1 review, 2 identified, 3 when the input could not be read at all, 130 when "
        "the review was interrupted and the report is of what had been read.",
    )
    command.add_argument(
        "inputs",
        nargs="+",
        metavar="ZIP",
        help="a zip, a folder or a DICOM file; or a URL of one (extra 'cluster'), ending in '/' for a folder",
    )
    command.add_argument(
        "--jobs",
        type=_count,
        default=1,
        metavar="N",
        help="processes that read (default: 1; 0: one for each processor)",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="have a Dask cluster read instead: address of its scheduler (extra 'cluster')",
    )
    command.add_argument(
        "--resume",
        type=Path,
        metavar="FOLDER",
        help="keep there what was read until the report is written, and go on from it after an interruption; "
        "until then it holds names and values of the archive",
    )
    command.add_argument(
        "--progress", action="store_true", help="say how far it is, also where standard error is no terminal"
    )
    _add_rules(command)
    command.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="passwords to try on encrypted entries (ZipCrypto, AES), one a line, UTF-8; never on the command line "
        "itself, which other users of the machine can see",
    )
    command.add_argument(
        "--format",
        choices=(*WRITERS, "parquet"),
        default="json",
        help="default: json; ctp, deid and dcmodify are recipes for these tools, marks is what --marks reads",
    )
    command.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write there instead of standard output; in a folder, under a name that tells what the report holds",
    )
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
    command.add_argument("--time", default="", metavar="TEXT", help="when the report is made, as it shall say")
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
