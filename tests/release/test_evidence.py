"""The checks of a roll-out and what each state of the evidence means."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.evidence import Check, Evidence, Expected, Operation, check_evidence, failed, works

V2 = Expected(version="v2")
GOOD = Evidence(
    status="RUNNING",
    code_key="releases/v2/stocktrading-job.zip",
    operation=Operation(name="UpdateApplication", status="SUCCESSFUL"),
    restarts=0,
    checkpoint=True,
    failed_checkpoints=0,
    arrived=900,
    read=890,
    results=12,
)


def one(evidence: Evidence, name: str, expected: Expected = V2, *, last: bool = False) -> Check:
    """Give the check of that name."""
    (check,) = [
        check for check in check_evidence(evidence, expected, last=last) if check.name == name
    ]
    return check


def test_a_roll_out_with_all_its_evidence_works() -> None:
    """The roll-out works if all six checks pass."""
    checks = check_evidence(GOOD, V2)
    assert [(check.name, check.words) for check in checks] == [
        ("operation", "UpdateApplication succeeded"),
        ("version", "v2 runs"),
        ("restarts", "restarted 0 times"),
        ("checkpoint", "completed"),
        ("trades", "890 read, 900 arrived"),
        ("results", "12 written"),
    ]
    assert works(checks)
    assert not failed(checks)


@pytest.mark.parametrize(
    ("operation", "state", "words"),
    [
        (None, "not told", "no operation is recorded"),
        (
            Operation(name="UpdateApplication", status="IN_PROGRESS"),
            "not yet",
            "UpdateApplication is in progress",
        ),
        (
            Operation(name="UpdateApplication", status="FAILED", error="no\n such  key"),
            "no",
            "UpdateApplication failed: no such key",
        ),
        (
            Operation(name="UpdateApplication", status="CANCELLED"),
            "no",
            "UpdateApplication cancelled: no reason given",
        ),
    ],
)
def test_the_recorded_state_of_the_operation_decides_the_check(
    operation: Operation | None, state: str, words: str
) -> None:
    """A failed update fails the check.

    An endpoint that records no operations is reported as such.
    """
    check = one(replace(GOOD, operation=operation), "operation")
    assert (check.state, check.words) == (state, words)


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        (
            {"code_key": "releases/v1/stocktrading-job.zip"},
            "no",
            "v1 is deployed, not v2",
        ),
        ({"code_key": "elsewhere.zip"}, "no", "elsewhere.zip is deployed, not v2"),
        ({"code_key": None}, "no", "nothing is deployed, not v2"),
        ({"status": "UPDATING"}, "not yet", "v2 is UPDATING"),
        ({"status": "STARTING"}, "not yet", "v2 is STARTING"),
        ({"status": "READY"}, "no", "v2 is READY"),
    ],
)
def test_the_expected_version_must_run(changes: dict[str, str], state: str, words: str) -> None:
    """Another version fails the check. While the application changes, the check waits."""
    check = one(replace(GOOD, **changes), "version")
    assert (check.state, check.words) == (state, words)


def test_more_restarts_than_allowed_fail() -> None:
    """As many restarts as allowed pass. Without figures the check waits."""
    looping = replace(GOOD, restarts=4)
    check = one(looping, "restarts")
    assert check.state == "no"
    assert check.words == "restarted 4 times, 0 allowed"
    allowed = Expected(version="v2", restarts_allowed=4)
    assert one(looping, "restarts", allowed).state == "yes"
    assert one(replace(GOOD, restarts=None), "restarts").state == "not yet"


def test_a_checkpoint_must_have_completed() -> None:
    """Failed checkpoints are counted in the message."""
    waiting = one(replace(GOOD, checkpoint=False, failed_checkpoints=3), "checkpoint")
    assert (waiting.state, waiting.words) == ("not yet", "none completed, 3 failed")
    assert one(replace(GOOD, checkpoint=None, failed_checkpoints=None), "checkpoint").words == (
        "none completed"
    )


def test_a_job_that_reads_trades_but_writes_no_results_never_passes() -> None:
    """A job that makes every trade a dead letter reads everything and writes no result."""
    silent = replace(GOOD, results=None)
    assert one(silent, "results").state == "not yet"
    assert one(silent, "results", last=True).state == "not yet"
    assert not works(check_evidence(silent, V2, last=True))


@pytest.mark.parametrize("arrived", [0, None])
def test_without_trades_the_roll_out_works_only_at_the_deadline(arrived: int | None) -> None:
    """A stream without records has no points in CloudWatch.

    Until the deadline a trade can still arrive.
    """
    quiet = replace(GOOD, arrived=arrived, read=None, results=None)
    assert one(quiet, "results").state == "not yet"
    at_the_end = check_evidence(quiet, V2, last=True)
    assert works(at_the_end)
    assert [check.words for check in at_the_end[-2:]] == (
        ["no trade arrived, so this can't be checked"] * 2
    )
    assert not works(
        check_evidence(quiet, Expected(version="v2", traffic_required=True), last=True)
    )


def test_a_backlog_that_is_read_must_give_results_without_new_trades() -> None:
    """Trades that were read count as traffic, although none arrived."""
    catching_up = replace(GOOD, arrived=0, read=5000, results=0)
    assert not works(check_evidence(catching_up, V2, last=True))


@given(
    evidence=st.builds(
        Evidence,
        status=st.sampled_from(["RUNNING", "UPDATING", "READY", "MAINTENANCE"]),
        code_key=st.sampled_from(
            ["releases/v2/stocktrading-job.zip", "releases/v1/stocktrading-job.zip", None]
        ),
        operation=st.none()
        | st.builds(
            Operation,
            name=st.just("UpdateApplication"),
            status=st.sampled_from(["IN_PROGRESS", "CANCELLED", "SUCCESSFUL", "FAILED"]),
        ),
        restarts=st.none() | st.integers(0, 3),
        checkpoint=st.none() | st.booleans(),
        arrived=st.none() | st.integers(0, 5),
        read=st.none() | st.integers(0, 5),
        results=st.none() | st.integers(0, 5),
    ),
    last=st.booleans(),
)
def test_a_roll_out_that_works_runs_the_version_without_restarts_and_with_a_checkpoint(
    evidence: Evidence, *, last: bool
) -> None:
    """This holds for all evidence, and no roll-out both works and has failed."""
    checks = check_evidence(evidence, V2, last=last)
    assert not (works(checks) and failed(checks))
    if works(checks):
        assert evidence.status == "RUNNING"
        assert evidence.code_key == "releases/v2/stocktrading-job.zip"
        assert evidence.restarts == 0
        assert evidence.checkpoint
        assert evidence.results or not evidence.read
