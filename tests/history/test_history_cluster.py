"""Historic trades are counted beside a live stack on the local cloud, by a real Flink cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from history_world import scratch_project, write_trades
from typer.testing import CliRunner

import cli
import history.cli
from history.place import LocalPlace
from local.accounts import NAMESPACE, WORKLOAD
from local.cloud import LocalCloud
from local.flink.config import Memory
from local.flink.watcher import ManagedFlink
from stack.reader import StreamReader

pytestmark = [pytest.mark.emulator, pytest.mark.cluster]

SMALL = Memory(job_manager=1024, task_manager=1536)


@pytest.mark.timeout(400)
def test_historic_trades_are_counted_beside_the_live_stack_which_they_do_not_touch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every window of the file has a right result. Afterwards only the live stack is there."""
    project = scratch_project(tmp_path / "project")
    directory = tmp_path / "cloud"
    place = LocalPlace(project=project, directory=directory)

    def give(_stack: str | None, *, yes: bool) -> LocalPlace:
        assert not yes
        return place

    monkeypatch.setattr(history.cli, "_place", give)
    file = write_trades(tmp_path / "trades.csv", 3000, 600)
    cloud = LocalCloud(
        directory=directory,
        project=project,
        stacks=("sandbox",),
        overrides={
            f"{NAMESPACE}:flink.start": False,  # its cluster would take half of the machine
            f"{NAMESPACE}:job.WindowSeconds": 120,  # differs from the stack's file
        },
    )
    flink = directory / "flink"
    with cloud, ManagedFlink(cloud.clients, WORKLOAD, cloud.applications, flink, memory=SMALL):
        words = "history count --column TICKER=symbol --column EVENT_TIME=time --json --results"
        done = CliRunner().invoke(cli.app, [*words.split(), str(tmp_path / "results"), str(file)])
        assert done.exit_code == 0, done.stderr
        outcome = json.loads(done.stdout)
        results = (tmp_path / "results/results.jsonl").read_text("utf-8").splitlines()
        assert outcome["mistakes"] == []
        assert outcome["trades"] == 3000
        assert outcome["right"] == outcome["windows"] == len(results)
        first = json.loads(results[0])
        assert (first["window_start"], first["window_end"]) == (
            "2019-07-01T13:28:30Z",
            "2019-07-01T13:30:30Z",
        )
        assert sum(json.loads(line)["trades"] for line in results) == 4 * 3000
        kinesis = cloud.client("kinesis")
        assert StreamReader(kinesis, cloud.outputs["ingest_stream"]).read_all() == []
        names = [name for name in kinesis.list_streams()["StreamNames"] if "history" in name]
        assert names == []
        buckets = cloud.client("s3").list_buckets()["Buckets"]
        assert [each["Name"] for each in buckets if "history" in each["Name"]] == []
        assert cloud.applications() == [cloud.outputs["application_name"]]
        assert sorted(path.name for path in project.glob("Pulumi.*")) == [
            "Pulumi.sandbox.yaml",
            "Pulumi.yaml",
        ]
