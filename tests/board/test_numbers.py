"""The text of prices, counts and rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.numbers import change, exact, measure, price, rate, size
from job.fields import Kind


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "\N{EN DASH}"), (0, "0"), (0.17, "0.2"), (103.4, "103"), (12_345.6, "12,346")],
)
def test_a_small_rate_has_a_digit_and_a_large_one_has_separated_thousands(
    value: float | None, text: str
) -> None:
    """A rate is in events for each second."""
    assert rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0, "0.00"),
        (71.25, "71.25"),
        (1234.5, "1,234.50"),
        (999_999.99, "999,999.99"),
        (0.5, "0.50"),
        (1.2345, "1.234"),
        (0.0031, "0.0031"),
        (0.004, "0.004"),
        (0.00412345, "0.004123"),
        (1.868e-7, "1.868e-7"),
        (1e9, "1.0000 B"),
        (1_234_567, "1.2346 M"),
        (996_077_611_023.75, "996.08 B"),
        (1e15, "1e+15"),
        (-0.0042, "-0.0042"),
    ],
)
def test_a_price_has_its_significant_digits_in_little_space(value: float | None, text: str) -> None:
    """A small price isn't shown as zero. A large one doesn't widen the page."""
    assert price(value) == text


@given(st.floats(1e-300, 1e300))
def test_no_price_is_wide_or_loses_its_size(value: float) -> None:
    """The text is at most eleven characters, and within a thousandth of the value."""
    text = price(value)
    assert len(text) <= 11
    digits, _, unit = text.replace(",", "").partition(" ")
    scale = {"": 1.0, "M": 1e6, "B": 1e9, "T": 1e12}[unit]
    assert float(digits) * scale == pytest.approx(value, rel=1e-3)


def test_all_digits_of_a_shortened_value_are_known() -> None:
    """A person who points at a value sees them."""
    assert exact(996_077_611_023.75) == "996,077,611,023.75"
    assert exact(None) == ""


def test_a_count_is_whole_and_an_unknown_measure_is_a_dash() -> None:
    """A result of an older version of the job may lack a measure."""
    assert measure(Kind.COUNT, 12_345) == "12,345"
    assert measure(Kind.NUMBER, 0.0031) == "0.0031"
    assert measure(Kind.COUNT, None) == measure(Kind.NUMBER, None) == "\N{EN DASH}"


def test_a_change_has_a_direction_and_is_flat_only_without_a_change() -> None:
    """The direction can be read without colour."""
    assert change(0.42, 70, percent=False) == ("▲ 0.42", "up")
    assert change(-1.5, 70, percent=False) == ("▼ 1.50", "down")
    assert change(0.0001, 0.0042, percent=False) == ("▲ 0.0001", "up")
    assert change(0.0, 70, percent=False) == ("= 0.00", "flat")
    assert change(0.3 - 0.1 - 0.2, 0.1, percent=False) == ("= 0.00", "flat")
    assert change(None, None, percent=True) == ("\N{EN DASH}", "flat")


def test_a_change_in_percent_is_relative_to_the_previous_window() -> None:
    """So prices of 40 and of 260 can be compared."""
    assert change(0.4, 40, percent=True) == ("▲ 1.00 %", "up")
    assert change(-2.6, 260, percent=True) == ("▼ 1.00 %", "down")
    assert change(0.001, 260, percent=True) == ("= 0.00 %", "flat")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (7_200_000, "7.2 MB")]
)
def test_sizes_are_in_decimal_units(count: int, text: str) -> None:
    """A kilobyte is 1,000 bytes."""
    assert size(count) == text
