"""The text of numbers, times and states. Pure. Times are milliseconds since the epoch.

Clock times are UTC, as all times on the streams are, or of the zone that a person has chosen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from board.delivery import Stored
from board.feed import Health
from board.numbers import UNKNOWN, size
from board.records import DeadLetter
from board.status import Job, JobState

STATES: Final[Mapping[JobState, str]] = {
    "starting": "Starting",
    "running": "Running",
    "updating": "Updating",
    "restarting": "Restarting",
    "failed": "Failed",
    "stopping": "Stopping",
    "stopped": "Stopped",
}

PAYLOAD_SHOWN: Final = 2_000
"""Characters of a dead letter's payload that a page shows. A payload may have 350,000."""

EXCERPT_SHOWN: Final = 160
"""Characters of a payload that the list shows."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def clock(at: int, zone: tzinfo = UTC) -> str:
    """Give a time of day: `09:31:05`."""
    return f"{datetime.fromtimestamp(at / 1000, zone):%H:%M:%S}"


def zoned(at: int, zone: tzinfo = UTC) -> str:
    """Give a time of day with its zone: `09:31:05 UTC`, `10:31:05 CET`."""
    moment = datetime.fromtimestamp(at / 1000, zone)
    return f"{moment:%H:%M:%S} {moment.tzname()}"


def duration(seconds: float) -> str:
    """Give a duration in its two largest units: `6.1 s`, `2 min 5 s`, `3 h`.

    Tenths are only given for few seconds, and not for an `int`.
    """
    if seconds < _MINUTE:
        tenths = isinstance(seconds, float) and seconds < 10  # noqa: PLR2004 -- one digit
        return f"{seconds:.1f} s" if tenths else f"{seconds:.0f} s"
    whole = round(seconds)
    for unit, name, part, part_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // part
            return f"{whole // unit} {name}" + (f" {rest} {part_name}" if rest else "")
    return f"{whole} s"


def ago(at: int, now: int) -> str:
    """Return how long ago something was, in whole units of the largest kind."""
    seconds = max(0, (now - at) // 1000)
    if seconds == 0:
        return "now"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name} ago"
    return f"{seconds} s ago"


def freshness(health: Health) -> str:
    """Return the problem with a panel's data. Empty if the data is fresh."""
    if health.fresh:
        return ""
    reason = f": {health.error}" if health.error else ""
    if health.age is None:
        return "waiting for the first answer" if health.waiting else f"can't be reached{reason}"
    return f"as of {duration(round(health.age))} ago{reason}"


def job_note(job: Job, now: int) -> str:
    """Return one line about a job's state."""
    if job.state in {"failed", "restarting"} and job.reason:
        return job.reason
    version = f"version {short(job.version)}" if job.version else ""
    if job.state == "running" and job.checkpoint_at:
        return ", ".join(filter(None, (version, f"checkpoint {ago(job.checkpoint_at, now)}")))
    return version


def short(version: str | None) -> str:
    """Give a version as the page shows it. A commit or digest has its first twelve characters."""
    if version is None:
        return UNKNOWN
    is_commit = len(version) == 40 and all(c in "0123456789abcdef" for c in version)  # noqa: PLR2004 -- SHA-1
    return version[:12] if is_commit else version


def payload(letter: DeadLetter) -> str:
    """Give the part of a payload that a page shows, with its white space."""
    text = letter.payload
    if len(text) > PAYLOAD_SHOWN:
        text = text[:PAYLOAD_SHOWN] + f" … ({letter.size:,} bytes in all)"
    return text


def place(letter: DeadLetter) -> str:
    """Return the place of a letter's record or records on the ingest stream."""
    where = f"{letter.shard}, {letter.sequence_number}"
    if letter.last_sequence_number is None:
        return where
    return f"the first of {letter.records:,} records, {where} to {letter.last_sequence_number}"


def excerpt(letter: DeadLetter) -> str:
    """Give the beginning of a payload in one line."""
    return " ".join(letter.payload[:EXCERPT_SHOWN].split()) or "(empty)"


def checkpoint(job: Job, now: int) -> str | None:
    """Return the age of the last checkpoint and further facts about it."""
    parts = [ago(job.checkpoint_at, now) if job.checkpoint_at else "", job.checkpoint or ""]
    return ", ".join(filter(None, parts)) or None


def restarts(job: Job, now: int) -> str | None:
    """Return how often the job restarted, and the age of the last restart."""
    if job.restarts is None:
        return None
    last = f", the last {ago(job.restarted_at, now)}" if job.restarted_at else ""
    return f"{job.restarts:,}{last}"


def stored(stored: Stored, now: int) -> str:
    """Return how much is stored under a prefix, and the age of the newest object."""
    if not stored.objects:
        return "none"
    more = " or more" if stored.more else ""
    plural = "" if stored.objects == 1 else "s"
    text = f"{stored.objects:,}{more} object{plural}, {size(stored.size)}"
    return f"{text}, newest {ago(stored.newest, now)}" if stored.newest else text
