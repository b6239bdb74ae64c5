"""What to do so that what runs becomes what is wanted: pure decisions, tested case by case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from local.errors import LocalError
from local.flink.application import Application, Restore


@dataclass(frozen=True, kw_only=True)
class Actual:
    """What has been made of an application so far."""

    version: int | None = None
    """The version that was started, whether or not it came up; None while stopped."""
    created: datetime | None = None
    """When the application was created that was started or whose snapshots were seen."""
    restore: Restore | None = None
    """The restore configuration as it stood at the start."""
    process_ended: bool = False
    """Whether one of the cluster's processes has died."""
    failed: "Start | Recover | None" = None
    """The start that has failed and is to be tried again; None where none has."""
    savepoints: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Every snapshot seen: the URI of its savepoint, or None where it holds no state."""


@dataclass(frozen=True, kw_only=True)
class TakeSavepoint:
    """Take a savepoint while the job runs on, for the snapshots that ask for one."""

    snapshots: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NoteEmpty:
    """Note snapshots that were made while no job ran: they hold no state."""

    snapshots: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """End job and cluster."""

    snapshots: Sequence[str]
    """The snapshots that its last savepoint is for; none: the job is cancelled without one."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Start a cluster and the job on it."""

    restore: Restore
    or_checkpoint: bool = False
    """Whether the last checkpoint will do, where the savepoint that was asked for has failed."""


@dataclass(frozen=True, kw_only=True)
class Recover:
    """Start again from the last checkpoint, after a process of the cluster has died."""


@dataclass(frozen=True, kw_only=True)
class Remove:
    """End everything and forget it: the application is deleted."""


Action: TypeAlias = TakeSavepoint | NoteEmpty | Stop | Start | Recover | Remove


def decide(wanted: Application | None, actual: Actual) -> list[Action]:
    """Give the actions, in order, that bring what runs to what is wanted.

    A control plane that keeps only statuses leaves three traces that are read here: the version,
    the names of snapshots (an update and a graceful stop make one each, where snapshots are
    enabled; a forced stop makes none), and the restore configuration.
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
    """Give the start that follows an update, or a stop and start that nobody saw.

    An update keeps the state unless it says otherwise itself. A description shows the last restore
    configuration that was ever given: one that is unchanged since the start isn't this update's.
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

    `snapshots` are those that exist, oldest first. Raises `LocalError` where a snapshot is named
    that holds no state.
    """
    if restore.kind == "SKIP_RESTORE_FROM_SNAPSHOT":
        return None
    if restore.kind == "RESTORE_FROM_CUSTOM_SNAPSHOT":
        found = savepoints.get(restore.snapshot or "")
        if found is None:
            usable = ", ".join(name for name in snapshots if savepoints.get(name)) or "none"
            message = f"snapshot {restore.snapshot} holds no state; those that do: {usable}"
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
    """Give the URI of what a start or a recovery begins with, or None to begin without state.

    `last` is the last checkpoint of what ran before, or what that had started from. It serves where
    a process died, and where an update could take no savepoint because the old version was failing:
    a version that puts things right keeps the state. Raises as `find_savepoint` does.
    """
    if isinstance(action, Recover):
        return last
    if action.or_checkpoint and not savepoints.get(next(reversed(snapshots), "")):
        return last
    return find_savepoint(action.restore, snapshots, savepoints)
