"""`stocktrading release` waits through what the service does by itself, on the emulator."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from common.releases import key_of
from local.clients import Clients
from local.flink.control_plane import ControlPlane, JobReport, ServiceWork
from release.evidence import Evidence, Expected
from release.rollback import Control
from release.snapshots import take
from release.start import Start
from release.stop import Stop
from release.verify import Watch, Witness
from release.versions import snapshot_name
from release.workload import Workload
from stack.outputs import Outputs

NAME: Final = "a"
STATUSES: Final[list[ServiceWork]] = ["AUTOSCALING", "MAINTENANCE"]
NOON: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Service:
    """An application that runs v2, from v1's snapshot, with a host that reports at each wait."""

    def __init__(self, clients: Clients, account: str) -> None:
        """Deploy v1, take its snapshot, and roll v2 out."""
        self.host = ControlPlane(clients, account)
        self.workload = Workload(
            Outputs(
                region="us-east-1",
                account_id=account,
                endpoint=clients.endpoint,
                ingest_stream="ingest",
                results_stream="results",
                dead_letter_stream="dead-letters",
                application_name=NAME,
            )
        )
        self.flink = clients.client("kinesisanalyticsv2", account)
        vars(self.workload)["flink"] = self.flink
        vars(self.workload)["cloudwatch"] = clients.client("cloudwatch", account)
        self.seen: list[str] = []
        """The statuses at each wait."""
        code = {"S3ContentLocation": _archive("v1", "")}
        self.flink.create_application(
            ApplicationName=NAME,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole=f"arn:aws:iam::{account}:role/r",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContentType": "ZIPFILE",
                    "CodeContent": code,
                },
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
            },
        )
        assert self.host.host([NAME])
        self.flink.start_application(ApplicationName=NAME, RunConfiguration={})
        self.go_on()
        self.flink.create_application_snapshot(
            ApplicationName=NAME, SnapshotName=snapshot_name("v1", NOON)
        )
        self.go_on()
        content = {"S3ContentLocationUpdate": _archive("v2", "Update")}
        self.flink.update_application(
            ApplicationName=NAME,
            CurrentApplicationVersionId=1,
            ApplicationConfigurationUpdate={
                "ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": content}
            },
        )
        self.go_on()
        self.seen.clear()

    @property
    def detail(self) -> dict[str, Any]:
        """Describe the application."""
        return self.flink.describe_application(ApplicationName=NAME)["ApplicationDetail"]

    def begin(self, status: ServiceWork) -> None:
        """Let the service begin its work."""
        assert self.host.begin_work(NAME, status)

    def go_on(self, seconds: float = 0) -> None:
        """End the service's work, and what the host does. It is called instead of waiting."""
        del seconds
        found = self.flink.list_application_snapshots(ApplicationName=NAME)["SnapshotSummaries"]
        saved = {each["SnapshotName"]: "file:///savepoint" for each in found}
        assert self.host.report_snapshots(NAME, saved)
        detail = self.detail
        self.seen.append(detail["ApplicationStatus"])
        self.host.end_work(NAME)
        for outcome in ("RUNNING", "STOPPED"):
            report = JobReport(
                application=NAME, version=detail["ApplicationVersionId"], outcome=outcome
            )
            assert self.host.report(report)

    def control(self) -> Control:
        """Give the control whose waits let the service go on."""
        return Control(flink=self.flink, application=NAME, sleep=self.go_on)

    def before(self, call: str, status: ServiceWork) -> None:
        """Let the service begin its work just before the first such call."""
        began: list[str] = []

        def begin(**_: object) -> None:
            if not began:
                began.append(status)
                self.begin(status)

        self.flink.meta.events.register(f"before-call.kinesis-analytics-v2.{call}", begin)


def _archive(version: str, suffix: str) -> dict[str, str]:
    return {f"BucketARN{suffix}": "arn:aws:s3:::code", f"FileKey{suffix}": key_of(version)}


