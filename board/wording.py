"""Numbers, times and states as a person reads them. Pure; times are milliseconds since the epoch.

Clock times are UTC, as all times on the streams are.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from board.delivery import Stored
from board.feed import Health
from board.records import DeadLetter
from board.status import Job, State
from job.fields import Kind

STATES: Final[Mapping[State, str]] = {
    "starting": "Starting",
    "running": "Running",
    "updating": "Updating",
    "restarting": "Restarting",
    "failed": "Failed",
    "stopping": "Stopping",
    "stopped": "Stopped",
}

PAYLOAD_SHOWN: Final = 2_000
"""Characters of a dead letter's payload that a page shows; it may hold 350,000."""

EXCERPT_SHOWN: Final = 160
"""Characters of it in the list."""

UNKNOWN: Final = "\N{EN DASH}"
"""In place of a value that isn't known."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_KILO: Final = 1_000


def clock(at: int) -> str:
    """Give a time of day, UTC: `09:31:05`."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S}"


def duration(seconds: float) -> str:
    """Give a length of time in the two largest units that matter: `6.1 s`, `2 min 5 s`, `3 h`.

    Tenths are given of few seconds alone, and not of whole ones (an `int`).
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
    """Say how long ago something was, in whole units of the largest kind."""
    seconds = max(0, (now - at) // 1000)
    if seconds == 0:
        return "now"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name} ago"
    return f"{seconds} s ago"


def rate(value: float | None) -> str:
    """Give a rate: one digit where it is small, thousands apart where it is large."""
    if value is None:
        return UNKNOWN
    if 0 < value < 10:  # noqa: PLR2004 -- one digit
        return f"{value:.1f}"
    return f"{value:,.0f}"


def size(count: int) -> str:
    """Give a number of bytes in decimal units."""
    value, units = float(count), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if value < _KILO or unit == units[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= _KILO
    raise AssertionError


def price(value: float | None) -> str:
    """Give a price to the cent; a dash where it isn't known."""
    return UNKNOWN if value is None else f"{value:,.2f}"


def measure(kind: Kind, value: float | None) -> str:
    """Give a measure: a price to the cent, or a count; a dash where it isn't known."""
    return UNKNOWN if value is None else f"{value:,.2f}" if kind is Kind.NUMBER else f"{value:,}"


def change(value: float | None) -> tuple[str, str]:
    """Give a change of price, and whether it is `up`, `down` or `flat`."""
    if value is None:
        return UNKNOWN, "flat"
    if round(value, 2) == 0:
        return "= 0.00", "flat"
    return (f"▲ {value:,.2f}", "up") if value > 0 else (f"▼ {-value:,.2f}", "down")


def freshness(health: Health) -> str:
    """Say what is wrong with a panel's data; nothing where it is fresh."""
    if health.fresh:
        return ""
    reason = f": {health.error}" if health.error else ""
    if health.age is None:
        return "waiting for the first answer" if health.waiting else f"can't be reached{reason}"
    return f"as of {duration(round(health.age))} ago{reason}"


def job_note(job: Job, now: int) -> str:
    """Say in a line what there is to say about a job's state."""
    if job.state in {"failed", "restarting"} and job.reason:
        return job.reason
    version = f"version {short(job.version)}" if job.version else ""
    if job.state == "running" and job.checkpoint_at:
        return ", ".join(filter(None, (version, f"checkpoint {ago(job.checkpoint_at, now)}")))
    return version


def short(version: str | None) -> str:
    """Give a version as it is said: of a Git commit or a digest the first twelve characters."""
    if version is None:
        return UNKNOWN
    is_commit = len(version) == 40 and all(c in "0123456789abcdef" for c in version)  # noqa: PLR2004 -- SHA-1
    return version[:12] if is_commit else version


def payload(letter: DeadLetter) -> str:
    """Give as much of a payload as a page shows, with its white space kept visible."""
    text = letter.payload
    if len(text) > PAYLOAD_SHOWN:
        text = text[:PAYLOAD_SHOWN] + f" … ({letter.size:,} bytes in all)"
    return text


def place(letter: DeadLetter) -> str:
    """Say where on the ingest stream a letter's record is, or its records are."""
    where = f"{letter.shard}, {letter.sequence_number}"
    if letter.last_sequence_number is None:
        return where
    return f"the first of {letter.records:,} records, {where} to {letter.last_sequence_number}"


def excerpt(letter: DeadLetter) -> str:
    """Give the beginning of a payload in one line."""
    return " ".join(letter.payload[:EXCERPT_SHOWN].split()) or "(empty)"


def checkpoint(job: Job, now: int) -> str | None:
    """Say when the last checkpoint was, and what is known of it."""
    parts = [ago(job.checkpoint_at, now) if job.checkpoint_at else "", job.checkpoint or ""]
    return ", ".join(filter(None, parts)) or None


def restarts(job: Job, now: int) -> str | None:
    """Say how often the job restarted, and when it did last."""
    if job.restarts is None:
        return None
    last = f", the last {ago(job.restarted_at, now)}" if job.restarted_at else ""
    return f"{job.restarts:,}{last}"


def stored(stored: Stored, now: int) -> str:
    """Say how much is stored under a prefix, and how new it is."""
    if not stored.objects:
        return "none"
    more = " or more" if stored.more else ""
    plural = "" if stored.objects == 1 else "s"
    text = f"{stored.objects:,}{more} object{plural}, {size(stored.size)}"
    return f"{text}, newest {ago(stored.newest, now)}" if stored.newest else text
