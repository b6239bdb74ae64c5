"""The emulator's process: where it listens, how it ends, how it fails."""

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from common.errors import UserError
from local.accounts import HOST
from local.clients import Clients
from local.emulator.child import Emulator

pytestmark = pytest.mark.emulator

REPOSITORY = Path(__file__).parents[3]


def listening(pid: int) -> set[str]:
    """Give the TCP and UDP addresses on which a process and its children listen."""
    parent = psutil.Process(pid)
    sockets = [
        socket
        for process in [parent, *parent.children(recursive=True)]
        for socket in process.net_connections(kind="inet")
        if socket.status == psutil.CONN_LISTEN or not socket.raddr
    ]
    return {str(socket.laddr.ip) for socket in sockets if socket.laddr}


def ended(pid: int, seconds: float) -> bool:
    """Wait until a process has ended. False means that it still runs."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_every_socket_is_on_the_loopback_interface(emulator: Emulator) -> None:
    """Another machine can't reach any port of the emulator."""
    assert listening(emulator.pid) == {HOST}


def test_the_port_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    """The emulator uses the given port, and the port is free at once after the end."""
    with Emulator(run_directory=tmp_path) as first:
        port = first.port
    with Emulator(run_directory=tmp_path, port=port) as second:
        assert second.port == port
        assert second.endpoint == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_reported_in_one_line(emulator: Emulator, tmp_path: Path) -> None:
    """The message names the address and what to do."""
    taken = Emulator(run_directory=tmp_path, port=emulator.port)
    with pytest.raises(UserError) as told, taken:
        pytest.fail("it started")
    assert str(told.value) == (
        f"the AWS emulator can't listen on 127.0.0.1:{emulator.port}: Address already in use; "
        "give another port, or 0 for a free one"
    )


def test_a_failed_start_is_reported_with_the_last_line_and_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the part that failed, the reason and the log file."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(UserError) as told, Emulator(run_directory=tmp_path):
        pytest.fail("it started")
    log = tmp_path / "emulator.log"
    expected = f"the AWS emulator ended at its start: no such module (log: {log})"
    assert str(told.value) == expected


def test_it_ends_with_the_block(tmp_path: Path) -> None:
    """After the `with` block the process is gone."""
    with Emulator(run_directory=tmp_path) as running:
        pid = running.pid
        assert running.alive()
    assert not running.alive()
    assert ended(pid, 5)


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """The emulator ends although its parent can't stop it."""
    program = f"""
        import time
        from pathlib import Path
        from local.emulator.child import Emulator
        with Emulator(run_directory=Path({str(tmp_path)!r})) as running:
            print(running.pid, flush=True)
            time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    assert ended(pid, 10)


def test_it_gets_neither_docker_nor_the_users_aws_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator gets neither a Docker daemon nor the shell's AWS credentials."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///var/run/docker.sock")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_PROFILE", "production")
    with Emulator(run_directory=tmp_path) as running:
        environment = psutil.Process(running.pid).environ()
    assert environment["DOCKER_HOST"] == f"unix://{tmp_path}/no-docker.sock"
    assert "AWS_ACCESS_KEY_ID" not in environment
    assert "AWS_PROFILE" not in environment


def test_a_roles_policies_are_limited_as_by_iam(clients: Clients, account: str) -> None:
    """All inline policies of a role count, without white space. A policy may be put again."""
    iam = clients.client("iam", account)
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)

    def put(name: str, characters: int) -> None:
        grant = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}
        document = json.dumps({"Version": "2012-10-17", "Statement": grant}, indent=4)
        missing = characters - len("".join(document.split()))
        long = document.replace("bucket", "bucket" + "b" * missing)
        iam.put_role_policy(RoleName="r", PolicyName=name, PolicyDocument=long)

    put("one", 10_240)
    put("one", 10_040)
    put("two", 200)
    for name, characters in (("two", 201), ("three", 110)):
        with pytest.raises(ClientError, match="LimitExceeded"):
            put(name, characters)
