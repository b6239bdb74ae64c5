"""The lines of an export, the mark, and the fix of one record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_strategies import RECORDS

from oracle.verdict import Rules, Trade, judge
from redrive.cure import Cure, Cured, Refusal, mapping
from redrive.listing import group, groups_table
from redrive.mark import add_mark, mark_of
from redrive.rejection import LineError, Rejection, of_record, read_line
from simulator.errors import OptionError
from stack.reader import StreamRecord
from terminal.answer import as_line
from terminal.console import stdout

RULES = Rules()
NOW = 1_769_850_000_000
"""2026-01-31T09:00:00Z."""

ORIGIN = "shardId-000000000000/1/0123456789abcdef"
TRADE = b'{"EVENT_TIME":"2026-01-31T09:00:00Z","TICKER":"AMZN","PRICE":5.50}'


def rejection(payload: bytes, /, **more: object) -> Rejection:
    """Make the rejection of a payload."""
    record = StreamRecord("shardId-000000000000", "17", 0, NOW, payload, "desk")
    line = {**of_record(record, "wrong_type").as_json(), **more}
    return read_line(json.dumps(line))


def fix(cure: Cure, payload: bytes) -> Cured | Refusal:
    """Fix one payload."""
    return cure.apply(rejection(payload), 3, NOW)


def mapped(*column: str, value: tuple[str, ...] = (), **more: str | None) -> Cure:
    """Make a cure with a mapping."""
    given: dict[str, str | None] = {
        "columns": None,
        "delimiter": None,
        "time_format": None,
        "time_zone": None,
    }
    return Cure(rules=RULES, mapping=mapping(column, value, **{**given, **more}))


@given(st.binary(max_size=300), st.text(min_size=1, max_size=20))
def test_every_byte_of_a_payload_survives_an_export(payload: bytes, key: str) -> None:
    """Also bytes that aren't UTF-8, and control characters. The line has only printable ASCII."""
    record = StreamRecord("shardId-000000000000", "17", 0, NOW, payload, key)
    made = of_record(record, "not_json", copy=2)
    line = made.line()
    assert line.isascii()
    assert line.isprintable()
    assert read_line(line) == made


def test_a_payload_may_be_an_object() -> None:
    """A tool such as jq then changes single fields."""
    made = rejection(b"x", payload={"TICKER": "é", "PRICE": 1.5})
    assert json.loads(made.payload) == {"TICKER": "é", "PRICE": 1.5}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"records": 7}', "a letter for 7 records; export it first"),
        ('{"payload": 5}', "payload: expected a text or an object"),
        ('{"payload": "a", "payload_encoding": "base64"}', "payload: not base64"),
        ('{"payload": "\\ud800"}', "payload: not utf-8"),
        ('{"payload": "a"}', "shard: given nothing; expected a text"),
        ('{"payload": "a", "shard": "s", "sequence_number": 1}', "sequence_number: given 1"),
        (json.dumps({**rejection(b"a").as_json(), "id": "other"}), "id: given 'other'"),
        (json.dumps({**rejection(b"a").as_json(), "reason": "x"}), "reason: given 'x'; allowed: "),
    ],
)
def test_a_line_that_is_none_is_told(line: str, told: str) -> None:
    """The text says what was given and what is expected."""
    with pytest.raises(LineError) as error:
        read_line(line)
    assert told in str(error.value)


@given(RECORDS)
def test_the_mark_changes_no_verdict_and_no_other_byte(data: bytes) -> None:
    """The job ignores the field. All trades that the fuzz of the decoder makes are tried."""
    verdict = judge(data, NOW, RULES)
    if isinstance(verdict, Trade):
        marked = add_mark(data, ORIGIN)
        assert judge(marked, NOW, RULES) == verdict
        assert mark_of(marked) == ORIGIN
        body = data.rstrip(b" \t\r\n")
        assert marked.startswith(body[:-1]) or mark_of(data) is not None


def test_a_mark_is_replaced_by_the_mark_of_this_time() -> None:
    """It does not grow. A text with the field's name is no mark."""
    other = ORIGIN.replace("/1/", "/2/")
    marked = add_mark(add_mark(TRADE, ORIGIN), other)
    assert mark_of(marked) == other
    assert marked.count(b"resent_from") == 1
    assert mark_of(TRADE[:-1] + b',"note":"resent_from"}') is None
    assert mark_of(b'["resent_from"]') is None
    assert mark_of(b'{"resent_from": ') is None


