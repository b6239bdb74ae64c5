"""JSON objects of the release's commands."""

from collections.abc import Mapping, Sequence
from typing import Literal

from terminal.answers.base import Answer


class PackageAnswer(Answer):
    """The archive that was built, with its manifest."""

    archive: str
    """Path of the archive."""
    version: str
    sha256: str
    flink: str
    pyflink: str
    connector: str
    sbom: str
    """SHA-256 of the bill of materials."""
    state: Mapping[str, str]
    """A digest of the state of each operator."""


class PublishAnswer(Answer):
    """A release in the store."""

    version: str
    bucket: str
    put: str
    """Whether it was put now or was there before, in words."""


class FetchAnswer(Answer):
    """A release on this machine."""

    version: str
    directory: str


class RestoresAnswer(Answer):
    """Whether a version can restore the running version's state."""

    version: str
    running: str | None
    lost: Sequence[str]
    """State that would be lost, in words. Empty if everything can be restored."""


class SnapshotAnswer(Answer):
    """The snapshot that was taken."""

    snapshot: str | None
    why: str | None
    """Why there is none."""


class DoneAnswer(Answer):
    """What was done."""

    done: str | None
    """In words. Null if there was nothing to do."""


class VerifyCheckAnswer(Answer):
    """One condition of a roll-out that works."""

    name: str
    state: Literal["yes", "no", "not yet", "not told"]
    words: str


class VerifyAnswer(Answer):
    """The verdict on a roll-out. It is also printed if the verdict is no."""

    version: str
    works: bool
    seconds: float = 0
    checks: Sequence[VerifyCheckAnswer] = ()
    stopped: bool = False
    """True if the stack's file says that the application doesn't run."""


class PruneAnswer(Answer):
    """The snapshots that were deleted."""

    deleted: Sequence[str]


class SnapshotRowAnswer(Answer):
    """A snapshot of the job's state."""

    name: str
    status: str
    created: str
    """Time in ISO 8601, UTC."""
    version: str
    """The job's version. Empty if the service took the snapshot itself."""


class SnapshotsAnswer(Answer):
    """The snapshots that the job can start from, newest first."""

    snapshots: Sequence[SnapshotRowAnswer]
