"""A review in parts says what a review in one go says, whoever reads what, and whatever ends meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pycore import jobs
from pycore.__main__ import main
from pycore.archive import FileSource, HeldSource, Source, open_archive
from pycore.findings import Flag, Severity, Where
from pycore.harvest import Harvest
from pycore.harvester import read_entries, to_found_text
from pycore.jobs import Count, Engine, Gathering, Lost, Task, ThisProcess, WorkFolder, read_task, to_tasks
from pycore.judgement import find_in_archive
from pycore.merging import Merger
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.places import Place, find_places
from pycore.review import review
from pycore.to_json import to_json
from tests.builders import zip_bytes
from tests.test_review import clean_object

pytestmark = pytest.mark.native

DEADLY = b"ENDS WHOEVER READS IT"


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Zips with and without shards, a folder, an empty zip, a damaged one, a file of no zip."""
    monkeypatch.setattr(jobs, "SPLIT_BYTES", 5_000)
    monkeypatch.setattr(jobs, "GROUP_FILES", 3)
    monkeypatch.setattr(jobs, "SHARD_ENTRIES", 4)
    names = ("Sample^Anna", "Probe^Bert", "Muster^Clara")
    for number in range(4):
        objects = {
            f"S{one}/{one}.dcm": clean_object(one + 100 * number, PatientName=names[(one + number) % 3])
            for one in range(9 if number == 1 else 22 if number else 2)
        }
        (tmp_path / f"{number}.zip").write_bytes(zip_bytes(objects | {"letter.txt": b"Dear Anna Sample", "S0/": b""}))
    (tmp_path / "empty.zip").write_bytes(zip_bytes({}))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    folder = tmp_path / "loose"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.dcm").write_bytes(clean_object(900 + number, PatientName=names[0]))
    return [str(tmp_path / name) for name in ("0.zip", "2.zip", "empty.zip", "loose", "1.zip", "broken.zip", "3.zip")]


def in_one_go(places: Sequence[Place]) -> str:
    """The report without any of what is tested here."""
    archive = open_archive([FileSource(Path(place.where), place.name) for place in places])
    report = review(archive, read_entries(archive, range(len(archive.entries))), Options())
    return to_json(report, values=True, table=True)


def in_parts(gathering: Gathering) -> str:
    archive, harvest = gathering.finish()
    return to_json(review(archive, harvest, Options()), values=True, table=True)


class Unsteady:
    """Answers in any order, and loses tasks now and then."""

    def __init__(self, seed: int, losses: float) -> None:
        self._random = random.Random(seed)
        self._losses = losses

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Lost], None, None]:
        running: list[Task] = []
        while tasks or running:
            while tasks and len(running) < 7:
                running.append(tasks.popleft())
            task = running.pop(self._random.randrange(len(running)))
            is_lost = self._random.random() < self._losses and (task.split() or not task.is_last_try)
            yield task, Lost("lost") if is_lost else read_task(task)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("losses", [0, 0.4])
def test_the_report_does_not_depend_on_the_order_of_answers_and_on_losses(
    inputs: list[str], seed: int, losses: float
) -> None:
    places = find_places(inputs)
    gathering = Gathering(places)
    counts: list[Count] = []
    assert not gathering.run(Unsteady(seed, losses), tell=counts.append)
    assert in_parts(gathering) == in_one_go(places)
    assert counts[-1].entries == counts[-1].known > 50
    assert counts[-1].files == counts[-1].all_files == len(places)


def test_every_file_is_in_one_task(inputs: list[str]) -> None:
    places = find_places(inputs)
    tasks = to_tasks(places)
    assert sorted(place.where for task in tasks for place in task.places) == sorted(place.where for place in places)
    assert [task.is_directory for task in tasks] == sorted((task.is_directory for task in tasks), reverse=True)
    for task in tasks:
        assert places[task.first : task.first + len(task.places)] == task.places
        assert len(task.places) <= 3


class DeadlySource(HeldSource):
    """Ends the process that reads certain bytes; once only, if there is a place to note it."""

    def __init__(self, source: Source, note: Path) -> None:
        super().__init__(source)
        self._note = note

    def read(self, offset: int, length: int) -> bytes:
        data = super().read(offset, length)
        if DEADLY in data and not self._note.exists():
            if self._note.parent.exists():
                self._note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return data


