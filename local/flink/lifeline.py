"""Run a command that can't outlive the process that started it.

`python lifeline.py COMMAND...` starts the command in a new session and waits for it. Standard input
is the lifeline. The command runs while the parent keeps the other end open. When that end closes,
because the parent closed it or was killed, the command's whole process group is ended. This works
from any thread and on any POSIX system. `PR_SET_PDEATHSIG` would work on Linux only, and its signal
comes when the thread that forked ends.

This file runs as a plain file, so it imports only the standard library.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_VARIABLE = "LIFELINE_GRACE_SECONDS"

PASSED_ON = {
    signal.SIGUSR1: signal.SIGKILL,
    signal.SIGUSR2: signal.SIGSTOP,
    signal.SIGCONT: signal.SIGCONT,
}
"""Signals to the lifeline, and what the command's process group then gets. No process can handle
SIGKILL and SIGSTOP, so they have other names here."""

GRACE_SECONDS = float(os.environ.get(GRACE_VARIABLE, "5"))
"""Seconds between SIGTERM and SIGKILL. Flink's processes need about one second to exit."""


def main(command: list[str]) -> int:
    """Run the command to its end. Give its exit code, or 128 + signal as a shell does."""
    # S603: the command is the caller's own argument list, and runs without a shell.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def end(_number: int, _frame: object) -> None:
        _end(child)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)

    def pass_on(number: int, _frame: object) -> None:
        _signal(child, PASSED_ON[signal.Signals(number)])

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)  # for processes of the command's group that still run
    return code if code >= 0 else 128 - code


def _end_with_input(child: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    _signal(child, signal.SIGTERM)
    threading.Timer(GRACE_SECONDS, _signal, (child, signal.SIGKILL)).start()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    EXIT_CODE = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(EXIT_CODE)  # doesn't wait for the timer of a SIGKILL that is no longer needed
