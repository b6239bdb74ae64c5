"""`stocktrading send`: its check, warnings, summary and exit codes, with a stream in memory."""

import json
from pathlib import Path
from typing import Any

import pytest
from simulator_fakes import FakeStream
from test_simulator_cli import OUTPUTS, RUNNER, at_once, connect
from typer.testing import Result

from cli import app
from simulator.retry import Backoff

HEADER = "time,symbol,price\n"
GOOD = "2026-01-31T09:30:00Z,AMZN,214.5\n2026-01-31T09:30:01Z,GOOG,101.25\n"
BAD = "2026-01-31T09:30:01Z,GOOG,-1\nyesterday,GOOG,1\n"
NAMED = ("--column", "TICKER=symbol", "--column", "EVENT_TIME=time")


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeStream:
    """Work in an empty directory with a stream in memory."""
    monkeypatch.chdir(tmp_path)
    stream = FakeStream()
    connect(monkeypatch, stream)
    return stream


def run(text: str, *options: str, name: str = "t.csv") -> Result:
    """Send a file. The outputs are on standard input."""
    Path(name).write_text(text, "utf-8")
    arguments = ["send", name, "--outputs", "-", *options]
    return RUNNER.invoke(app, arguments, input=json.dumps(OUTPUTS))


def rows(table: str) -> dict[str, str]:
    """Give the summary's values by their names."""
    lines = [line.strip("│ ").split("│") for line in table.splitlines() if "│" in line]
    return {cells[0].strip(): cells[1].strip() for cells in lines}


def payloads(stream: FakeStream) -> list[dict[str, Any]]:
    """Give the trades of the stream, in the order of their times."""
    found = [json.loads(data) for data in stream.payloads]
    return sorted(found, key=lambda trade: trade["EVENT_TIME"])


def test_what_is_sent_is_what_the_file_has(stream: FakeStream) -> None:
    """The summary has the rows of the file and the counts of the stream."""
    result = run(HEADER + GOOD, *NAMED, "--rate", "0")
    assert result.exit_code == 0, result.output
    assert payloads(stream) == [
        {"EVENT_TIME": "2026-01-31T09:30:00.000Z", "TICKER": "AMZN", "PRICE": 214.5},
        {"EVENT_TIME": "2026-01-31T09:30:01.000Z", "TICKER": "GOOG", "PRICE": 101.25},
    ]
    shown = rows(result.stdout)
    assert (shown["rows in the file"], shown["trades in the file"]) == ("2", "2")
    assert (shown["sent"], shown["accepted"], shown["failed"]) == ("2", "2", "0")


def test_by_default_a_bad_row_stops_everything(stream: FakeStream) -> None:
    """Each bad row is told by its line with the reason, before anything is sent."""
    result = run(HEADER + GOOD + BAD, *NAMED, "--rate", "0")
    assert result.exit_code == 1
    assert stream.requests == []
    assert "t.csv:4: bad_price: not a valid price: " in result.stderr
    assert "t.csv:5: bad_event_time: EVENT_TIME (column time): given 'yesterday'" in result.stderr
    assert result.stderr.splitlines()[-1] == (
        "send: t.csv: nothing was sent, because of 2 bad rows: mend them, or send the other rows "
        "with --bad-rows report"
    )


def test_with_report_the_good_rows_are_sent_and_the_bad_are_counted(stream: FakeStream) -> None:
    """The summary has their number by reason, also for those that aren't printed."""
    options = (*NAMED, "--rate", "0", "--bad-rows", "report", "--show-bad", "1")
    result = run(HEADER + BAD + GOOD + BAD, *options)
    assert result.exit_code == 0
    assert len(stream.payloads) == 2
    shown = rows(result.stdout)
    assert (shown["rows in the file"], shown["trades in the file"]) == ("6", "2")
    assert (shown["bad row: bad_price"], shown["bad row: bad_event_time"]) == ("2", "2")
    assert result.stderr.count("t.csv:2: ") == 1
    assert "t.csv:3: " not in result.stderr
    assert "t.csv: 3 more bad rows; --show-bad shows more of them" in result.stderr