class DeadlyPlace(Place):
    """A file that may hold deadly bytes."""

    def open(self) -> Source:
        return DeadlySource(FileSource(Path(self.where), self.name), Path(self.stamp))


def deadly_zip(path: Path, note: Path) -> DeadlyPlace:
    objects = {f"{number}.dcm": clean_object(number, PatientName=f"Sample^{number}") for number in range(4)}
    path.write_bytes(zip_bytes(objects | {"2.dcm": bytes(70_000) + DEADLY + bytes(70_000)}, zipfile.ZIP_STORED))
    return DeadlyPlace(path.name, str(path), path.stat().st_size, str(note))


def test_a_process_that_ends_is_replaced_and_nothing_is_lost(tmp_path: Path, inputs: list[str]) -> None:
    from pycore.processes import Processes

    note = tmp_path / "died"
    places = (*find_places(inputs), deadly_zip(tmp_path / "once.zip", note))
    gathering = Gathering(places)
    gathering.run(Processes(2))
    assert note.exists()
    assert in_parts(gathering) == in_one_go(places)


def test_an_entry_that_ends_every_process_is_unreadable_and_the_others_are_read(tmp_path: Path) -> None:
    from pycore.processes import Processes

    place = deadly_zip(tmp_path / "always.zip", tmp_path / "nowhere" / "note")
    gathering = Gathering([place])
    gathering.run(Processes(2))
    archive, harvest = gathering.finish()
    unreadable = [record for record in harvest.records if record.status == "unreadable"]
    assert [archive.entries[record.entry].name for record in unreadable] == ["2.dcm"]
    assert "ended the process" in unreadable[0].reason
    assert sum(record.status == "dicom" for record in harvest.records) == 3


class Interrupted:
    """Is interrupted after so many answers."""

    def __init__(self, engine: Engine, after: int) -> None:
        self._engine = engine
        self._after = after
        self.answered = 0

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Lost], None, None]:
        for answer in self._engine.run(tasks):
            if self.answered == self._after:
                signal.raise_signal(signal.SIGINT)
            self.answered += 1
            yield answer


@pytest.mark.parametrize("after", [1, 4, 9])
def test_what_was_read_before_an_interruption_counts_and_is_not_read_again(
    tmp_path: Path, inputs: list[str], after: int
) -> None:
    places = find_places(inputs)
    first = Gathering(places)
    assert first.run(Interrupted(ThisProcess(), after), WorkFolder(tmp_path / "work"))
    archive, harvest = first.finish()
    assert len(harvest.records) == len(archive.entries)
    unread = [record for record in harvest.records if "interrupted" in record.reason]
    assert unread
    assert len(list((tmp_path / "work").glob("*.harvest"))) == after

    folder, second, rest = WorkFolder(tmp_path / "work"), Gathering(places), Interrupted(ThisProcess(), -1)
    assert not second.run(rest, folder)
    assert in_parts(second) == in_one_go(places)
    every = Interrupted(ThisProcess(), -1)
    Gathering(places).run(every)
    assert rest.answered == every.answered - after
    folder.clear()
    assert not (tmp_path / "work").exists()


def test_what_is_kept_is_for_its_owner_and_for_the_file_as_it_was(tmp_path: Path, inputs: list[str]) -> None:
    work = tmp_path / "work"
    (place,) = find_places(inputs[:1])
    (task,) = to_tasks([place])
    folder = WorkFolder(work)
    answer = read_task(task)
    folder.put(task, answer)
    (kept,) = work.iterdir()
    assert (work.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)
    assert WorkFolder(work).get(task) == answer
    assert WorkFolder(work).get(replace(task, is_last_try=True)) is not None
    assert WorkFolder(work, [b"password"]).get(task) is None
    os.utime(place.where, ns=(1, 1))
    assert WorkFolder(work).get(to_tasks(find_places(inputs[:1]))[0]) is None
    kept.write_bytes(kept.read_bytes()[:-1])
    assert WorkFolder(work).get(task) is None


def test_a_file_that_is_changed_after_it_was_chosen_is_unreadable(inputs: list[str]) -> None:
    places = find_places(inputs)
    os.utime(places[0].where, ns=(1, 1))
    gathering = Gathering(places)
    gathering.run(ThisProcess())
    archive, harvest = gathering.finish()
    assert archive.entries[0].reason == "0.zip was changed after it was chosen."
    assert harvest.records[0].status == "unreadable"


