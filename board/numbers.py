"""The text of prices, counts and rates: as many digits as tell something. Pure."""

from math import floor, log10
from typing import Final

from job.fields import Kind

UNKNOWN: Final = "\N{EN DASH}"
"""Shown in place of an unknown value."""

_SCIENTIFIC_BELOW, _SCIENTIFIC_FROM = 1e-6, 1e15
_UNITS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
_NOISE: Final = 1e-9
"""A relative change below this comes from the arithmetic of doubles."""


def price(value: float | None) -> str:
    """Give a price: to the cent, `0.0031` with four digits if small, `1.2346 B` if large.

    A price from a million on has five digits. Its unit is M (10^6), B (10^9) or T (10^12). An
    unknown price is a dash.
    """
    if value is None:
        return UNKNOWN
    size = abs(value)
    if size >= _SCIENTIFIC_FROM or 0 < size < _SCIENTIFIC_BELOW:
        return f"{value:.4g}".replace("e-0", "e-")
    for unit, name in _UNITS:
        if size >= unit:
            return f"{value / unit:#.5g} {name}"
    decimals = max(2, 3 - floor(log10(size))) if size else 2
    whole, _, part = f"{value:,.{decimals}f}".partition(".")
    return f"{whole}.{part.rstrip('0'):0<2}"


def measure(kind: Kind, value: float | None) -> str:
    """Give a measure of a result: a number as a price, or a count."""
    return f"{value:,}" if kind is Kind.COUNT and value is not None else price(value)


def exact(value: float | None) -> str:
    """Give all digits of a value, for a person who points at a shortened one."""
    return "" if value is None else f"{value:,}"


def change(value: float | None, before: float | None, *, percent: bool) -> tuple[str, str]:
    """Give a change of price since `before`, and whether it is `up`, `down` or `flat`."""
    if value is None or before is None:
        return UNKNOWN, "flat"
    share = 100 * value / before
    text = f"{abs(share):,.2f} %" if percent else price(abs(value))
    if abs(share) < 100 * _NOISE or (percent and f"{abs(share):.2f}" == "0.00"):
        return ("= 0.00 %" if percent else "= 0.00"), "flat"
    return (f"▲ {text}", "up") if value > 0 else (f"▼ {text}", "down")


def rate(value: float | None) -> str:
    """Give a rate: with one decimal if it is small, with separated thousands if it is large."""
    if value is None:
        return UNKNOWN
    if 0 < value < 10:  # noqa: PLR2004 -- one digit
        return f"{value:.1f}"
    return f"{value:,.0f}"


def size(count: int) -> str:
    """Give a number of bytes in decimal units."""
    value, units = float(count), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if value < 1_000 or unit == units[-1]:  # noqa: PLR2004 -- a kilobyte
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1_000
    raise AssertionError