def test_an_edited_payload_is_sent_byte_by_byte() -> None:
    """Only the mark is added."""
    made = rejection(TRADE + b"\n")
    expected = TRADE[:-1] + f',"resent_from":"{made.id}"}}'.encode()
    assert Cure(rules=RULES).apply(made, 1, NOW) == Cured(expected, NOW)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "not_json"),
        (TRADE.replace(b"5.50", b"0"), "bad_price"),
        (TRADE.replace(b"09:00:00Z", b"09:01:01Z"), "future"),
        (add_mark(TRADE, ORIGIN), "sent_before"),
        (TRADE[:-1] + b',"x":"' + b"a" * 1_048_600 + b'"}', "too_large"),
    ],
)
def test_what_would_be_rejected_again_is_refused(payload: bytes, reason: str) -> None:
    """The reason is the job's, or why the record can't or should not be sent."""
    refused = fix(Cure(rules=RULES), payload)
    assert isinstance(refused, Refusal)
    assert refused.reason == reason


def test_a_cut_payload_is_never_sent() -> None:
    """Its end is lost, so nobody can tell what it was."""
    made = rejection(TRADE, payload_size=300_000)
    refused = Cure(rules=RULES, again=True).apply(made, 1, NOW)
    assert refused == Refusal("cut", f"the payload is cut: {len(TRADE)} of 300000 bytes")


def test_a_mapping_is_that_of_send() -> None:
    """Columns and values by name, formats of times, zones, and lines of CSV."""
    cured = fix(
        mapped("TICKER=symbol", "PRICE=p", time_format="%d/%m/%Y %H:%M", time_zone="Europe/Berlin"),
        b'{"symbol":"AMZN","p":"5.5","event_time":"31/01/2026 10:00"}',
    )
    assert isinstance(cured, Cured)
    assert json.loads(cured.data) == {
        "EVENT_TIME": "2026-01-31T09:00:00.000Z",
        "TICKER": "AMZN",
        "PRICE": 5.5,
        "resent_from": rejection(b'{"symbol":"AMZN","p":"5.5","event_time":"31/01/2026 10:00"}').id,
    }
    csv = mapped("PRICE=p", value=("TICKER=X",), columns="EVENT_TIME,p", delimiter=";")
    cured = fix(csv, b"1769850000;7\r\n")
    assert isinstance(cured, Cured)
    assert judge(cured.data, NOW, RULES) == Trade("X", NOW, 7.0)
    assert fix(csv, b"1769850000;7;8") == Refusal("unreadable", "3 values, but there are 2 columns")
    assert isinstance(fix(csv, b'1769850000;"7'), Refusal)
    assert isinstance(fix(csv, b"1769850000;7\n1769850001;8"), Refusal)
    missing = fix(mapped("PRICE=cost"), TRADE)
    assert missing == Refusal("missing_field", "PRICE (column cost): no value")


def test_a_mapping_is_checked_before_anything_is_read() -> None:
    """The error names the option."""
    with pytest.raises(OptionError, match="--column: given 'PRICES=p'"):
        mapped("PRICES=p")
    with pytest.raises(OptionError, match="--delimiter: given without --columns"):
        mapped("PRICE=p", delimiter=";")


def test_trades_can_be_dated_now() -> None:
    """With and without a mapping, also if their own time is bad or absent."""
    for cure, payload in (
        (Cure(rules=RULES, date_now=True), TRADE.replace(b"2026-01-31T09", b"yesterday")),
        (Cure(rules=RULES, date_now=True), b'{"TICKER":"AMZN","PRICE":5.5}'),
        (
            Cure(rules=RULES, date_now=True, mapping=mapped("PRICE=p").mapping),
            b'{"TICKER":"AMZN","p":"5.5"}',
        ),
    ):
        cured = fix(cure, payload)
        assert isinstance(cured, Cured)
        assert judge(cured.data, NOW, RULES) == Trade("AMZN", NOW, 5.5)


def test_del_is_an_escape_in_json() -> None:
    """JSON leaves it as it is, and a terminal may act on it."""
    assert json.loads(as_line("a\x7f\x9b")) == "a\x7f\x9b"
    assert as_line("\x7f") == '"\\u007f"'


def test_the_counts_can_be_read_on_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long example is cut. It takes no width from the reason, the key and the number."""
    payload = b'{"EVENT_TIME":"2026-01-31T09:30:00.000Z","TICKER":"AMZN","PRICE":"much"}' * 2
    rejected = rejection(payload)
    by = ("reason", "key")
    monkeypatch.setenv("COLUMNS", "80")
    stdout().print(groups_table(group([rejected] * 1234, by), by))
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "wrong_type" in line]
    assert [cell.strip() for cell in row.split("│")][1:4] == ["wrong_type", "desk", "1,234"]
    assert "…" in row
