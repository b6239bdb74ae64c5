"""The fix of a rejected record, and the check that the job would count it now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from job.fields import REASONS, TRADE, Kind
from oracle.verdict import Rules, judge
from redrive.mark import MARK, add_mark, mark_of
from simulator.batching import RECORD_BYTES
from simulator.file.errors import BadRow
from simulator.file.rows import Layout, line_layout, row_of
from simulator.file.start import times
from simulator.file.times import ISO, TimeReader, write_time
from simulator.file.trades import TradeReader, map_row, parse_mapping

if TYPE_CHECKING:
    from redrive.rejection import Rejection

CUT: Final = "cut"
MARKED: Final = "sent_before"
TOO_LARGE: Final = "too_large"

(_TIME,) = (field.name for field in TRADE if field.kind is Kind.TIME)


class Cured(NamedTuple):
    """A record that can be sent."""

    data: bytes
    """With its mark."""
    time: int
    """Time of the trade, in milliseconds since the epoch."""


class Refusal(NamedTuple):
    """Why a record is not sent."""

    reason: str
    """One of the job's reasons for a dead letter, or `cut`, `sent_before`, `too_large`,
    `unreadable`."""
    detail: str


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """How the fields of a payload become those of a trade."""

    named: Mapping[str, str]
    fixed: Mapping[str, str]
    layout: Layout
    times: TimeReader


@dataclass(frozen=True, kw_only=True)
class Cure:
    """What is done to each record before it is sent."""

    rules: Rules
    mapping: FieldMapping | None = None
    """None: the payload is sent as the file has it."""
    date_now: bool = False
    """Whether each trade is dated when it is sent."""
    again: bool = False
    """Whether a record that was sent again before may be sent once more."""

    def apply(self, rejection: Rejection, line: int, now: int) -> Cured | Refusal:
        """Fix and check one record. `now` is in milliseconds since the epoch."""
        if rejection.size is not None:
            detail = f"the payload is cut: {len(rejection.payload)} of {rejection.size} bytes"
            return Refusal(CUT, detail)
        if not self.again and (mark := mark_of(rejection.payload)):
            return Refusal(MARKED, f"it has {MARK} {mark}; to send it once more, add --again")
        fixed = self._fix(rejection.payload, line, now)
        if isinstance(fixed, Refusal):
            return fixed
        verdict = judge(fixed, now, self.rules)
        if isinstance(verdict, str):
            shown = fixed[:200].decode("utf-8", "backslashreplace")
            return Refusal(verdict, f"{REASONS[verdict]}: {shown}")
        data = add_mark(fixed, rejection.id)
        if len(data) + len(rejection.partition_key or rejection.id) > RECORD_BYTES:
            return Refusal(TOO_LARGE, f"{len(data)} bytes; a record has at most {RECORD_BYTES}")
        return Cured(data, verdict.time)

    def _fix(self, payload: bytes, line: int, now: int) -> bytes | Refusal:
        if self.mapping is None:
            return redate(payload, now) if self.date_now else payload
        how = self.mapping
        row = row_of(payload, line, how.layout)
        if isinstance(row, BadRow):
            return Refusal(row.reason, row.detail)
        fixed = {**how.fixed, _TIME: write_time(now)} if self.date_now else how.fixed
        form = TimeReader(ISO) if self.date_now else how.times
        trade = TradeReader(map_row(how.named, fixed, row), form).read(row, now, self.rules)
        if isinstance(trade, BadRow):
            return Refusal(trade.reason, trade.detail)
        return trade.dated(trade.time)


def redate(data: bytes, time: int) -> bytes:
    """Give a trade another time. Bytes that aren't a JSON object stay as they are."""
    try:
        value = cast("object", json.loads(data))
    except (ValueError, RecursionError):
        return data
    if not isinstance(value, dict):
        return data
    changed = {**cast("dict[str, object]", value), _TIME: write_time(time)}
    return json.dumps(changed, ensure_ascii=False).encode("utf-8", "surrogatepass")


def mapping(  # noqa: PLR0913 -- one parameter for each option
    column: Sequence[str],
    value: Sequence[str],
    *,
    columns: str | None,
    delimiter: str | None,
    time_format: str | None,
    time_zone: str | None,
) -> FieldMapping | None:
    """Give the mapping that the options of `send` name. None without any of them.

    Raises `OptionError`.
    """
    if not any((column, value, columns, delimiter, time_format, time_zone)):
        return None
    named, fixed = parse_mapping(column, value)
    layout = line_layout(delimiter, columns)
    return FieldMapping(
        named=named, fixed=fixed, layout=layout, times=times(time_format, time_zone or "UTC")
    )
