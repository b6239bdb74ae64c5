"""The watcher's decisions, which are pure functions, case by case."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from described_application import CREATED, LATEST, SKIP, wanted
from hypothesis import given
from hypothesis import strategies as st

from local.flink.application import Restore
from local.flink.reconcile import (
    Actual,
    NoteEmpty,
    Recover,
    Remove,
    Start,
    Stop,
    TakeSavepoint,
    decide,
)

RUNS: Final = Actual(version=7, created=CREATED, restore=LATEST)


def test_nothing_is_done_if_the_wanted_version_runs() -> None:
    """There is no new snapshot, and all processes run."""
    assert decide(wanted(), RUNS) == []


def test_nothing_is_done_if_nothing_runs_and_nothing_should() -> None:
    """The application is stopped or doesn't exist, and was never started here."""
    assert decide(wanted(status="READY"), Actual()) == []
    assert decide(None, Actual()) == []


@pytest.mark.parametrize("status", ["STARTING", "RUNNING", "UPDATING", "AUTOSCALING"])
def test_an_application_is_started_with_its_restore_configuration(status: str) -> None:
    """This holds for each status in which a job must run."""
    assert decide(wanted(status=status, restore=SKIP), Actual()) == [Start(restore=SKIP)]


def test_snapshots_from_before_the_first_start_have_no_state() -> None:
    """They are noted as empty, so that no later start restores them."""
    found = decide(wanted(snapshots=["old"]), Actual())
    assert found == [NoteEmpty(snapshots=["old"]), Start(restore=LATEST)]


def test_a_graceful_stop_stores_its_state_in_its_snapshot() -> None:
    """The control plane makes a snapshot at a graceful stop. It gets the job's last savepoint."""
    stopped = wanted(status="READY", snapshots=["STOP-counts-1"])
    assert decide(stopped, RUNS) == [Stop(snapshots=["STOP-counts-1"])]


def test_a_forced_stop_takes_no_savepoint() -> None:
    """It makes no snapshot, so no savepoint is needed."""
    assert decide(wanted(status="READY"), RUNS) == [Stop(snapshots=[])]


def test_an_update_keeps_the_state() -> None:
    """The old version ends with a savepoint. The new one starts from the latest snapshot."""
    updated = wanted(version=8, snapshots=["UPDATEAPPLICATION-counts-1"])
    assert decide(updated, RUNS) == [
        Stop(snapshots=["UPDATEAPPLICATION-counts-1"]),
        Start(restore=LATEST, or_checkpoint=True),
    ]


def test_an_updates_own_restore_configuration_is_used() -> None:
    """If it skips the state, the new version starts without state."""
    found = decide(wanted(version=8, restore=SKIP), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=SKIP)]


def test_an_update_does_not_use_the_restore_configuration_of_the_start() -> None:
    """An application that was once started without state keeps its state at later updates."""
    found = decide(wanted(version=8, restore=SKIP), replace(RUNS, restore=SKIP))
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=True)]


def test_an_update_without_snapshots_does_not_use_a_checkpoint() -> None:
    """If snapshots are off, the service doesn't keep the state at an update either."""
    found = decide(wanted(version=8, snapshots_enabled=False), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=False)]


def test_the_restore_configuration_shows_a_stop_and_start_between_two_looks() -> None:
    """The version is the same, but the start requested another state."""
    found = decide(wanted(restore=SKIP, snapshots=["STOP-counts-1"]), RUNS)
    assert found == [Stop(snapshots=["STOP-counts-1"]), Start(restore=SKIP)]


def test_a_snapshot_made_while_the_job_runs_gets_a_savepoint() -> None:
    """Only new snapshots get one. The job continues to run."""
    known = replace(RUNS, savepoints={"a": "file:/a"})
    assert decide(wanted(snapshots=["a", "b"]), known) == [TakeSavepoint(snapshots=["b"])]


def test_a_running_application_is_recovered_after_a_process_has_ended() -> None:
    """The service does the same."""
    assert decide(wanted(), replace(RUNS, process_ended=True)) == [Recover()]


def test_a_failed_start_is_tried_again_without_a_change() -> None:
    """It is tried for as long as the application should run. New snapshots have no state."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    assert decide(wanted(), failed) == [Start(restore=LATEST)]
    assert decide(wanted(snapshots=["a"]), failed) == [
        NoteEmpty(snapshots=["a"]),
        Start(restore=LATEST),
    ]
    assert decide(wanted(status="READY"), failed) == [Stop(snapshots=[])]


def test_an_update_replaces_a_failed_start() -> None:
    """The wanted version is started, and not the failed one."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    again = Start(restore=Restore(), or_checkpoint=True)
    assert decide(wanted(version=8), failed) == [Stop(snapshots=[]), again]


def test_a_stopped_application_is_not_recovered_after_a_process_has_ended() -> None:
    """The process had to end anyway."""
    dead = replace(RUNS, process_ended=True)
    assert decide(wanted(status="READY"), dead) == [Stop(snapshots=[])]


def test_a_deleted_application_is_removed_once() -> None:
    """Afterwards there is nothing to do."""
    assert decide(None, RUNS) == [Remove()]


def test_a_new_application_with_an_old_name_is_another_application() -> None:
    """It was deleted and made again between two looks. Nothing of the first one is kept."""
    later = wanted(created=datetime(2026, 2, 1, tzinfo=UTC))
    assert decide(later, RUNS) == [Remove(), Start(restore=LATEST)]


NAMES: Final = st.lists(st.sampled_from("abcde"), unique=True)


@given(
    status=st.sampled_from(["READY", "RUNNING", "STOPPING", "UPDATING"]),
    version=st.integers(1, 3),
    restore=st.sampled_from([LATEST, SKIP]),
    snapshots=NAMES,
    seen=NAMES,
    running=st.none() | st.integers(1, 3),
    ended=st.booleans(),
)
def test_every_snapshot_is_handled_and_one_round_is_enough(  # noqa: PLR0913 -- one a dimension
    *,
    status: str,
    version: int,
    restore: Restore,
    snapshots: list[str],
    seen: list[str],
    running: int | None,
    ended: bool,
) -> None:
    """No snapshot is forgotten or taken twice. At the end the wanted version runs."""
    target = wanted(status=status, version=version, restore=restore, snapshots=snapshots)
    savepoints: dict[str, str | None] = dict.fromkeys(seen)
    before = Actual(
        version=running,
        created=CREATED if running else None,
        restore=LATEST if running else None,
        process_ended=ended and running is not None,
        savepoints=savepoints,
    )
    actions = decide(target, before)
    answered = [
        name
        for action in actions
        if isinstance(action, TakeSavepoint | NoteEmpty | Stop)
        for name in action.snapshots
    ]
    recovers = any(isinstance(action, Recover) for action in actions)
    assert recovers or sorted(answered) == sorted(set(snapshots) - set(seen))
    after = replace(before, savepoints=savepoints | dict.fromkeys(answered), process_ended=False)
    for action in actions:
        if isinstance(action, Stop):
            after = replace(after, version=None, restore=None)
        if isinstance(action, Start):
            after = replace(after, version=version, created=CREATED, restore=restore)
    assert (after.version == version) if target.wanted else (after.version is None)
    again = decide(target, after)
    assert again == [] or (recovers and isinstance(again[0], TakeSavepoint))
