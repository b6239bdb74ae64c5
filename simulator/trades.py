"""Synthetic trades: the same seed gives the same tickers, prices and partition keys."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from job.fields import MORE_NUMBERS
from simulator.errors import OptionError
from simulator.faults import Faults, Injector

TICKERS: Final = ("AMZN", "GOOG", "AZRE", "ORCL", "BABA")

TICKER_LENGTH_MAX: Final = 32
"""Maximum length of a ticker that the job accepts, in characters."""

TICKERS_MAX: Final = 1_000_000
"""Maximum number of synthetic tickers. The job's state grows with them."""

UNIFORM_CENTS: Final = 10_000
"""Uniform prices are 0.01 to 100.00, because a trade with the price 0.00 is not valid."""

START_CENTS: Final = (2_000, 30_000)
"""A random walk starts between these prices, in cents."""

STEP_CENTS: Final = 25
"""Largest step of a random walk up or down, in cents. The lowest price is 0.01."""

Prices = Literal["walk", "uniform"]
Partition = Literal["spread", "ticker"]


class Record(NamedTuple):
    """A record for the ingest stream."""

    data: bytes
    key: str
    """Partition key."""
    time: int
    """When the source made it, in milliseconds since the epoch. It never decreases during a run,
    even if the trade inside is dated back."""
    reason: str | None = None
    """Why the job should reject it. None for a good trade."""


class Trades:
    """Records with the event times of a clock: one chunk of records for each chunk of times.

    The same seed gives the same tickers, prices and partition keys. With the same times, it gives
    the same bytes. Raises OptionError for a ticker that is not valid.
    """

    def __init__(  # noqa: PLR0913 -- keywords, each with a default
        self,
        clock: Iterable[Sequence[int]],
        *,
        seed: int = 0,
        tickers: Sequence[str] = TICKERS,
        prices: Prices = "walk",
        partition: Partition = "spread",
        faults: Faults | None = None,
    ) -> None:
        """Make the source of one run.

        Args:
            clock: Chunks of event times, milliseconds since the epoch, in ascending order.
            seed: Any whole number.
            tickers: The tickers to trade, with equal probability.
            prices: `walk` is a random walk for each ticker. `uniform` is a random price. All prices
                are above 0 and in whole cents.
            partition: `spread` gives every trade its own key. `ticker` gives it its ticker.
            faults: Deliberate faults.
        """
        self._clock = clock
        self._tickers = tuple(check_tickers(tickers))
        self._names = [json.dumps(ticker, ensure_ascii=False) for ticker in self._tickers]
        draws = random.Random(f"{seed}/trades")  # noqa: S311 -- repeatable, not secret
        self._random = draws.random
        self._walk = [draws.randint(*START_CENTS) for _ in self._tickers]
        self._price = self._step if prices == "walk" else self._uniform
        self._keyed = partition == "ticker"
        self._next_key = draws.getrandbits(60)
        self._injector = Injector(faults, f"{seed}/faults") if faults else None
        # The further numbers have their own draws, so that tickers and prices stay the same.
        self._more_random = random.Random(f"{seed}/more").randint  # noqa: S311 -- as above
        self._second, self._second_text = -1, ""
        self.faults: Counter[str] = Counter()
        """Number of records made so far with a deliberate fault, by reason."""

    def __iter__(self) -> Iterator[list[Record]]:
        """Give a chunk of records for each chunk of times."""
        make = self._disturbed if self._injector else self._trade
        for times in self._clock:
            yield [make(ms) for ms in times]

    def _trade(self, ms: int) -> Record:
        index = int(self._random() * len(self._names))
        cents = self._price(index)
        data = (
            f'{{"EVENT_TIME":"{self._format(ms)}","TICKER":{self._names[index]},'
            f'"PRICE":{cents // 100}.{cents % 100:02d}{self._more() if MORE_NUMBERS else ""}}}'
        )
        return Record(data.encode(), self._key(index), ms)

    def _disturbed(self, ms: int) -> Record:
        assert self._injector is not None  # noqa: S101 -- __iter__ uses this method only with an injector
        bad, back_ms, reason = self._injector.draw()
        if reason:
            self.faults[reason] += 1
        if bad is None:
            return self._trade(ms - back_ms)._replace(time=ms, reason=reason)
        index = int(self._random() * len(self._names))
        cents = self._price(index)
        price = f"{cents // 100}.{cents % 100:02d}"
        data = bad.render(f'"{self._format(ms)}"', self._names[index], price, self._more())
        return Record(data, self._key(index), ms, reason)

    def _key(self, index: int) -> str:
        if self._keyed:
            return self._tickers[index]
        # Kinesis hashes the key, so even consecutive numbers spread evenly over all shards.
        self._next_key += 1
        return f"{self._next_key:x}"

    def _format(self, ms: int) -> str:
        second, rest = divmod(ms, 1000)
        if second != self._second:
            self._second = second
            self._second_text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._second_text}.{rest:03d}Z"

    def _more(self) -> str:
        return "".join(
            f',"{field.name}":{self._more_random(*field.simulated)}' for field in MORE_NUMBERS
        )

    def _step(self, index: int) -> int:
        step = int(self._random() * (2 * STEP_CENTS + 1)) - STEP_CENTS
        self._walk[index] = cents = max(1, self._walk[index] + step)
        return cents

    def _uniform(self, _index: int) -> int:
        return int(self._random() * UNIFORM_CENTS) + 1


def synthetic_tickers(count: int) -> list[str]:
    """Give `T0000001`, `T0000002` and so on. Raises OptionError outside 1 to `TICKERS_MAX`."""
    if not 1 <= count <= TICKERS_MAX:
        raise OptionError(option="tickers", given=count, allowed=f"1 to {TICKERS_MAX}")
    return [f"T{number:07d}" for number in range(1, count + 1)]


def check_tickers(tickers: Sequence[str]) -> Sequence[str]:
    """Return the tickers. Raises OptionError for a ticker that the job would not accept."""
    if not tickers:
        raise OptionError(option="ticker", given="none", allowed="one or more")
    for ticker in tickers:
        well_formed = not any("\ud800" <= character <= "\udfff" for character in ticker)
        if not (1 <= len(ticker) <= TICKER_LENGTH_MAX and well_formed):
            raise OptionError(
                option="ticker", given=repr(ticker), allowed=f"1 to {TICKER_LENGTH_MAX} characters"
            )
    if len(set(tickers)) < len(tickers):
        twice = ", ".join(name for name, times in Counter(tickers).items() if times > 1)
        raise OptionError(option="ticker", given=f"{twice} more than once", allowed="each once")
    return tickers


def to_milliseconds(moment: datetime) -> int:
    """Give milliseconds since the epoch, rounded down. A time without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(milliseconds=1)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
