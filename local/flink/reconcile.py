"""Decides which actions bring a running job to its wanted state. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from local.errors import LocalError
from local.flink.application import Application, Restore


@dataclass(frozen=True, kw_only=True)
class Actual:
    """The actual state of an application on this machine."""

    version: int | None = None
    """The version that was started, even if its start failed. None while stopped."""
    created: datetime | None = None
    """Creation time of the application that was started or whose snapshots were seen."""
    restore: Restore | None = None
    """The restore configuration at the time of the start."""
    process_ended: bool = False
    """Whether one of the cluster's processes has ended."""
    failed: "Start | Recover | None" = None
    """The failed start that is to be tried again. None if no start has failed."""
    savepoints: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Every snapshot that was seen: the URI of its savepoint, or None if it has no state."""


@dataclass(frozen=True, kw_only=True)
class TakeSavepoint:
    """Take a savepoint for new snapshots. The job continues to run."""

    snapshots: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NoteEmpty:
    """Note snapshots that were made while no job ran. They have no state."""

    snapshots: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """End the job and its cluster."""

    snapshots: Sequence[str]
    """The snapshots that get the last savepoint. If empty, the job is cancelled without one."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Start a cluster and the job on it."""

    restore: Restore
    or_checkpoint: bool = False
    """Whether the last checkpoint may be used if the requested savepoint has failed."""


@dataclass(frozen=True, kw_only=True)
class Recover:
    """Start again from the last checkpoint after a process of the cluster has ended."""


@dataclass(frozen=True, kw_only=True)
class Remove:
    """End everything and delete its files, because the application is deleted."""


Action: TypeAlias = TakeSavepoint | NoteEmpty | Stop | Start | Recover | Remove


def decide(wanted: Application | None, actual: Actual) -> list[Action]:
    """Give the actions, in order, that bring the actual state to the wanted state.

    The control plane keeps no record of requests. The decision reads three facts instead: the
    version, the names of the snapshots, and the restore configuration. If snapshots are enabled, an
    update and a graceful stop make one snapshot each. A forced stop makes none.
    """
    if wanted is None:
        return [Remove()] if actual != Actual() else []
    if actual.created not in {None, wanted.created}:
        return [Remove(), *decide(wanted, Actual())]
    unseen = [name for name in wanted.snapshots if name not in actual.savepoints]
    if actual.version is None:
        noted: list[Action] = [NoteEmpty(snapshots=unseen)] if unseen else []
        return [*noted, *([Start(restore=wanted.restore)] if wanted.wanted else [])]
    if not wanted.wanted:
        return [Stop(snapshots=unseen)]
    if start := _start_again(wanted, actual):
        return [Stop(snapshots=unseen), start]
    return _keep_going(actual, unseen)


def _keep_going(actual: Actual, unseen: Sequence[str]) -> list[Action]:
    """Give the actions for the version that is wanted and was started."""
    if actual.failed:
        return [*([NoteEmpty(snapshots=unseen)] if unseen else []), actual.failed]
    if actual.process_ended:
        return [Recover()]
    return [TakeSavepoint(snapshots=unseen)] if unseen else []


def _start_again(wanted: Application, actual: Actual) -> Start | None:
    """Give the start after an update, or after a stop and start between two looks.

    An update keeps the state unless the update itself sets another restore configuration. A
    description shows the last restore configuration that any request has set. If it is unchanged
    since the start, this update didn't set it.
    """
    if wanted.restore != actual.restore:
        return Start(restore=wanted.restore)
    if wanted.version != actual.version:
        return Start(restore=Restore(), or_checkpoint=wanted.snapshots_enabled)
    return None


def find_savepoint(
    restore: Restore, snapshots: Sequence[str], savepoints: Mapping[str, str | None]
) -> str | None:
    """Give the URI of the savepoint to start from, or None to start without state.

    `snapshots` are those that exist, oldest first. Raises `LocalError` if the named snapshot has no
    state.
    """
    if restore.kind == "SKIP_RESTORE_FROM_SNAPSHOT":
        return None
    if restore.kind == "RESTORE_FROM_CUSTOM_SNAPSHOT":
        found = savepoints.get(restore.snapshot or "")
        if found is None:
            usable = ", ".join(name for name in snapshots if savepoints.get(name)) or "none"
            message = f"snapshot {restore.snapshot} has no state; snapshots with state: {usable}"
            raise LocalError(message)
        return found
    newest_first = (savepoints.get(name) for name in reversed(snapshots))
    return next((path for path in newest_first if path), None)


def choose_state(
    action: Start | Recover,
    snapshots: Sequence[str],
    savepoints: Mapping[str, str | None],
    last: str | None,
) -> str | None:
    """Give the URI of the state for a start or a recovery, or None to start without state.

    `last` is the last checkpoint of the previous run, or the state that run started from. It is
    used after a process has ended. It is also used if an update could take no savepoint because the
    old version was failing, so that a repaired version keeps the state. Raises the errors of
    `find_savepoint`.
    """
    if isinstance(action, Recover):
        return last
    if action.or_checkpoint and not savepoints.get(next(reversed(snapshots), "")):
        return last
    return find_savepoint(action.restore, snapshots, savepoints)
