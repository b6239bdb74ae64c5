"""What a person has chosen on the page. Pure.

The page's address holds the choice, so that a reload, a bookmark and a colleague show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Final, Literal, Self, cast
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from job.fields import MEASURES, Field

SPANS: Final[Mapping[str, int]] = {"5 min": 5 * 60_000, "15 min": 15 * 60_000, "1 h": 3_600_000}
"""Time ranges of the chart, in milliseconds of event time."""

DEFAULT_SPAN: Final = "15 min"

TICKER, CHANGE = "ticker", "change"
COLUMNS: Final = (TICKER, MEASURES[0].name, CHANGE, *(field.name for field in MEASURES[1:]))
"""The columns of the table of latest results, in order. It can be sorted by each."""

Axis = Literal["price", "percent"]
SEPARATOR: Final = "\t"
"""No ticker contains a control character, so this separates tickers in the address."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One person's choice."""

    drawn: tuple[str, ...] | None = None
    """The tickers to draw. None lets the page choose."""
    pinned: tuple[str, ...] = ()
    """The tickers at the top of the table."""
    search: str = ""
    sort: str = TICKER
    descending: bool = False
    page: int = 0
    measure: Field = MEASURES[0]
    """What the chart draws."""
    axis: Axis = "price"
    span: str = DEFAULT_SPAN
    zone: str = "UTC"
    """A name of the time-zone database."""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Read an address's query. What it can't mean is left out."""
        chosen = cls()
        if query.get("drawn") is not None:
            chosen = replace(chosen, drawn=_tickers(query["drawn"]))
        measures = {field.name: field for field in MEASURES}
        sort, axis, span = query.get("sort", ""), query.get("axis", ""), query.get("span", "")
        return replace(
            chosen,
            pinned=_tickers(query.get("pinned", "")),
            search=query.get("search", ""),
            sort=sort if sort in COLUMNS else TICKER,
            descending=query.get("order") == "descending",
            measure=measures.get(query.get("measure", ""), MEASURES[0]),
            axis=cast("Axis", axis) if axis in {"price", "percent"} else "price",
            span=span if span in SPANS else DEFAULT_SPAN,
            zone=query.get("zone", "UTC") if is_zone(query.get("zone", "")) else "UTC",
        )

    def query(self) -> str:
        """Give the address's query, with `?`. It is empty where nothing was chosen."""
        given = {
            "drawn": None if self.drawn is None else SEPARATOR.join(self.drawn),
            "pinned": SEPARATOR.join(self.pinned) or None,
            "search": self.search or None,
            "sort": None if self.sort == TICKER else self.sort,
            "order": "descending" if self.descending else None,
            "measure": None if self.measure == MEASURES[0] else self.measure.name,
            "axis": None if self.axis == "price" else self.axis,
            "span": None if self.span == DEFAULT_SPAN else self.span,
            "zone": None if self.zone == "UTC" else self.zone,
        }
        found = {name: value for name, value in given.items() if value is not None}
        return f"?{urlencode(found, quote_via=quote)}" if found else ""

    @property
    def percent(self) -> bool:
        """Whether prices are shown as a change in per cent."""
        return self.axis == "percent"

    @property
    def tz(self) -> tzinfo:
        """The time zone of all times on the page."""
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)

    def sorted_by(self, column: str) -> Self:
        """Sort by a column: tickers from A, numbers from the highest. A second time reverses."""
        again = self.sort == column
        down = not self.descending if again else column != TICKER
        return replace(self, sort=column, descending=down, page=0)

    def with_pin(self, ticker: str) -> Self:
        """Pin a ticker, or unpin it."""
        return replace(self, pinned=_toggled(self.pinned, ticker))

    def with_line(self, ticker: str, now: tuple[str, ...], most: int) -> Self:
        """Draw a ticker beside those that are drawn now, or take it away.

        Nothing changes if `most` are drawn already.
        """
        drawn = _toggled(now, ticker)
        return self if len(drawn) > most else replace(self, drawn=drawn)


def title(field: Field) -> str:
    """Give a measure's heading. A new measure may have none yet."""
    return field.title or field.name


def is_zone(name: str) -> bool:
    """Return whether the time-zone database has this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the database, no path, or a folder
        return False
    return True


def _tickers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, text.split(SEPARATOR))))


def _toggled(tickers: tuple[str, ...], ticker: str) -> tuple[str, ...]:
    if ticker in tickers:
        return tuple(each for each in tickers if each != ticker)
    return (*tickers, ticker)
