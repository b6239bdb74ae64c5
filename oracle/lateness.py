"""Which trades of a shard were late, and the lowest and the highest event time the job can have.

A shard's watermark is the time of its newest accepted trade, minus the delay and one millisecond.
If a trade is dated after its arrival, its arrival is used instead. While a shard is idle, the job
may use a watermark above the shard's own. A shard is idle if it was read to its end and has had no
accepted trade since the timeout. Whether a shard was idle depends on the clock and on when it was
read. So a recount can't know which trades were late because of idleness. It does know which trades
can't have been.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from oracle.verdict import Reason, Rules, Trade
from stack.reader import StreamRecord

POLL: Final = 1_000
"""Milliseconds by which a silence can be shorter on the stream than it is for the reader."""

UNREAD: Final = 5_000
"""Milliseconds for which a record can be unread while newer ones of other shards are read. If the
watermark's delay is longer, it is used instead."""


class Suspect(NamedTuple):
    """A trade that can be late only if its shard was idle."""

    record: StreamRecord
    trade: Trade
    woke: int
    """Arrival time up to which its shard may have been idle, in milliseconds."""


@dataclass(slots=True)
class ShardHistory:
    """The trades and dead letters that one shard's records give, in the shard's order."""

    accepted: list[Trade] = field(default_factory=list[Trade])
    letters: list[tuple[StreamRecord, Reason]] = field(
        default_factory=list[tuple[StreamRecord, Reason]]
    )
    suspects: list[Suspect] = field(default_factory=list[Suspect])
    watched: list[Suspect] = field(default_factory=list[Suspect])
    """Accepted trades that the caller wants to try as suspects."""
    first_arrival: int | None = None
    """Arrival of the first record."""
    last_arrival: int | None = None
    """Arrival of the last record."""
    last_accepted: int | None = None
    """Arrival of the last accepted trade."""
    rises: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Arrival and time of each trade that was newer than all trades before it."""

    @property
    def newest(self) -> int | None:
        """Time of the newest accepted trade, or its arrival if that is earlier."""
        return self.rises[-1][1] if self.rises else None

    def newest_by(self, arrival: int) -> int | None:
        """Time of the newest accepted trade that had arrived by `arrival`."""
        place = bisect_right(self.rises, arrival, key=lambda rise: rise[0])
        return self.rises[place - 1][1] if place else None


def follow(
    judged: Iterable[tuple[StreamRecord, Trade | Reason]],
    reported_late: Callable[[StreamRecord], bool],
    rules: Rules,
    watch: Callable[[StreamRecord], bool] = lambda _: False,
) -> ShardHistory:
    """Go through a shard's records in order. `reported_late` is the job's verdict on one.

    `watch` chooses accepted trades that are also kept in `ShardHistory.watched`.
    """
    history, newest = ShardHistory(), None
    silence, delay = rules.idle_timeout_seconds * 1000 - POLL, rules.watermark_delay_seconds * 1000
    woke = 0
    for record, outcome in judged:
        arrival, before = record.arrival, history.last_accepted
        if history.first_arrival is None:
            history.first_arrival = arrival
        history.last_arrival = arrival
        may_be_idle = before is None or arrival - before >= silence
        if isinstance(outcome, str):
            history.letters.append((record, outcome))
        elif newest is not None and outcome.time <= newest - delay - 1:
            history.letters.append((record, "late"))
        elif reported_late(record):
            history.letters.append((record, "late"))
            history.suspects.append(Suspect(record, outcome, arrival if may_be_idle else woke))
        else:
            history.accepted.append(outcome)
            history.last_accepted = arrival
            woke = arrival if may_be_idle else woke
            if watch(record):
                history.watched.append(Suspect(record, outcome, woke))
            reached = min(outcome.time, arrival)
            if newest is None or reached > newest:
                newest = reached
                history.rises.append((arrival, newest))
    return history


def is_explained(suspect: Suspect, others: Iterable[ShardHistory], rules: Rules) -> bool:
    """Tell whether other shards had moved event time past the trade while its shard was idle."""
    seen = suspect.woke + _unread(rules)
    reached = [newest for other in others if (newest := other.newest_by(seen)) is not None]
    return bool(reached) and suspect.trade.time <= _watermark(max(reached), rules)


def least_watermark(histories: Sequence[ShardHistory], rules: Rules) -> int | None:
    """Event time that the job must have reached, in milliseconds. None if there is none.

    It is the lowest watermark of the shards that were not idle when the last record arrived. A
    shard that may have been idle counts as not idle.
    """
    first = [time for history in histories if (time := history.first_arrival) is not None]
    last = [time for history in histories if (time := history.last_arrival) is not None]
    if not first:
        return None
    # A shard without trades has been silent at least since the first record of any shard.
    end = max(last) - rules.idle_timeout_seconds * 1000 - _unread(rules)
    awake = [each.newest for each in histories if (each.last_accepted or min(first)) > end]
    newest = [time for time in awake if time is not None]
    return _watermark(min(newest), rules) if newest and len(newest) == len(awake) else None


def greatest_watermark(histories: Iterable[ShardHistory], rules: Rules) -> int | None:
    """Event time that the job can't have passed, in milliseconds. None if there is none."""
    newest = [history.newest for history in histories if history.newest is not None]
    return _watermark(max(newest), rules) if newest else None


def _unread(rules: Rules) -> int:
    return max(UNREAD, rules.watermark_delay_seconds * 1000)


def _watermark(newest: int, rules: Rules) -> int:
    return newest - rules.watermark_delay_seconds * 1000 - 1
