"""A review by a cluster of real workers is the review by one process, also when one of them is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster
from pyarrow import parquet

from pycore import jobs
from pycore.__main__ import main
from pycore.cluster import Cluster
from pycore.errors import RequestError
from pycore.jobs import Count, Gathering
from pycore.places import find_places
from tests.builders import zip_bytes
from tests.range_server import serve_ranges
from tests.test_jobs import deadly_zip, in_one_go, in_parts
from tests.test_review import clean_object

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """Two processes that read, each started again by its nanny when it ends."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Several small zips, and one that is read in shards."""
    monkeypatch.setattr(jobs, "SPLIT_BYTES", 20_000)
    monkeypatch.setattr(jobs, "GROUP_FILES", 2)
    monkeypatch.setattr(jobs, "SHARD_ENTRIES", 5)
    for number in range(8):
        objects = {
            f"{one}.dcm": clean_object(one + 1000 * number, PatientName=f"Sample^Anna{one % 3}")
            for one in range(90 if number == 3 else 6)
        }
        (tmp_path / f"study{number}.zip").write_bytes(zip_bytes(objects))
    return [str(tmp_path / f"study{number}.zip") for number in range(8)]


def test_a_worker_that_is_killed_loses_and_doubles_nothing(workers: LocalCluster, studies: list[str]) -> None:
    places = find_places(studies)
    gathering = Gathering(places)
    killed: list[int] = []

    def kill_one(count: Count) -> None:
        if not killed and count.entries > 20:
            killed.append(next(iter(workers.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    assert not gathering.run(Cluster(workers.scheduler_address), tell=kill_one)
    assert killed
    assert in_parts(gathering) == in_one_go(places)


def test_what_ends_every_worker_is_unreadable_and_the_others_are_read(
    tmp_path: Path, workers: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SPLIT_BYTES", 1)
    monkeypatch.setattr(jobs, "SHARD_ENTRIES", 1)
    monkeypatch.setattr(workers.scheduler, "allowed_failures", 0)
    gathering = Gathering([deadly_zip(tmp_path / "always.zip", tmp_path / "nowhere" / "note")])
    gathering.run(Cluster(workers.scheduler_address))
    archive, harvest = gathering.finish()
    unreadable = [record for record in harvest.records if record.status == "unreadable"]
    assert [archive.entries[record.entry].name for record in unreadable] == ["2.dcm"]
    assert "cluster" in unreadable[0].reason


def test_the_command_line_reads_urls_by_the_cluster_and_writes_a_table(
    tmp_path: Path, workers: LocalCluster, studies: list[str]
) -> None:
    outputs = [tmp_path / name for name in ("one.json", "many.json", "many.parquet")]
    by_cluster = ["review", "--scheduler", workers.scheduler_address]
    with serve_ranges({Path(study).name: Path(study).read_bytes() for study in studies}) as server:
        urls = [server.url(Path(study).name) for study in studies]
        assert main(["review", *studies, "--output", str(outputs[0])]) == 2
        assert main([*by_cluster, *urls, "--output", str(outputs[1])]) == 2
        assert main([*by_cluster, *urls, "--format", "parquet", "--output", str(outputs[2])]) == 2
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    table = parquet.read_table(outputs[2])
    assert table.column("rule").to_pylist()
    assert sum(map(len, table.column("entries").to_pylist())) > 100


def test_a_table_in_several_row_groups_has_the_findings_of_the_report(
    tmp_path: Path, studies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pycore.to_parquet.GROUP_ENTRIES", 20)
    outputs = [tmp_path / "one.json", tmp_path / "one.parquet"]
    for output in outputs:
        assert main(["review", *studies, "--format", output.suffix[1:], "--output", str(output)]) == 2
    report = json.loads(outputs[0].read_text())
    findings = [{"entries": [one.pop("entry")], **one} if "entry" in one else one for one in report.pop("findings")]
    table = parquet.ParquetFile(outputs[1])
    assert table.num_row_groups > 2
    assert table.read().to_pylist() == findings
    assert json.loads(table.schema_arrow.metadata[b"dicom-zip-inspector"]) == report


def test_where_no_scheduler_is_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pycore.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(RequestError, match="no scheduler at"):
        Cluster("tcp://127.0.0.1:9")
