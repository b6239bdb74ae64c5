"""A real Flink cluster: what listens where, what a submission tells, and that it leaves nothing."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import flink_job
import psutil
import pytest

from local.flink.cluster import FlinkCluster
from local.flink.config import Memory
from local.flink.distribution import FlinkError
from local.flink.submit import Submission, SubmissionError, submit

pytestmark = pytest.mark.cluster

SMALL = Memory(job_manager=1024, task_manager=1536)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    """One cluster of two slots for all tests."""
    directory = tmp_path_factory.mktemp("flink")
    with FlinkCluster(directory, slots=2, memory=SMALL) as running:
        yield running


def submission(directory: Path, *, rows: str = "20", query: str = flink_job.COUNT) -> Submission:
    """Lay out the tiny job in a directory."""
    for path, content in flink_job.parts(query).items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    properties = directory / "properties.json"
    properties.write_text(json.dumps(flink_job.properties(rows)))
    return Submission(
        main=directory / "main.py",
        jar=directory / "lib" / "tiny.jar",
        python_files=[directory / "modules"],
        properties_file=properties,
        parallelism=2,
        settings={"execution.checkpointing.interval": "500 ms"},
    )


def test_everything_listens_on_the_loopback_interface_alone(cluster: FlinkCluster) -> None:
    """Every listening socket of JobManager and TaskManager; the REST port is among them."""
    sockets = [
        connection.laddr
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert cluster.rest.port in {address.port for address in sockets}
    assert {address.ip.removeprefix("::ffff:") for address in sockets} == {"127.0.0.1"}


def test_the_web_ui_is_served(cluster: FlinkCluster) -> None:
    """It isn't part of PyFlink's distribution."""
    connection = HTTPConnection("127.0.0.1", cluster.rest.port, timeout=10)
    connection.request("GET", "/index.html")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"<title>Apache Flink" in answer.read()
    connection.close()


def test_a_job_runs_with_the_parallelism_and_checkpoints_it_was_given(
    cluster: FlinkCluster, tmp_path: Path
) -> None:
    """And it ends with a savepoint."""
    first = submission(tmp_path)
    job = submit(cluster, first)
    _await(lambda: cluster.rest.checkpoints(job).completed > 1)
    found = cluster.rest.job(job)
    assert (found.state, found.tasks_up, found.tasks) == ("RUNNING", 4, 4)
    assert cluster.rest.exception(job) is None
    savepoint = cluster.rest.stop(job, cluster.directory / "savepoints")
    assert Path(savepoint.removeprefix("file:"), "_metadata").exists()
    assert cluster.rest.job(job).state == "FINISHED"


def test_a_main_that_refuses_its_properties_is_told_in_its_own_words(
    cluster: FlinkCluster, tmp_path: Path
) -> None:
    """One line, with the log's path, and no traceback."""
    with pytest.raises(SubmissionError) as error:
        submit(cluster, submission(tmp_path, rows="none"))
    log = cluster.output("client")
    assert str(error.value) == f"main.py: Tiny.rows: given none; allowed: a number; log: {log}"


def test_a_main_that_submits_nothing_is_an_error(cluster: FlinkCluster, tmp_path: Path) -> None:
    """An archive that runs and does nothing would look like a job that is about to start."""
    idle = tmp_path / "main.py"
    idle.write_text("")
    with pytest.raises(
        SubmissionError, match=r"^main\.py: it ended without submitting a job; log:"
    ):
        submit(cluster, Submission(main=idle))


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    """With the port's number."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FlinkError) as error, FlinkCluster(tmp_path, rest_port=port):
            pass
    assert str(error.value) == (
        f"port {port} on 127.0.0.1 is taken: end what listens there, or name another"
    )


def test_a_process_that_dies_at_its_start_is_told_with_its_reason_and_log(tmp_path: Path) -> None:
    """Here Flink refuses the sizes of a TaskManager."""
    before = set(psutil.Process().children(recursive=True))
    tiny = Memory(job_manager=1024, task_manager=300)
    with pytest.raises(FlinkError) as error, FlinkCluster(tmp_path, memory=tiny):
        pass
    told = str(error.value)
    assert told.startswith("Flink's TaskManager-1 ended with exit code 1: IllegalConfiguration")
    assert told.endswith(f"; log: {tmp_path / 'log' / 'TaskManager-1.out'}")
    assert "\n" not in told
    assert set(psutil.Process().children(recursive=True)) == before


def test_a_cluster_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    """Killed while it starts, the holder has no time to clean up; nothing is left all the same."""
    script = (
        "import time; from pathlib import Path; from local.flink.cluster import FlinkCluster\n"
        f"FlinkCluster(Path({str(tmp_path)!r})).__enter__(); time.sleep(600)\n"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, env=os.environ) as holder:
        _await(lambda: len(_javas(holder.pid)) >= 2)
        family = psutil.Process(holder.pid).children(recursive=True)
        holder.kill()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def _javas(pid: int) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.Process(pid).children(recursive=True):
        try:
            if re.search(r"Entrypoint|TaskManagerRunner", " ".join(process.cmdline())):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.1)
