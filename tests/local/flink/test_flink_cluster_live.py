"""A real Flink cluster: its ports, its submissions, and its end without a process left."""

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import flink_job
import psutil
import pytest
from patience import wait_for
from playwright.sync_api import Browser
from processes import processes_in

from local.flink.cluster import FlinkCluster
from local.flink.config import Memory
from local.flink.distribution import FlinkError
from local.flink.submit import Submission, SubmissionError, submit
from local.flink.web_ui import WebUi

pytestmark = pytest.mark.cluster

SMALL = Memory(job_manager=1024, task_manager=1536)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    """Start one cluster with two slots for all tests. Its path contains a space."""
    directory = tmp_path_factory.mktemp("flink and job")
    with FlinkCluster(directory, slots=2, memory=SMALL) as running:
        yield running


def submission(given: Path, *, rows: str = "20", query: str = flink_job.COUNT) -> Submission:
    """Write the tiny job's files into a directory whose path contains a space."""
    directory = given / "tiny job"
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


def test_everything_listens_only_on_the_loopback_interface(cluster: FlinkCluster) -> None:
    """This checks every listening socket of JobManager and TaskManager, with the REST port."""
    sockets = [
        connection.laddr
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert urlsplit(cluster.rest.url).port in {address.port for address in sockets}
    assert {address.ip.removeprefix("::ffff:") for address in sockets} == {"127.0.0.1"}


def test_a_process_gets_the_options_of_flinks_own_variable(cluster: FlinkCluster) -> None:
    """The tests turn off the second compiler of each TaskManager in this way."""
    (found,) = [
        process.cmdline()
        for process in processes_in(cluster.directory)
        if process.name() == "java" and any("TaskManagerRunner" in w for w in process.cmdline())
    ]
    assert os.environ["FLINK_ENV_JAVA_OPTS_TM"] in found


def test_the_web_ui_is_served(cluster: FlinkCluster) -> None:
    """Its jar isn't part of PyFlink's distribution."""
    status, kind, page = cluster.rest.fetch("/index.html")
    assert (status, kind) == (200, "text/html")
    assert b"<title>Apache Flink" in page


def _listening() -> set[int]:
    return {
        connection.laddr.port
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_no_port_responds_to_a_client_without_the_clusters_key(cluster: FlinkCluster) -> None:
    """The ports for REST, RPC, blobs and data refuse it, in clear text and over TLS."""
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    ports = _listening()
    assert urlsplit(cluster.rest.url).port in ports
    assert len(ports) >= 4
    for port in ports:
        assert b" 200 " not in _ask(port, None)
        assert _ask(port, anybody) == b""


def _ask(port: int, tls: ssl.SSLContext | None) -> bytes:
    """Request the overview without a key. Empty if the connection is refused or closed."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
            tls.wrap_socket(raw) if tls else contextlib.nullcontext(raw) as connection,
        ):
            connection.sendall(b"GET /overview HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            return connection.recv(1000)
    except (ssl.SSLError, ConnectionError):
        return b""


def test_only_the_clusters_user_can_read_its_key(cluster: FlinkCluster) -> None:
    """The same holds for the directory with the key's password."""
    directory = cluster.directory / "conf"
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.glob("cluster.*")}
    assert modes == {"cluster.p12": 0o600, "cluster.pem": 0o600}
    assert directory.stat().st_mode & 0o777 == 0o700


def test_people_can_read_the_web_ui_without_a_key_and_can_change_nothing(
    cluster: FlinkCluster, browser: Browser
) -> None:
    """A real browser opens the address with the random token."""
    with WebUi(lambda: cluster.rest.fetch) as served:
        page = browser.new_page()
        page.goto(f"{served.url}/")
        page.get_by_text("Available Task Slots").first.wait_for(timeout=60_000)
        page.close()


def test_a_job_runs_with_the_given_parallelism_and_checkpoints(
    cluster: FlinkCluster, tmp_path: Path
) -> None:
    """It ends with a savepoint."""
    first = submission(tmp_path)
    job = submit(cluster, first)
    wait_for(
        lambda: cluster.rest.checkpoints(job).completed > 1,
        progress=lambda: cluster.rest.job(job),
    )
    found = cluster.rest.job(job)
    assert (found.state, found.tasks_up, found.tasks) == ("RUNNING", 4, 4)
    assert cluster.rest.exception(job) is None
    savepoint = cluster.rest.stop(job, cluster.directory / "savepoints")
    assert Path(savepoint.removeprefix("file:"), "_metadata").exists()
    assert cluster.rest.job(job).state == "FINISHED"


def test_the_error_of_a_main_that_refuses_its_properties_has_its_own_message(
    cluster: FlinkCluster, tmp_path: Path
) -> None:
    """The error is one line with the log's path, without a traceback."""
    with pytest.raises(SubmissionError) as error:
        submit(cluster, submission(tmp_path, rows="none"))
    log = cluster.output("client")
    assert str(error.value) == f"main.py: Tiny.rows: given none; allowed: a number; log: {log}"


def test_a_main_that_submits_nothing_is_an_error(cluster: FlinkCluster, tmp_path: Path) -> None:
    """Otherwise it would look like a job that is about to start.

    The message is longer if Python ends before Flink looks at it for the first time.
    """
    idle = tmp_path / "main.py"
    idle.write_text("")
    with pytest.raises(
        SubmissionError, match=r"^main\.py: it ended without submitting a job[^;]*; log:"
    ):
        submit(cluster, Submission(main=idle))


def test_a_port_in_use_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    """The message has the port's number."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FlinkError) as error, FlinkCluster(tmp_path, rest_port=port):
            pass
    assert str(error.value) == (
        f"port {port} on 127.0.0.1 is in use: stop its process, or use another port"
    )


def test_the_error_of_a_process_that_fails_at_its_start_has_reason_and_log(tmp_path: Path) -> None:
    """Flink refuses the sizes of a TaskManager here."""
    tiny = Memory(job_manager=1024, task_manager=300)
    with pytest.raises(FlinkError) as error, FlinkCluster(tmp_path, memory=tiny):
        pass
    told = str(error.value)
    assert told.startswith("Flink can't divide the process's memory: IllegalConfiguration")
    assert "\n" not in told
    assert processes_in(tmp_path) == []


def test_a_cluster_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """The parent is killed during the start and can't clean up. No process is left."""
    script = (
        "import time; from pathlib import Path; from local.flink.cluster import FlinkCluster\n"
        f"FlinkCluster(Path({str(tmp_path)!r})).__enter__(); time.sleep(600)\n"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, env=os.environ) as holder:
        wait_for(lambda: len(_javas(holder.pid)) >= 2)
        family = psutil.Process(holder.pid).children(recursive=True)
        holder.kill()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def _javas(pid: int) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.Process(pid).children(recursive=True):
        try:
            words = " ".join(process.cmdline())
            if process.name() == "java" and re.search(r"Entrypoint|TaskManagerRunner", words):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found
