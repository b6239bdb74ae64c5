"""Run a command that can't outlive whoever started it.

`python lifeline.py COMMAND...` starts the command in a session of its own and waits for it.
Standard input is the lifeline: whoever holds its other end open keeps the command alive, and when
that end is closed, by intent or because its holder was killed, the command's whole process group is
ended. It works from any thread and on any POSIX system, where `PR_SET_PDEATHSIG` is Linux's alone
and fires when the thread that forked ends.

Only the standard library, no import of ours: it is run as a plain file.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_VARIABLE = "LIFELINE_GRACE_SECONDS"

GRACE_SECONDS = float(os.environ.get(GRACE_VARIABLE, "5"))
"""What a command gets between SIGTERM and SIGKILL; Flink's processes need about one second."""


def main(command: list[str]) -> int:
    """Run the command to its end; its exit code, or 128 + signal as a shell gives it."""
    # S603: the command is the caller's own argument vector, run without a shell.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def end(_number: int, _frame: object) -> None:
        _end(child)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)  # whatever the command left behind in its group
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
    os._exit(EXIT_CODE)  # not held up by the timer of a SIGKILL that is no longer needed
