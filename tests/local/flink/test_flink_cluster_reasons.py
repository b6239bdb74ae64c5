"""Messages for people if Flink is missing or doesn't run, and the configuration of processes."""

import os
from pathlib import Path

import pytest

from local.errors import LocalError
from local.flink import config as flink_config
from local.flink import distribution
from local.flink.config import Memory, Ports
from local.flink.distribution import (
    Distribution,
    check_java,
    fetch_web_ui,
    parse_java_release,
)
from local.flink.ports import free_port
from local.flink.processes import last_error
from local.flink.rest import FlinkRest, RestError, root_cause
from local.flink.submit import Submission, SubmissionError, failure_line

TRACE = """org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoff
\tat org.apache.flink.runtime.executiongraph.Handler.handle(Handler.java:180)
Caused by: java.lang.RuntimeException: outer
\tat org.example.Job.run(Job.java:1)
\t... 11 more
Caused by: org.example.Job$NoAccessException: role job may not read: denied
\tat org.example.Job.read(Job.java:2)
\t... 12 more
"""

ABORT = """org.apache.flink.client.program.ProgramAbortException: java.lang.RuntimeException: exit 1
\tat org.apache.flink.client.python.PythonDriver.main(PythonDriver.java:136)
Caused by: java.lang.RuntimeException: exit 1
"""


@pytest.mark.parametrize(
    ("shown", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no such thing", None),
    ],
)
def test_a_java_release_is_read_from_javas_output(shown: str, release: int | None) -> None:
    """Java has an old and a new form of version numbers."""
    assert parse_java_release(shown) == release


def test_the_error_without_java_says_what_to_do(tmp_path: Path) -> None:
    """The PATH is empty."""
    with pytest.raises(LocalError) as error:
        check_java({"PATH": str(tmp_path)})
    assert (
        str(error.value)
        == "no Java at java: install a JDK 17 and put it on the PATH or in JAVA_HOME"
    )


def test_another_java_is_refused_with_the_supported_releases(tmp_path: Path) -> None:
    """JAVA_HOME is used before the PATH, as in Flink's own scripts."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
    java.chmod(0o755)
    with pytest.raises(LocalError) as error:
        check_java({"PATH": os.environ["PATH"], "JAVA_HOME": str(tmp_path)})
    assert str(error.value) == f"{java} is Java 21; a JDK 17 is needed"


def test_the_error_without_pyflink_says_what_to_do(tmp_path: Path) -> None:
    """The job's environment isn't installed."""
    with pytest.raises(LocalError) as error:
        Distribution.find(tmp_path)
    assert str(error.value) == f"no PyFlink in {tmp_path}: run `make setup`, which installs it"


def test_the_web_ui_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Maven there is an error the first time. There is none if the jar is in the cache."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalError) as error:
        fetch_web_ui("1.20.5", tmp_path)
    assert str(error.value) == (
        "no Maven (mvn) on the PATH: it is needed once, to fetch Flink's web UI"
    )
    jar = tmp_path / "flink-runtime-web-1.20.5.jar"
    jar.touch()
    assert fetch_web_ui("1.20.5", tmp_path) == jar


def test_a_fetch_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the first line that Maven marks as an error."""
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[INFO] so far'\necho '[ERROR] no route to host'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(LocalError) as error:
        fetch_web_ui("1.20.5", tmp_path)
    assert str(error.value) == "Maven could not fetch Flink's web UI 1.20.5: no route to host"


def test_without_the_network_flink_runs_without_its_web_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning says so. The job doesn't need the page."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(distribution, "CACHE", tmp_path)
    assert distribution.find_web_ui("1.20.5") == []
    assert caplog.messages[0].endswith("; Flink runs without its web UI")


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        (TRACE, "Job$NoAccessException: role job may not read: denied"),
        (
            "java.net.ConnectException: Connection refused\n\tat a.B.c(B.java:1)",
            "ConnectException: Connection refused",
        ),
        ("java.lang.NullPointerException\n\tat a.B.c(B.java:1)", "NullPointerException"),
        ("TradingDataConfigProperties.X: given 1", "TradingDataConfigProperties.X: given 1"),
        ("s3.example: no", "s3.example: no"),
        ("", "no reason given"),
    ],
)
def test_the_root_cause_of_a_trace_is_one_line(trace: str, cause: str) -> None:
    """It is the innermost cause with its class and message. Other texts are unchanged."""
    assert root_cause(trace) == cause


def test_a_reason_that_is_too_long_for_a_terminal_is_cut() -> None:
    """Some exceptions contain a whole plan in their message."""
    assert len(root_cause("java.lang.RuntimeException: " + "x" * 10_000)) == 400