@pytest.fixture
def service(clients: Clients, account: str) -> Iterator[Service]:
    """Give the application that runs v2."""
    made = Service(clients, account)
    yield made
    made.host.host([])


def _in_work(service: Service, status: ServiceWork) -> None:
    service.begin(status)


def _before_the_stop(service: Service, status: ServiceWork) -> None:
    service.before("StopApplication", status)


BEGINS: Final = [_in_work, _before_the_stop]


@pytest.mark.emulator
@pytest.mark.parametrize("begins", BEGINS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_roll_back_restores_the_version_before(
    service: Service, status: ServiceWork, begins: Callable[[Service, ServiceWork], None]
) -> None:
    """AWS refuses a forced stop in MAINTENANCE. Without the wait the bad version stayed."""
    begins(service, status)
    assert service.control().roll_back("v2").startswith("rolled back from v2 to v1")
    code = service.detail["ApplicationConfigurationDescription"][
        "ApplicationCodeConfigurationDescription"
    ]["CodeContentDescription"]["S3ApplicationCodeLocationDescription"]
    assert code["FileKey"] == key_of("v1")
    assert service.detail["ApplicationStatus"] == "RUNNING"
    assert (status in service.seen) == (status == "MAINTENANCE")  # the other can be stopped


@pytest.mark.emulator
@pytest.mark.parametrize("begins", BEGINS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_stop_takes_its_snapshot_afterwards(
    service: Service, status: ServiceWork, begins: Callable[[Service, ServiceWork], None]
) -> None:
    """A stop without force needs a RUNNING application."""
    begins(service, status)
    stop = Stop(workload=service.workload, waiting=service.control())
    assert stop.run().startswith("stopped v2. stocktrading release start continues from ")
    assert service.detail["ApplicationStatus"] == "READY"
    assert service.seen[0] == status


@pytest.mark.emulator
@pytest.mark.parametrize("status", STATUSES)
def test_a_start_waits_and_finds_the_job_running(service: Service, status: ServiceWork) -> None:
    """It doesn't start a job that the service starts again by itself."""
    service.begin(status)
    said = Start(waiting=service.control(), flink={}).run()
    assert said == f"{NAME} is RUNNING with v2: nothing to start"
    assert service.seen == [status]


@pytest.mark.emulator
@pytest.mark.parametrize("status", STATUSES)
def test_a_snapshot_before_an_update_waits(service: Service, status: ServiceWork) -> None:
    """The service takes one of a RUNNING application only."""
    service.begin(status)
    found = service.control().now()
    assert take(service.flink, found, NOON + timedelta(hours=1), service.go_on)
    assert service.seen == [status, "RUNNING"]  # once more until it is ready


@pytest.mark.emulator
@pytest.mark.parametrize("failure", [None, "no capacity"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_roll_out_is_judged_after_the_services_own_work(
    service: Service, status: ServiceWork, failure: str | None
) -> None:
    """Meanwhile nothing is judged. Afterwards only the roll-out is, also if the work failed."""
    witness, looks = Witness(workload=service.workload, version="v2"), list[Evidence]()
    service.begin(status)

    def look() -> Evidence:
        looks.append(witness.look())
        return looks[-1]

    def end(seconds: float) -> None:
        del seconds
        assert service.host.end_work(NAME, failure)

    watch = Watch(deadline=timedelta(seconds=5), sleep=end, clock=_ticking())
    verdict = watch.until_known(look, Expected(version="v2"))
    assert [each.status for each in looks][:2] == [status, "RUNNING"]
    first, last = looks[0], looks[-1]
    assert first.operation == last.operation
    assert last.operation is not None
    assert (last.operation.name, last.operation.status) == ("UpdateApplication", "SUCCESSFUL")
    states = {check.name: check.state for check in verdict.checks}
    assert (states["operation"], states["version"]) == ("yes", "yes")
    assert "no" not in states.values()


def _ticking() -> Callable[[], datetime]:
    """Give a clock that goes on by two seconds at each look."""
    ticks = iter(range(0, 1000, 2))
    return lambda: NOON + timedelta(seconds=next(ticks))
