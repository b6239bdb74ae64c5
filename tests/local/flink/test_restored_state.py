"""The state from which a start begins: a snapshot, the last checkpoint, or none."""

from typing import Final

import pytest
from described_application import LATEST, SKIP

from local.errors import LocalError
from local.flink.application import Restore
from local.flink.reconcile import Recover, Start, choose_state, find_savepoint

SAVEPOINTS: Final = {"a": "file:/a", "b": "file:/b", "failed": None}


def test_the_latest_snapshot_with_state_is_restored() -> None:
    """A snapshot whose savepoint failed is skipped."""
    assert find_savepoint(LATEST, ["a", "b", "failed"], SAVEPOINTS) == "file:/b"


def test_a_deleted_snapshot_is_not_restored() -> None:
    """Only snapshots that the control plane still lists are restored."""
    assert find_savepoint(LATEST, ["a"], SAVEPOINTS) == "file:/a"


def test_without_snapshots_a_start_has_no_state() -> None:
    """A start that skips them has no state either."""
    assert find_savepoint(LATEST, [], {}) is None
    assert find_savepoint(SKIP, ["a"], SAVEPOINTS) is None


def test_a_named_snapshot_is_restored() -> None:
    """It doesn't have to be the latest."""
    custom = Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="a")
    assert find_savepoint(custom, ["a", "b"], SAVEPOINTS) == "file:/a"


def test_a_named_snapshot_without_state_is_an_error_that_names_the_others() -> None:
    """Otherwise the job would run without its state, and no message would say so."""
    custom = Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="failed")
    with pytest.raises(LocalError) as error:
        find_savepoint(custom, ["a", "failed", "b"], SAVEPOINTS)
    assert str(error.value) == "snapshot failed has no state; snapshots with state: a, b"


@pytest.mark.parametrize(
    ("action", "snapshots", "state"),
    [
        (Start(restore=LATEST), ["a", "b"], "file:/b"),
        (Start(restore=LATEST), ["a", "failed"], "file:/a"),
        (Start(restore=LATEST, or_checkpoint=True), ["a", "b"], "file:/b"),
        (Start(restore=LATEST, or_checkpoint=True), ["a", "failed"], "file:/last"),
        (Start(restore=SKIP), ["a", "b"], None),
        (Recover(), ["a", "b"], "file:/last"),
    ],
)
def test_the_last_checkpoint_is_used_if_no_savepoint_could_be_taken(
    action: Start | Recover, snapshots: list[str], state: str | None
) -> None:
    """This holds for an update of a failing version and for a recovery, but not for a start."""
    assert choose_state(action, snapshots, SAVEPOINTS, "file:/last") == state
