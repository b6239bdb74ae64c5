"""What becomes of each line of an export: sent, late, refused, sent before, or unclear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from redrive.cure import Cure, Refusal
from redrive.lateness import Watermark, is_late
from redrive.ledger import Ledger
from redrive.rejection import LineError, read_line
from simulator.file.times import write_time

Fate = Literal["send", "sent_before", "unclear", "late", "refused", "left_out"]
FATES: Final[Mapping[Fate, str]] = {
    "send": "to send",
    "sent_before": "sent before (ledger)",
    "unclear": "perhaps sent before",
    "late": "late: count them again from history",
    "refused": "refused: would be dead letters again",
    "left_out": "left out: another reason or key",
}


class Item(NamedTuple):
    """One line of the file, and what becomes of it."""

    line: int
    fate: Fate
    id: str = ""
    reason: str = ""
    """The reason of its dead letter."""
    why: str = ""
    """Why it isn't sent."""
    data: bytes = b""
    """The cured record, with its mark."""
    time: int = 0
    """Time of the trade, in milliseconds since the epoch."""
    key: str = ""
    """Partition key with which it is sent."""


@dataclass(slots=True)
class Plan:
    """All lines of a file, in its order."""

    items: list[Item] = field(default_factory=list[Item])

    def of(self, fate: Fate) -> list[Item]:
        """Give the lines with one fate."""
        return [item for item in self.items if item.fate == fate]

    @property
    def left(self) -> bool:
        """Whether a line is neither sent now nor was sent before."""
        done: tuple[Fate, ...] = ("send", "sent_before", "left_out")
        return any(item.fate not in done for item in self.items)

    def counts(self) -> dict[Fate, Counter[str]]:
        """Give the number of lines by fate and by the reason of their dead letter."""
        found: dict[Fate, Counter[str]] = {fate: Counter() for fate in FATES}
        for item in self.items:
            found[item.fate][item.reason or "unreadable"] += 1
        return found


def make_plan(  # noqa: PLR0913 -- everything that decides about a line
    lines: Iterable[str],
    cure: Cure,
    ledger: Ledger,
    watermark: Watermark,
    *,
    now: int,
    reasons: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> Plan:
    """Decide about each line. `now` is in milliseconds since the epoch.

    Lines with other reasons or partition keys are left out. Nothing is sent.
    """
    seen: dict[str, int] = {}
    items: list[Item] = []
    for number, text in enumerate(lines, 1):
        if text.strip():
            item = _decide(number, text, cure, ledger, now=now, reasons=reasons, keys=keys)
            if item.id and (first := seen.setdefault(item.id, number)) != number:
                item = item._replace(fate="refused", why=f"the same record as line {first}")
            items.append(item)
    if not cure.date_now:
        times = {item.time for item in items if item.fate == "send"}
        mark = watermark(times) if times else None
        items = [_late(item, mark) for item in items]
    return Plan(items)


def _decide(  # noqa: PLR0913 -- as above
    number: int,
    text: str,
    cure: Cure,
    ledger: Ledger,
    *,
    now: int,
    reasons: Sequence[str],
    keys: Sequence[str],
) -> Item:
    try:
        rejection = read_line(text)
    except LineError as error:
        return Item(number, "refused", why=str(error))
    item = Item(number, "send", rejection.id, rejection.reason)
    if (reasons and rejection.reason not in reasons) or (
        keys and rejection.partition_key not in keys
    ):
        return item._replace(fate="left_out")
    if place := ledger.sent.get(item.id):
        return item._replace(fate="sent_before", why=f"sent before: {place}")
    if at := ledger.unclear.get(item.id):
        return item._replace(
            fate="unclear",
            why=f"put at {write_time(at)} without an answer; run this again a minute after that",
        )
    cured = cure.apply(rejection, number, now)
    if isinstance(cured, Refusal):
        return item._replace(fate="refused", why=f"{cured.reason}: {cured.detail}")
    key = rejection.partition_key or rejection.id[:256]
    return item._replace(data=cured.data, time=cured.time, key=key)


def _late(item: Item, watermark: int | None) -> Item:
    if item.fate != "send" or not is_late(item.time, watermark):
        return item
    reached = write_time(watermark or 0)
    why = f"its time {write_time(item.time)} is not after the stream's event time {reached}"
    return item._replace(fate="late", why=why)
