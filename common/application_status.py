"""What each status of a Managed Flink application means. The one table for all rooms.

The statuses are those of the service's API (`ApplicationStatus`); a test compares them with the
service's model. Which of them allow a forced stop is from the API reference of StopApplication.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Phase: TypeAlias = Literal["starting", "running", "updating", "stopping", "stopped"]
"""`starting`, `updating` and `stopping` are on the way to one of the two others."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """The meaning of one status."""

    phase: Phase
    force_stop: bool = False
    """Whether the service accepts StopApplication with Force."""
    gone: bool = False
    """Whether the application doesn't exist afterwards."""

    @property
    def settles(self) -> bool:
        """Whether the service ends the status itself, and the application still exists then."""
        return self.phase not in {"running", "stopped"} and not self.gone

    @property
    def runs(self) -> bool:
        """Whether a job must run in this status."""
        return self.phase in {"starting", "running", "updating"}


STATUSES: Final[Mapping[str, Status]] = {
    "STARTING": Status(phase="starting", force_stop=True),
    "RUNNING": Status(phase="running", force_stop=True),
    "UPDATING": Status(phase="updating", force_stop=True),
    "AUTOSCALING": Status(phase="updating", force_stop=True),
    "MAINTENANCE": Status(phase="updating"),
    "ROLLING_BACK": Status(phase="updating"),
    "ROLLED_BACK": Status(phase="stopped"),
    "STOPPING": Status(phase="stopping", force_stop=True),
    "FORCE_STOPPING": Status(phase="stopping"),
    "READY": Status(phase="stopped"),
    "DELETING": Status(phase="stopping", gone=True),
}

UNKNOWN: Final = Status(phase="updating")
"""For a status that a newer API adds: wait, and change nothing."""


def meaning(status: str) -> Status:
    """Give the meaning of a status."""
    return STATUSES.get(status, UNKNOWN)
