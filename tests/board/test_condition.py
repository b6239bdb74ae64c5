"""The condition of the page: true in every state, and green only if all is well."""

from dataclasses import replace
from typing import get_args

import pytest

from board.announce import announcement
from board.condition import condition, no_result
from board.feed import Health
from board.model import Model
from board.monitor import Snapshot
from board.status import Job, JobState

NOW = 1_769_851_860_000
FRESH = Health(0.4, None, limit=5)
WAITING = Health(None, None, limit=5)
GONE = Health(40.0, "no answer; check that the service runs", limit=5)
NEVER = Health(None, "access denied", limit=5)


def _snapshot(health: Health, job: Job | None = None) -> Snapshot:
    return Snapshot(
        view=Model().view(NOW),
        job=job or Job(state="running"),
        delivered=None,
        trade_rate=100.0,
        trade_note="",
        links=(),
        results_health=health,
        letters_health=health,
        trades_health=health,
        job_health=health,
        delivery_health=None,
    )


def test_only_a_page_that_is_up_to_date_is_live() -> None:
    """It then says no more."""
    found = condition(_snapshot(FRESH))
    assert (found.tone, found.word, found.text) == ("good", "live", "")


def test_before_anything_was_read_nothing_is_claimed() -> None:
    """Neither that all is well nor that something is wrong."""
    found = condition(_snapshot(WAITING))
    assert (found.tone, found.text) == ("unknown", "Nothing has been read yet.")
    assert no_result(_snapshot(WAITING)) == "The results stream has not been read yet."


def test_a_cloud_that_has_ended_is_bad_whatever_the_job_was() -> None:
    """The last known state of the job isn't its state."""
    found = condition(_snapshot(GONE))
    assert (found.tone, found.word) == ("bad", "no answer")
    assert found.text.startswith("No answer for 40 s. The figures are of that time.")
    assert announcement(_snapshot(GONE)).startswith("The job is unknown.")
    never = condition(_snapshot(NEVER))
    assert never.tone == "bad"
    assert never.text.startswith("There is no answer.")


def test_a_part_that_is_old_is_named() -> None:
    """The others can be relied on."""
    found = condition(replace(_snapshot(FRESH), letters_health=GONE))
    assert (found.tone, found.text) == ("warn", "Not up to date: dead letters. The rest is.")


@pytest.mark.parametrize("state", [each for each in get_args(JobState) if each != "running"])
def test_a_job_that_does_not_run_is_told_with_what_it_means_for_results(state: JobState) -> None:
    """Each state has its sentence, and none is green."""
    snapshot = _snapshot(FRESH, Job(state=state))
    found = condition(snapshot)
    assert found.tone != "good"
    assert found.word == state
    assert no_result(snapshot) == f"No result yet. {found.text}"


def test_without_trades_the_page_says_how_to_send_some() -> None:
    """A new user has started no simulator."""
    idle = replace(_snapshot(FRESH), trade_rate=0.0)
    assert "no trades arrive. `stocktrading simulate`" in no_result(idle)
    assert "when a window has ended" in no_result(_snapshot(FRESH))