def test_a_dry_run_checks_everything_and_sends_nothing(
    stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs no stack."""
    monkeypatch.setattr("simulator.run.target", None)
    Path("t.csv").write_text(HEADER + GOOD, "utf-8")
    result = RUNNER.invoke(app, ["send", "t.csv", *NAMED, "--dry-run"])
    assert result.exit_code == 0, result.output
    assert rows(result.stdout) == {"rows in the file": "2", "trades in the file": "2"}
    assert stream.requests == []
    Path("t.csv").write_text(HEADER + GOOD + BAD, "utf-8")
    result = RUNNER.invoke(app, ["send", "t.csv", *NAMED, "--dry-run", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["file"]["bad"] == {"bad_price": 1, "bad_event_time": 1}


def test_the_json_summary_has_the_check_and_the_counts(stream: FakeStream) -> None:
    """One object on standard output."""
    result = run(HEADER + GOOD, *NAMED, "--speed", "100", "--json")
    summary = json.loads(result.stdout)
    assert (summary["stream"], summary["sent"], summary["accepted"]) == ("stream", 2, 2)
    assert summary["file"] == {
        "rows": 2,
        "good": 2,
        "bad": {},
        "first": "2026-01-31T09:30:00.000Z",
        "last": "2026-01-31T09:30:01.000Z",
        "old": 2,
        "disordered": 0,
        "seconds": 0.01,
    }
    assert len(stream.payloads) == 2


def test_old_trades_are_warned_of_and_shifted_trades_are_not(stream: FakeStream) -> None:
    """The warning says what to do. Shifted trades are dated now, with their own gaps."""
    result = run(HEADER + GOOD, *NAMED, "--rate", "0")
    assert "warning: 2 of 2 trades are dated more than 5 s before they are sent." in result.stderr
    assert "add --shift-to-now" in result.stderr
    before = len(stream.payloads)
    result = run(HEADER + GOOD, *NAMED, "--shift-to-now", "--speed", "10")
    assert "warning" not in result.stderr
    times = [trade["EVENT_TIME"] for trade in payloads(stream)][before:]
    assert all(time > "2026-02" for time in times)


def test_disorder_is_warned_of_and_sorting_removes_it(stream: FakeStream) -> None:
    """A trade more than 5 s behind another would be late even on an empty stream."""
    data = HEADER + "".join(f"2026-01-31T09:30:{second}Z,AMZN,1\n" for second in (10, 20, 16, 14))
    options = (*NAMED, "--rate", "0", "--workers", "1")
    result = run(data, *options)
    assert "warning: 1 of 4 trades are more than 5 s older than a trade above them" in result.stderr
    assert "Add --sort" in result.stderr
    stream.accepted.clear()
    result = run(data, *options, "--sort")
    assert "above them" not in result.stderr
    assert [json.loads(data)["EVENT_TIME"][17:19] for data in stream.payloads] == [
        "10",
        "14",
        "16",
        "20",
    ]


def test_trades_that_are_not_accepted_give_exit_code_1(
    stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line has their number."""
    monkeypatch.setattr(Backoff, "wait", at_once)
    refusing = FakeStream(lambda _n, entries: dict.fromkeys(range(len(entries)), "InternalFailure"))
    connect(monkeypatch, refusing)
    result = run(HEADER + GOOD, *NAMED, "--rate", "0")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "send: 2 of 2 trades not accepted"
    assert stream.requests == []


def test_a_file_that_changes_between_check_and_sending_is_told(
    stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of trades differ, so the exit code is 1."""
    from simulator.file import start  # noqa: PLC0415 -- what is replaced

    examine = start.examine

    def and_change(*given: Any) -> object:  # noqa: ANN401 -- passed on as given
        found = examine(*given)
        with Path("t.csv").open("a", encoding="utf-8") as file:
            file.write(GOOD)
        return found

    monkeypatch.setattr(start, "examine", and_change)
    result = run(HEADER + GOOD, *NAMED, "--rate", "0")
    assert result.exit_code == 1
    assert len(stream.payloads) == 4
    last = result.stderr.splitlines()[-1]
    assert last == "send: t.csv changed while it was sent; 4 of 2 trades were sent"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--rate", "1", "--speed", "2"), 2, "--rate: given both this and --speed; allowed: one"),
        (("--speed", "0"), 2, "--speed: given 0.0; allowed: above 0"),
        (("--time-zone", "Mars"), 2, "--time-zone: given 'Mars'; allowed: a name such as "),
        (("--time-zone", "../x"), 2, "--time-zone: given '../x'; allowed: a name such as "),
        (("--time-format", "unix"), 2, "--time-format: given 'unix'; allowed: iso, seconds, "),
        (("--columns", "a,b"), 1, "t.csv: no column symbol for TICKER; the columns are 'a', 'b'"),
    ],
)
def test_a_wrong_option_gives_one_line(
    stream: FakeStream, options: tuple[str, ...], code: int, message: str
) -> None:
    """Nothing is read or sent after it."""
    result = run(HEADER + GOOD, *NAMED, *options)
    assert result.exit_code == code
    assert result.stderr.startswith(f"send: {message}")
    assert result.stderr.count("\n") == 1
    assert stream.requests == []


def test_a_file_without_trades_is_an_error(stream: FakeStream) -> None:
    """An empty file is probably the wrong file."""
    result = run(HEADER, *NAMED, "--rate", "0")
    assert result.exit_code == 1
    last = "send: t.csv: nothing was sent, because there are no trades"
    assert result.stderr.splitlines()[-1] == last
    assert stream.requests == []


def test_a_values_control_characters_are_shown_as_text(stream: FakeStream) -> None:
    """A file can't write to the terminal."""
    result = run(HEADER + "2026-01-31T09:30:00Z,A\x1b[2J,1\n", *NAMED)
    assert "\x1b" not in result.stderr
    assert "bad_ticker" in result.stderr
    assert stream.requests == []