def test_a_harvest_can_be_numbered_from_anywhere(inputs: list[str]) -> None:
    archive = open_archive([FileSource(Path(inputs[0]))])
    harvest = read_entries(archive, range(len(archive.entries)))
    merger = Merger()
    merger.add(Harvest.from_bytes(harvest.to_bytes()), 1000)
    moved = merger.harvest()
    assert [record.entry for record in moved.records] == [record.entry + 1000 for record in harvest.records]
    assert all(record.instance is None or record.instance.entry == record.entry for record in moved.records)
    assert {value: [entry - 1000 for entry in entries] for value, entries in moved.values.items()} == {
        value: list(entries) for value, entries in harvest.values.items()
    }


def test_the_command_line_gives_the_same_bytes_with_jobs(tmp_path: Path, inputs: list[str]) -> None:
    outputs = [tmp_path / "one.json", tmp_path / "two.json"]
    common = ["--show-values", "--values", "--output"]
    assert main(["review", *inputs, *common, str(outputs[0])]) == 2
    assert main(["review", *inputs, "--jobs", "2", *common, str(outputs[1])]) == 2
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_a_review_stopped_from_the_keyboard_goes_on_where_it_was(tmp_path: Path) -> None:
    archive, work = tmp_path / "large.zip", tmp_path / "work"
    one = clean_object(1, PatientID="X10000")
    objects = {f"{number}.dcm": one.replace(b"X10000", b"X%05d" % (number % 50)) for number in range(2500)}
    archive.write_bytes(zip_bytes(objects | {"filling.bin": bytes(16 << 20)}, zipfile.ZIP_STORED))
    outputs = [tmp_path / name for name in ("stopped.json", "resumed.json", "one.json")]
    command = [sys.executable, "-m", "pycore", "review", str(archive), "--progress", "--resume", str(work)]
    process = subprocess.Popen([*command, "--jobs", "2", "--output", outputs[0]], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and len(list(work.glob("*.harvest"))) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "goes on from there" in said) == (130, True), said
    assert "Traceback" not in said
    assert '"verdict": "identified"' in outputs[0].read_text()
    assert "the review was interrupted" in outputs[0].read_text()
    assert list(work.glob("*.harvest"))
    assert main([*command[3:], "--output", str(outputs[1])]) == 2
    assert main(["review", str(archive), "--output", str(outputs[2])]) == 2
    assert outputs[1].read_bytes() == outputs[2].read_bytes()
    assert not work.exists()


def test_values_that_several_processes_judge_are_judged_as_by_one(
    inputs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pycore import processes

    monkeypatch.setattr(processes, "_TOGETHER", 5)
    gathering = Gathering(find_places(inputs))
    gathering.run(ThisProcess())
    archive, harvest = gathering.finish()
    alone = review(archive, harvest, Options())
    together = review(archive, harvest, Options(), share=processes.check_together(3))
    assert to_json(together, values=True, table=True) == to_json(alone, values=True, table=True)


def test_values_of_a_process_that_ends_while_it_judges_are_judged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from pycore import processes

    monkeypatch.setattr(processes, "_TOGETHER", 2)
    here = os.getpid()
    values = [(to_found_text(Where.OTHER_FILE, f"text {number}"), (number,)) for number in range(40)]

    def check(value: Value, entries: Sequence[int]) -> tuple[Flag, ...]:
        if entries[0] == 11 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return (Flag("rule", "", "", Severity.INFO, value.text or ""),)

    judged = list(processes.check_together(2)(check, iter(values)))
    assert [one[:2] for one in judged] == values
    assert [flag.evidence for _, _, (flag,) in judged] == [value.text for value, _ in values]


def test_names_of_many_entries_are_gone_through_in_parts_with_the_same_outcome(
    inputs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive([place.open() for place in find_places(inputs)])
    expected = {value: list(entries) for value, entries in find_in_archive(archive).items()}
    monkeypatch.setattr("pycore.judgement._NAMES_AT_ONCE", 4)
    assert {value: list(entries) for value, entries in find_in_archive(archive).items()} == expected
