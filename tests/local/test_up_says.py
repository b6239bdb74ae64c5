"""What `stocktrading local up` says about the job while it runs."""

import pytest

from local import commands
from local.flink.job_status import JobState, JobStatus

UP = commands.NEXT[0]
RUNS = "the job runs"
MEND = commands.MEND


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), []),
        (("STOPPED", "STARTING", "STARTING"), []),
        (("STARTING", "RUNNING", "RUNNING"), [*commands.NEXT]),
        (("RUNNING", "UPDATING", "RUNNING"), [*commands.NEXT]),
        (("FAILED", "FAILED"), ["the job failed: no memory", MEND]),
        (("FAILED", "RUNNING"), ["the job failed: no memory", MEND, RUNS]),
        (
            ("RUNNING", "FAILED", "RUNNING"),
            [*commands.NEXT, "the job failed: no memory", MEND, RUNS],
        ),
    ],
)
def test_it_says_once_that_the_job_runs_or_failed(
    states: tuple[JobState, ...], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says "up" only when the job runs."""
    lines: list[str] = []
    monkeypatch.setattr(commands, "_say", lines.append)
    told = None
    for state in states:
        status = JobStatus(application="a", state=state, exception="no memory")
        told = commands._tell_job(status, told)  # noqa: SLF001 -- the loop around it needs a cluster # pyright: ignore[reportPrivateUsage]
    assert lines == said
    assert UP.startswith("up: ")
