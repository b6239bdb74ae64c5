"""Deliberate faults: records that the job must reject, at least one for each of its reasons."""

import json
import random
from dataclasses import dataclass
from itertools import cycle
from typing import Final, NamedTuple

from simulator.errors import OptionError

FAR_FUTURE: Final = "2099-12-31T23:59:59Z"
"""A time later than any arrival plus the largest `MaxFutureSeconds`, which is a day."""


class Bad(NamedTuple):
    r"""A template of a record, and the reason why the job rejects it.

    `{time}`, `{ticker}` and `{price}` stand for the JSON of a good trade's values. `\udcXX` stands
    for a byte that is not UTF-8.
    """

    reason: str
    template: str

    def render(self, time: str, ticker: str, price: str, more: str = "") -> bytes:
        """Fill in the values of a trade. `more` is the JSON of its further numbers."""
        text = self.template.replace(',"TICKER"', f'{more},"TICKER"', 1)
        for name, value in (("{time}", time), ("{ticker}", ticker), ("{price}", price)):
            text = text.replace(name, value)
        return text.encode("utf-8", "surrogateescape")


_TICKER_TOO_LONG: Final = json.dumps("A" * 33)

BAD: Final = (
    # The first records have one reason each, so that a few bad records contain all reasons.
    Bad("not_json", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":'),
    Bad("missing_field", '{"EVENT_TIME":{time},"TICKER":{ticker}}'),
    Bad("wrong_type", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":"{price}"}'),
    Bad("bad_event_time", '{"EVENT_TIME":"yesterday","TICKER":{ticker},"PRICE":{price}}'),
    Bad("bad_ticker", '{"EVENT_TIME":{time},"TICKER":"","PRICE":{price}}'),
    Bad("bad_price", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":0}'),
    Bad("future", f'{{"EVENT_TIME":"{FAR_FUTURE}","TICKER":{{ticker}},"PRICE":{{price}}}}'),
    # The rest are edge cases of each reason.
    Bad("not_json", "\udcff\udcfe{ticker}"),
    Bad("not_json", '\ufeff{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":{price}}'),
    Bad("not_json", "[{time},{ticker},{price}]"),
    Bad("not_json", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":{price}} and more'),
    Bad("not_json", ""),
    Bad("missing_field", '{"TICKER":{ticker},"PRICE":{price}}'),
    Bad("missing_field", '{"EVENT_TIME":{time},"ticker":{ticker},"PRICE":{price}}'),
    Bad("wrong_type", '{"EVENT_TIME":1769851800000,"TICKER":{ticker},"PRICE":{price}}'),
    Bad("wrong_type", '{"EVENT_TIME":{time},"TICKER":null,"PRICE":{price}}'),
    Bad("wrong_type", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":true}'),
    Bad(
        "bad_event_time", '{"EVENT_TIME":"2026-02-30T09:30:00Z","TICKER":{ticker},"PRICE":{price}}'
    ),
    Bad(
        "bad_event_time", '{"EVENT_TIME":"2026-01-31T24:00:00Z","TICKER":{ticker},"PRICE":{price}}'
    ),
    Bad("bad_event_time", '{"EVENT_TIME":"31/01/2026 09:30","TICKER":{ticker},"PRICE":{price}}'),
    Bad("bad_ticker", f'{{"EVENT_TIME":{{time}},"TICKER":{_TICKER_TOO_LONG},"PRICE":{{price}}}}'),
    Bad("bad_ticker", '{"EVENT_TIME":{time},"TICKER":"\\ud800","PRICE":{price}}'),
    Bad("bad_ticker", '{"EVENT_TIME":{time},"TICKER":"AMZN\\nGOOG","PRICE":{price}}'),
    Bad("bad_ticker", '{"EVENT_TIME":{time},"TICKER":"AMZN ","PRICE":{price}}'),
    Bad("bad_price", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":-{price}}'),
    Bad("bad_price", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":1e999}'),
    Bad("bad_price", '{"EVENT_TIME":{time},"TICKER":{ticker},"PRICE":NaN}'),
)
"""Records for every reason except `late`, which depends on the order of the records."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Shares and sizes of the deliberate faults. By default there are none.

    Raises OptionError if a share is outside 0 to 1 or a time is negative.
    """

    bad_share: float = 0
    """Share of records that the job can't accept. They are taken from `BAD` in turn."""
    late_share: float = 0
    """Share of trades dated back by `late_by` seconds."""
    late_by: float = 600
    """Seconds. Trades are late only if this is above the job's watermark delay plus `jitter`."""
    jitter: float = 0
    """Maximum seconds by which every trade is dated back at random. The trades are then out of
    order. They are not late while this plus `SPAN_MS` is below the job's watermark delay."""

    def __post_init__(self) -> None:
        """Check each range."""
        for name in ("bad_share", "late_share"):
            share: float = getattr(self, name)
            if not 0 <= share <= 1:
                raise OptionError(name, share, "0 to 1")
        if self.bad_share + self.late_share > 1:
            total = self.bad_share + self.late_share
            raise OptionError(
                option="bad_share + late_share", given=total, allowed="0 to 1 together"
            )
        for name in ("late_by", "jitter"):
            seconds: float = getattr(self, name)
            if not 0 <= seconds < float("inf"):
                raise OptionError(name, seconds, "0 seconds or more")

    def __bool__(self) -> bool:
        """Tell whether there are any faults."""
        return bool(self.bad_share or self.late_share or self.jitter)


class Injector:
    """Draws the faults with its own random numbers, so that the trades stay the same."""

    def __init__(self, faults: Faults, seed: str) -> None:
        """Begin a sequence of faults. The same seed gives the same sequence."""
        self._faults = faults
        self._random = random.Random(seed).random  # noqa: S311 -- repeatable, not secret
        self._bad = cycle(BAD)
        self._jitter_ms = int(faults.jitter * 1000)
        self._late_ms = int(faults.late_by * 1000)

    def draw(self) -> tuple[Bad | None, int, str | None]:
        """Give the next record's fault: a template or None, milliseconds to date back, reason."""
        chance = self._random()
        if chance < self._faults.bad_share:
            bad = next(self._bad)
            return bad, 0, bad.reason
        if chance < self._faults.bad_share + self._faults.late_share:
            return None, self._late_ms, "late"
        return None, int(self._random() * (self._jitter_ms + 1)), None