AT_ONCE = """Caused by: java.lang.RuntimeException: Failed to start Python process.\x20
\tat org.apache.flink.client.python.PythonEnvUtils.startPythonProcess(PythonEnvUtils.java:370)
"""


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (
            "Tiny.rows: given none; allowed: a number\n" + ABORT,
            "Tiny.rows: given none; allowed: a number",
        ),
        (
            "Traceback (most recent call last):\n  File 1\n    raise\nValueError: oops\n" + ABORT,
            "ValueError: oops",
        ),
        (
            "Traceback (most recent call last):\npy4j.protocol.Py4JJavaError: An error occurred.\n"
            ": org.apache.flink.ValidationException: SQL validation failed.\n\tat a.B.c(B)\n"
            "Caused by: org.calcite.SqlException: Object 'nowhere' not found\n\tat a.B.c(B)\n"
            + ABORT,
            "SqlException: Object 'nowhere' not found",
        ),
        (
            "py4j.protocol.Py4JJavaError: An error occurred.\n: java.io.IOException: disk full\n"
            + ABORT,
            "IOException: disk full",
        ),
        (ABORT, "RuntimeException: exit 1"),
        (
            AT_ONCE,
            "it ended without submitting a job, before Flink could read what it printed",
        ),
        ("", "no reason given"),
    ],
)
def test_the_reason_of_a_failed_client_is_the_jobs_own_message(printed: str, reason: str) -> None:
    """It is the last line of `main`, or the end of its traceback, or Java's cause below that."""
    assert failure_line(printed) == reason


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "INFO fine\nERROR Fatal\nX: outer\nCaused by: java.net.BindException: taken\n at y\n",
            "BindException: taken",
        ),
        (
            "INFO fine\n[ERROR] The execution result is empty.\n",
            "[ERROR] The execution result is empty.",
        ),
        ("one\nlast\n", "last"),
        ("", "it printed nothing"),
    ],
)
def test_the_reason_of_a_dead_process_is_the_line_that_says_why(log: str, reason: str) -> None:
    """It is the innermost cause, else the last error, else the last line."""
    assert last_error(log) == reason


def test_a_missing_file_of_the_archive_is_an_error_before_anything_runs(tmp_path: Path) -> None:
    """The message has the file's name in the run options."""
    with pytest.raises(SubmissionError) as error:
        Submission(main=tmp_path / "main.py").check()
    assert str(error.value) == "the run options name main.py, which isn't in the archive"


def test_the_client_gets_the_services_options(tmp_path: Path) -> None:
    """This compares every argument, in the order that `flink run` needs."""
    submission = Submission(
        main=tmp_path / "main.py",
        jar=tmp_path / "job.jar",
        python_files=[tmp_path / "a", tmp_path / "b"],
        parallelism=3,
        settings={"execution.checkpointing.interval": "10 ms"},
        savepoint="file:/savepoint",
        allow_non_restored_state=True,
    )
    assert submission.arguments(Path("/python")) == [
        *("run", "-d", "-p", "3", "-pyclientexec", "/python", "-pyexec", "/python"),
        "-Dexecution.checkpointing.interval=10 ms",
        *("-C", f"file://{tmp_path}/job.jar", "-pyfs", f"{tmp_path}/a,{tmp_path}/b"),
        *("-s", "file:/savepoint", "-n", "-py", f"{tmp_path}/main.py"),
    ]


def test_a_cluster_is_configured_only_for_the_loopback_interface(tmp_path: Path) -> None:
    """Every address that Flink binds or announces is 127.0.0.1. Its files are in its directory."""
    found = flink_config.cluster_settings(tmp_path, Ports(rest=1, rpc=2), Memory(), 4)
    addresses = {key: value for key, value in found.items() if key.endswith(("address", "host"))}
    assert len(addresses) == 6
    assert set(addresses.values()) == {"127.0.0.1"}
    assert found["execution.checkpointing.dir"] == f"file://{tmp_path}/checkpoints"
    assert found["taskmanager.numberOfTaskSlots"] == "4"


def test_nothing_of_a_persons_aws_setup_reaches_the_job() -> None:
    """Keys and profiles don't. The variables that the cluster is given do."""
    own = {"PATH": "/bin", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_PROFILE": "prod", "JVM_ARGS": "-X"}
    found = flink_config.clean_environment(own, {"AWS_REGION": "us-east-1"})
    assert found == {
        "PATH": "/bin",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_CREDENTIAL_PROFILES_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TZ": "UTC",
    }


def test_a_job_manager_that_does_not_respond_is_an_error_with_its_address() -> None:
    """No process listens at the address."""
    port = free_port()
    with pytest.raises(RestError) as error:
        FlinkRest(f"http://127.0.0.1:{port}").overview()
    assert str(error.value).startswith(
        f"no answer from the JobManager at http://127.0.0.1:{port}: "
    )
