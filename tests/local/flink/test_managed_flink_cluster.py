"""Managed Flink on this machine, with the emulator's control plane and real Flink clusters."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import flink_job
import psutil
import pytest
from flink_job import Account
from patience import Patience, wait_for
from processes import processes_in

from local.accounts import WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from local.flink.config import Memory
from local.flink.job_status import JobStatus
from local.flink.watcher import ManagedFlink

pytestmark = [pytest.mark.emulator, pytest.mark.cluster]

SMALL = Memory(job_manager=1024, task_manager=1536)
PATIENCE_SECONDS = 180
LATER = 20
"""Counts that the job prints after a snapshot is ready, five for each of its four groups."""


class Room:
    """An account and the watcher over its applications."""

    def __init__(self, account: Account, managed: ManagedFlink, directory: Path) -> None:
        self.account = account
        self.managed = managed
        self.directory = directory

    def wait(self, name: str, until: Callable[[JobStatus], bool]) -> JobStatus:
        """Wait for a status with this condition. Fail with the last status."""
        patience = Patience(PATIENCE_SECONDS)
        while not until(status := self.managed.status(name)):
            patience.look((status.state, status.version, status.restarts, status.exception))
            time.sleep(0.2)
        return status

    def stopped(self, name: str) -> JobStatus:
        """Wait until the service says READY. Give the job's status then."""
        patience = Patience(PATIENCE_SECONDS)
        while (status := self.account.status(name)) != "READY":
            patience.look((status, self.managed.status(name)))
            time.sleep(0.2)
        return self.managed.status(name)

    def operation(self, name: str) -> dict[str, str]:
        """Give the newest operation on an application, with its error if it failed."""
        flink = self.account.flink
        listed = flink.list_application_operations(ApplicationName=name)
        newest = listed["ApplicationOperationInfoList"][0]
        told = flink.describe_application_operation(
            ApplicationName=name, OperationId=newest["OperationId"]
        )["ApplicationOperationInfoDetails"]
        error = told.get("OperationFailureDetails", {}).get("ErrorInfo", {}).get("ErrorString")
        kept = {"name": told["Operation"], "status": told["OperationStatus"]}
        return kept | ({"error": error} if error else {})

    def running(self, name: str, version: int) -> JobStatus:
        """Wait until a version runs and has completed a checkpoint, and the service says so."""
        return self.wait(
            name,
            lambda status: (
                status.state == "RUNNING"
                and status.version == version
                and status.checkpoints_completed > 0
                and self.account.status(name) == "RUNNING"
            ),
        )

    def take_snapshot(self, name: str, snapshot: str) -> None:
        """Take a snapshot, and wait until it can be restored."""
        asked = {"ApplicationName": name, "SnapshotName": snapshot}
        self.account.flink.create_application_snapshot(**asked)
        patience = Patience(PATIENCE_SECONDS)
        while (status := self._snapshot_status(asked)) != "READY":
            patience.look(status)
            time.sleep(0.2)

    def _snapshot_status(self, asked: Mapping[str, str]) -> str:
        found = self.account.flink.describe_application_snapshot(**asked)
        return found["SnapshotDetails"]["SnapshotStatus"]

    def counts(self, name: str) -> list[int]:
        """Give the counts that the application's jobs have printed so far, in order."""
        output = self.directory / name / "cluster" / "log" / "TaskManager-1.out"
        return [int(count) for count in re.findall(r"\+[IU]\[\d+, (\d+)\]", output.read_text())]

    def counted(self, name: str, since: int = 0) -> list[int]:
        """Wait until a job has printed more counts than `since`, and give those after them."""
        patience = Patience(PATIENCE_SECONDS)
        while len(counts := self.counts(name)) <= since:
            patience.look(self.managed.status(name))
            time.sleep(0.2)
        return counts[since:]

    def process(self, name: str, main: str) -> psutil.Process:
        """Give the Java process of an application's cluster that runs a main class.

        Its lifeline is another process, and has the same words in its command.
        """
        for process in processes_in(self.directory / name):
            if process.name() == "java" and any(main in word for word in process.cmdline()):
                return process
        pytest.fail(f"no {main} of {name}")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Start one emulator and one watcher for all tests. Each test has its own application."""
    directory = tmp_path_factory.mktemp("managed-flink")
    with Emulator(run_directory=directory / "emulator") as emulator:
        clients = Clients(emulator.endpoint)
        account = Account(clients)
        account.prepare()
        account.upload("releases/1/tiny.zip", flink_job.archive())
        account.upload("releases/2/tiny.zip", flink_job.archive())
        account.upload("releases/crash/tiny.zip", flink_job.archive(flink_job.CRASH))
        account.upload("releases/no-main/tiny.zip", flink_job.archive(without="main.py"))
        account.upload("elsewhere/tiny.zip", flink_job.archive())
        names = ("counts", "crash", "no-main", "refused", "denied", "late")
        flink = directory / "flink"
        with ManagedFlink(clients, WORKLOAD, lambda: names, flink, memory=SMALL) as managed:
            yield Room(account, managed, flink)
        assert processes_in(flink) == []  # no cluster is left


def test_state_is_kept_by_an_update_and_by_stop_and_start(room: Room) -> None:
    """A savepoint is taken at an update, at a stop and on demand. Each can be restored."""
    room.account.create("counts", "releases/1/tiny.zip", parallelism=2)
    room.account.start("counts")
    first = room.running("counts", 1)
    assert first.restored_from is None
    assert first.code == "releases/1/tiny.zip"
    assert room.counted("counts")[0] == 1

    room.take_snapshot("counts", "mine")
    room.counted("counts", len(room.counts("counts")) + LATER)
    before = max(room.counts("counts"))
    job_manager = room.process("counts", "StandaloneSession")
    room.account.update("counts", "releases/2/tiny.zip")
    assert room.account.status("counts") == "UPDATING"
    room.wait("counts", lambda status: status.state == "UPDATING" and status.job_id is None)
    assert room.account.status("counts") == "UPDATING"
    assert room.operation("counts") == {"name": "UpdateApplication", "status": "IN_PROGRESS"}
    printed = len(room.counts("counts"))
    second = room.running("counts", 2)
    assert room.operation("counts") == {"name": "UpdateApplication", "status": "SUCCESSFUL"}
    assert second.restored_from
    assert second.code == "releases/2/tiny.zip"
    assert second.rest_url == first.rest_url
    assert room.process("counts", "StandaloneSession") == job_manager  # only the job is a new one
    assert room.counted("counts", printed)[0] >= before - 20
    assert room.counted("counts", printed)[0] > 1

    room.account.flink.stop_application(ApplicationName="counts", Force=False)
    stopped = room.stopped("counts")
    assert (stopped.state, stopped.rest_url) == ("STOPPED", None)
    counts = room.counts("counts")
    room.account.start("counts")
    third = room.running("counts", 2)
    assert third.restored_from not in {None, second.restored_from}
    assert room.counted("counts", len(counts))[0] > 1
    assert max(room.counted("counts", len(counts))) >= max(counts)

    room.account.flink.stop_application(ApplicationName="counts", Force=True)
    room.stopped("counts")
    printed = len(room.counts("counts"))
    custom = {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT", "SnapshotName": "mine"}
    room.account.start("counts", custom)
    fourth = room.running("counts", 2)
    assert fourth.restored_from not in {None, second.restored_from, third.restored_from}
    assert 1 < room.counted("counts", printed)[0] < before


def test_a_job_that_crashes_again_and_again_says_why_and_can_be_repaired(room: Room) -> None:
    """The root cause is in the status. An update to a good version continues from the state."""
    room.account.create("crash", "releases/crash/tiny.zip")
    room.account.start("crash")
    crashing = room.wait("crash", lambda status: status.restarts > 1 and bool(status.exception))
    assert crashing.exception == "ArithmeticException: / by zero"
    assert room.wait("crash", lambda status: status.state == "RESTARTING").job_id
    # As on the service, a job that Flink restarts belongs to a RUNNING application.
    room.wait("crash", lambda _: room.account.status("crash") == "RUNNING")
    room.account.update("crash", "releases/1/tiny.zip")
    healed = room.running("crash", 2)
    assert (healed.restarts, healed.exception) == (0, None)

    job_manager = room.process("crash", "StandaloneSession")
    room.process("crash", "TaskManagerRunner").kill()
    recovering = room.wait("crash", lambda status: "TaskManager-1" in (status.exception or ""))
    assert re.fullmatch(
        r"Flink's TaskManager-1 was ended by SIGKILL \(sent by another process, or by the kernel "
        r"because memory ran out\); log: \S+; another one is started",
        recovering.exception or "",
    )
    # The tasks are not up now, so the first savepoint fails.
    room.account.flink.create_application_snapshot(ApplicationName="crash", SnapshotName="early")
    recovered = room.wait(
        "crash", lambda status: status.restarts == 1 and status.state == "RUNNING"
    )
    assert recovered.job_id == healed.job_id  # the same job continues
    assert room.process("crash", "StandaloneSession") == job_manager
    wait_for(
        lambda: list((room.directory / "crash" / "cluster" / "savepoints").glob("*/_metadata"))
    )

    job_manager.kill()
    lost = room.wait("crash", lambda status: "JobManager" in (status.exception or ""))
    assert "was ended by SIGKILL" in (lost.exception or "")
    submitted = room.wait("crash", lambda status: status.job_id not in {None, healed.job_id})
    assert submitted.restored_from
    assert room.running("crash", 2).restarts == 1

    created = room.account.flink.describe_application(ApplicationName="crash")["ApplicationDetail"]
    room.account.flink.delete_application(
        ApplicationName="crash", CreateTimestamp=created["CreateTimestamp"]
    )
    room.wait("crash", lambda status: status.state == "STOPPED")
    assert list((room.directory / "crash").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "key", "rows", "reason"),
    [
        (
            "no-main",
            "releases/no-main/tiny.zip",
            "20",
            r"the run options name main\.py, which isn't in the archive",
        ),
        (
            "refused",
            "releases/1/tiny.zip",
            "none",
            r"main\.py: Tiny\.rows: given none; allowed: a number; log: .*/client\.out",
        ),
        (
            "denied",
            "elsewhere/tiny.zip",
            "20",
            r"the application's role can't read its code s3://tiny-code/elsewhere/tiny\.zip: .*",
        ),
    ],
)
def test_a_job_that_never_starts_has_failed_with_one_line(
    room: Room, name: str, key: str, rows: str, reason: str
) -> None:
    """Its cluster is stopped, and the service says READY. The reason is in the operation too."""
    room.account.create(name, key, rows=rows)
    room.account.start(name)
    room.wait(name, lambda status: status.state == "FAILED")
    failed = room.stopped(name)
    assert failed.state == "FAILED"
    assert re.fullmatch(reason, failed.exception or "")
    assert (failed.job_id, failed.rest_url) == (None, None)
    assert JobStatus.read(room.directory / name / "status.json") == failed
    told = {"name": "StartApplication", "status": "FAILED", "error": failed.exception}
    assert room.operation(name) == told


def test_a_failed_start_can_be_repeated(room: Room) -> None:
    """The archive is missing, and still missing at a second start. Then it is there."""
    room.account.create("late", "releases/late/tiny.zip")
    for _ in range(2):
        room.account.start("late")
        failed = room.stopped("late")
        assert "can't read its code s3://tiny-code/releases/late" in (failed.exception or "")
        assert room.operation("late")["status"] == "FAILED"
    room.account.upload("releases/late/tiny.zip", flink_job.archive())
    room.account.start("late")
    assert room.running("late", 1).exception is None
