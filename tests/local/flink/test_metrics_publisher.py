"""A job's metrics are read from Flink's REST API and published to CloudWatch."""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.accounts import WORKLOAD
from local.clients import Clients
from local.flink.job_status import JobState, JobStatus
from local.flink.metrics_publisher import INTERVAL, NAMESPACE, MetricsPublisher

pytestmark = pytest.mark.emulator

JOB = "ab" * 16
PREFIX = "/token"
"""The web UI of a real cluster has a token in its address. Other paths are refused."""
VERTEX = f"/jobs/{JOB}/vertices/v1/subtasks/metrics"
BUSY = {"id": "busyTimeMsPerSecond", "min": 1, "max": 250, "avg": 100, "sum": 251}
ANSWERS: Mapping[str, object] = {
    f"/jobs/{JOB}": {"vertices": [{"id": "v1", "name": "Source: trades"}]},
    f"/jobs/{JOB}/metrics": [{"id": "uptime", "value": "61000"}],
    VERTEX: [BUSY],
    "/taskmanagers": {"taskmanagers": [{"id": "127.0.0.1:1-2"}]},
    "/taskmanagers/127.0.0.1%3A1-2/metrics": [{"id": "Status.JVM.CPU.Load", "value": "0.5"}],
}


class _Flink(BaseHTTPRequestHandler):
    """Responds as a JobManager does."""

    def do_GET(self) -> None:
        """Send the response to a path."""
        path = self.path.partition("?")[0].removeprefix(PREFIX)
        assert self.path.startswith(PREFIX)
        answer = json.dumps(ANSWERS[path]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- its signature
        """Write no log line."""


@pytest.fixture
def flink() -> Iterator[str]:
    """Give the address of a JobManager, with a path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Flink) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()


@pytest.fixture
def name(clients: Clients, request: pytest.FixtureRequest) -> str:
    """Make an application with its own name, parallelism 5 and 2 subtasks in a KPU."""
    name = str(request.node.name)[:100].replace("[", "-").replace("]", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    clients.client("kinesisanalyticsv2", WORKLOAD).create_application(
        ApplicationName=name,
        RuntimeEnvironment="FLINK-1_20",
        ServiceExecutionRole=f"arn:aws:iam::{WORKLOAD}:role/x",
        ApplicationConfiguration={
            "FlinkApplicationConfiguration": {
                "ParallelismConfiguration": {
                    "ConfigurationType": "CUSTOM",
                    "Parallelism": 5,
                    "ParallelismPerKPU": 2,
                    "AutoScalingEnabled": False,
                }
            }
        },
    )
    return name


def _status(name: str, url: str | None, state: JobState = "RUNNING") -> JobStatus:
    return JobStatus(application=name, state=state, job_id=JOB, rest_url=url)


def _published(clients: Clients, name: str) -> dict[str, tuple[dict[str, str], list[float]]]:
    """Give the other dimensions and the latest values of each metric."""
    cloudwatch = clients.client("cloudwatch", WORKLOAD)
    mine = [{"Name": "Application", "Value": name}]
    metrics = cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=mine)["Metrics"]
    now = time.time()
    found: dict[str, tuple[dict[str, str], list[float]]] = {}
    for metric in metrics:
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[
                {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
            ],
            StartTime=datetime.fromtimestamp(now - 300, UTC),
            EndTime=datetime.fromtimestamp(now + 60, UTC),
        )
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        del dimensions["Application"]
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        found[metric["MetricName"]] = (dimensions, values)
    return found


def test_flinks_metrics_are_published_under_the_services_names(
    clients: Clients, flink: str, name: str
) -> None:
    """There are metrics of the application and of each task. KPUs are counted as on the service."""
    publisher = MetricsPublisher(clients, lambda: _status(name, flink))
    assert publisher.publish(int(time.time())) == 4
    assert _published(clients, name) == {
        "uptime": ({}, [61_000]),
        "busyTimeMsPerSecond": ({"Task": "Source__trades"}, [250]),
        "cpuUtilization": ({}, [50]),
        "KPUs": ({}, [3]),
    }


@pytest.mark.parametrize("state", ["STOPPED", "FAILED"])
def test_a_job_that_does_not_run_publishes_nothing(
    clients: Clients, flink: str, name: str, state: JobState
) -> None:
    """Its alarm depends on this."""
    publisher = MetricsPublisher(clients, lambda: _status(name, flink, state))
    assert publisher.publish(int(time.time())) == 0
    assert _published(clients, name) == {}


def test_a_missing_flink_is_logged_once_and_stops_nothing(
    clients: Clients,
    name: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The demo continues without metrics. Four lines a minute would fill the log."""
    monkeypatch.setattr("local.flink.metrics_publisher.INTERVAL", 0.05)
    assert INTERVAL == 15
    looks: list[float] = []

    def status() -> JobStatus:
        looks.append(time.time())
        return _status(name, "http://127.0.0.1:1")

    deadline = time.monotonic() + 20
    with caplog.at_level(logging.WARNING), MetricsPublisher(clients, status):
        while len(looks) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert len(looks) >= 4
    (told,) = [each.getMessage() for each in caplog.records if "metrics" in each.name]
    assert told.startswith("metrics of the job aren't published: RestError: no answer from the Job")
