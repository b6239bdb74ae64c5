"""The time from which a job reads again, as a person gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from common.errors import UsageError
from job.properties import KEYS, REQUIRED, JobProperties, PropertyError

POSITIONS: Final = {"now": "LATEST", "earliest": "TRIM_HORIZON"}
"""Words for the two initial positions that are no time."""

ALLOWED: Final = "now, earliest, or an ISO 8601 time such as 2026-01-31T09:30:00Z"


def find_position(option: str, asked: str) -> str:
    """Give the job's initial position for an option's value. Raises `UsageError`.

    Kinesis refuses to read from a time that is still to come, so that is an error too.
    """
    position = POSITIONS.get(asked, asked)
    try:
        job = JobProperties.from_property_map(
            {KEYS[name]: "-" for name in REQUIRED} | {KEYS["initial_position"]: position}
        )
    except PropertyError as error:
        message = f"{option}: given {asked!r}; allowed: {ALLOWED}"
        raise UsageError(message) from error
    instant = job.initial_instant()
    if instant and instant > datetime.now(UTC):
        message = f"{option}: given {asked!r}, which is still to come; allowed: {ALLOWED}"
        raise UsageError(message)
    return position
