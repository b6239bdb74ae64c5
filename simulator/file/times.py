"""The times of trades, in the formats that files have, as milliseconds since the epoch."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from oracle.verdict import parse_time
from simulator.errors import OptionError
from simulator.file.errors import ValueProblem
from simulator.trades import to_milliseconds

BAD: Final = "bad_event_time"
ISO: Final = "iso"

UNITS: Final[Mapping[str, Decimal]] = {
    "seconds": Decimal(1000),
    "millis": Decimal(1),
    "micros": Decimal("0.001"),
    "nanos": Decimal("0.000001"),
}
"""Milliseconds in each unit of a time that is a number."""

DETECTED_MS: Final = (631_152_000_000, 4_102_444_800_000)
"""From 1990 to 2100. In these years, a number can have only one of the units."""

_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]+)?\s*")
_ZONED: Final = re.compile(r".*[Tt ].*(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_time(milliseconds: int) -> str:
    """Write a time as ISO 8601, UTC, to the millisecond. Raises OverflowError beyond year 9999."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TimeReader:
    """Reads the times of one file. It detects their format from the first time that it can read."""

    def __init__(self, form: str | None = None, zone: ZoneInfo | None = None) -> None:
        """Take the format and the zone of times without one.

        Args:
            form: `iso`, one of `UNITS`, or a pattern of `strptime` with a `%`. None: detect it.
            zone: None means UTC.
        """
        if form and form != ISO and form not in UNITS and "%" not in form:
            allowed = f"{', '.join([ISO, *UNITS])}, or a pattern such as '%d/%m/%Y %H:%M:%S'"
            raise OptionError(option="--time-format", given=repr(form), allowed=allowed)
        self.form = form
        """The format, once it is known."""
        self._is_named = form is not None
        self._zone = None if zone is None or zone.key == "UTC" else zone

    def read(self, value: object) -> int:
        """Give a time in milliseconds since the epoch, rounded down. Raises `ValueProblem`."""
        if isinstance(value, datetime):  # Parquet's own type of a time
            return self._localize(value)
        form = self.form if self.form and self._is_named else _detect(value)
        if self.form not in {form, None}:
            raise ValueProblem(BAD, f"given {value!r}; expected {self.form}, as in the rows before")
        milliseconds = self._read(value, form)
        self.form = form
        return milliseconds

    def _read(self, value: object, form: str) -> int:
        if form in UNITS:
            number = _number(value)
            if number is None:
                raise ValueProblem(BAD, f"given {value!r}; expected {form} since 1970")
            return int((number * UNITS[form]).to_integral_value("ROUND_FLOOR"))
        if not isinstance(value, str):
            raise ValueProblem(BAD, f"given {value!r}; expected a text")
        if form == ISO:
            return self._iso(value.strip())
        try:
            return self._localize(datetime.strptime(value.strip(), form))  # noqa: DTZ007 -- _localize adds the zone
        except (ValueError, OverflowError, re.error) as error:
            raise ValueProblem(BAD, f"given {value!r}; expected {form}") from error

    def _iso(self, text: str) -> int:
        milliseconds = parse_time(text)
        if milliseconds is None:
            raise ValueProblem(BAD, f"given {text!r}; expected such as 2026-01-31T09:30:00Z")
        if self._zone is None or _ZONED.fullmatch(text):
            return milliseconds
        return self._localize((_EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None))

    def _localize(self, moment: datetime) -> int:
        if moment.tzinfo or self._zone is None:
            return to_milliseconds(moment)
        local = moment.replace(tzinfo=self._zone, fold=0)
        offset, again = local.utcoffset(), local.replace(fold=1).utcoffset()
        if offset != again and offset is not None and again is not None:
            what = "doesn't exist" if offset < again else "comes twice"
            detail = f"given {moment}, which {what} in {self._zone.key}; write it with an offset"
            raise ValueProblem(BAD, detail)
        return to_milliseconds(local)


def _number(value: object) -> Decimal | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value.strip())
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        return number if number.is_finite() else None
    return None


def _detect(value: object) -> str:
    number = _number(value)
    if number is None:
        return ISO
    for unit, milliseconds in UNITS.items():
        if DETECTED_MS[0] <= number * milliseconds <= DETECTED_MS[1]:
            return unit
    detail = f"given {value!r}, whose format isn't clear; name it with --time-format"
    raise ValueProblem(BAD, detail)
