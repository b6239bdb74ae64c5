"""No process of Flink outlives the process that started it."""

import signal
import subprocess
import sys

import psutil
from patience import wait_for

from local.flink import lifeline

LIFELINE = (sys.executable, "-I", lifeline.__file__)


def test_a_command_ends_when_the_other_end_of_its_input_is_closed() -> None:
    """Its own child processes end too."""
    with subprocess.Popen(
        [*LIFELINE, "sh", "-c", "sleep 600 & sleep 600"], stdin=subprocess.PIPE
    ) as guard:
        family = _await_family(guard.pid, 3)
        assert guard.stdin
        guard.stdin.close()
        assert guard.wait(10) == 128 + signal.SIGTERM
    _assert_gone(family)


def test_a_command_ends_when_its_parent_is_killed() -> None:
    """After SIGKILL the parent can't clean up, but the pipe to the lifeline closes."""
    script = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([*{LIFELINE!r}, 'sleep', '600'], stdin=subprocess.PIPE)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as holder:
        family = _await_family(holder.pid, 2)
        holder.kill()
    _assert_gone(family)


def test_a_command_that_ignores_sigterm_is_killed() -> None:
    """It is killed after `GRACE_SECONDS`."""
    code = "from local.flink import lifeline; import sys; lifeline.GRACE_SECONDS = 0.2; "
    code += "sys.exit(lifeline.main(['sh', '-c', 'trap \"\" TERM; sleep 600; sleep 600']))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as guard:
        family = _await_family(guard.pid, 2)
        assert guard.stdin
        guard.stdin.close()
        assert guard.wait(10) != 0
    _assert_gone(family)


def test_a_commands_exit_code_is_passed_on() -> None:
    """The lifeline exits with the command's code."""
    with subprocess.Popen([*LIFELINE, "sh", "-c", "exit 7"], stdin=subprocess.PIPE) as guard:
        assert guard.wait(10) == 7


def test_a_kill_and_a_freeze_are_passed_on_to_the_command() -> None:
    """The lifeline itself stays, and exits with 128 and the signal that ended the command."""
    with subprocess.Popen([*LIFELINE, "sleep", "600"], stdin=subprocess.PIPE) as guard:
        (command,) = _await_family(guard.pid, 1)
        own = {passed: name for name, passed in lifeline.PASSED_ON.items()}
        guard.send_signal(own[signal.SIGSTOP])
        wait_for(lambda: command.status() == psutil.STATUS_STOPPED)
        guard.send_signal(own[signal.SIGCONT])
        wait_for(lambda: command.status() == psutil.STATUS_SLEEPING)
        guard.send_signal(own[signal.SIGKILL])
        assert guard.wait(10) == 128 + signal.SIGKILL


def _await_family(pid: int, count: int) -> list[psutil.Process]:
    def children() -> list[psutil.Process]:
        return psutil.Process(pid).children(recursive=True)

    wait_for(lambda: len(children()) >= count, progress=lambda: len(children()))
    return children()


def _assert_gone(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
