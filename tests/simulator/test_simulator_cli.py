"""The command's options, summary and exit codes, with a stream in memory."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from simulator_fakes import FakeStream
from typer.testing import CliRunner, Result

from cli import app
from simulator.retry import Backoff
from simulator.target import Target
from stack import outputs

RUNNER = CliRunner()
OUTPUTS: dict[str, object] = {
    "region": "us-east-1",
    "account_id": "222222222222",
    "ingest_stream": "stream",
    "results_stream": "results",
    "dead_letter_stream": "dead-letters",
    "application_name": "stocktrading-analytics",
    "aggregation_enabled": False,
}
BACKLOG = ("--start", "2026-01-31T09:30:00Z", "--seed", "1")


def connect(monkeypatch: pytest.MonkeyPatch, stream: FakeStream) -> None:
    """Replace every client by a stream in memory."""

    def client(_self: Target, _connections: int, _role_arn: str | None) -> FakeStream:
        return stream

    monkeypatch.setattr(Target, "client", client)


def at_once(_self: Backoff, _failed: int) -> float:
    """Make the wait between attempts 0."""
    return 0


def run(
    monkeypatch: pytest.MonkeyPatch,
    stream: FakeStream,
    *options: str,
    outputs: Mapping[str, object] | None = None,
) -> Result:
    """Run `simulate` with the outputs on standard input."""
    connect(monkeypatch, stream)
    given = json.dumps(outputs or OUTPUTS)
    return RUNNER.invoke(app, ["simulate", "--outputs", "-", *options], input=given)


def test_json_output_is_one_object_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog of ten minutes is sent. The object has all counts."""
    stream = FakeStream()
    result = run(monkeypatch, stream, *BACKLOG, "--rate", "10", "--duration", "600", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["stream"] == "stream"
    assert (summary["sent"], summary["accepted"], summary["failed"]) == (6_000, 6_000, 0)
    assert len(stream.payloads) == 6_000
    assert {
        "retried",
        "throttled",
        "records",
        "requests",
        "seconds",
        "rate",
        "errors",
        "faults",
    } < (summary.keys())


def test_the_same_command_line_puts_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with a seed and a start can be repeated, including its faults and keys."""
    options = (*BACKLOG, "--count", "2000", "--bad-share", "0.1", "--jitter", "1", "--workers", "1")
    one, again = FakeStream(), FakeStream()
    for stream in (one, again):
        assert run(monkeypatch, stream, *options).exit_code == 0
    assert one.accepted == again.accepted


def test_without_json_the_output_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has the counts by name, and the number of deliberate faults."""
    result = run(monkeypatch, FakeStream(), *BACKLOG, "--count", "1000", "--late-share", "1")
    assert result.exit_code == 0
    lines = [line.strip("│ ").split("│") for line in result.stdout.splitlines() if "│" in line]
    rows = {cells[0].strip(): cells[1].strip() for cells in lines}
    assert (rows["sent"], rows["accepted"], rows["failed"]) == ("1,000", "1,000", "0")
    assert rows["wrong on purpose: late"] == "1,000"


@pytest.mark.parametrize(
    ("enabled", "options", "packed"),
    [
        (True, (), True),
        (False, (), False),
        (True, ("--no-pack",), False),
        (False, ("--pack",), True),
        (True, ("--partition", "ticker"), True),
    ],
)
def test_the_stacks_outputs_decide_whether_to_pack_unless_an_option_does(
    monkeypatch: pytest.MonkeyPatch,
    enabled: bool,  # noqa: FBT001 -- a case's own value
    options: tuple[str, ...],
    packed: bool,  # noqa: FBT001
) -> None:
    """`aggregation_enabled` turns packing on. The option --pack or --no-pack overrides it."""
    stream = FakeStream()
    outputs = OUTPUTS | {"aggregation_enabled": enabled}
    result = run(monkeypatch, stream, *BACKLOG, "--count", "500", *options, outputs=outputs)
    assert result.exit_code == 0
    assert len(stream.payloads) == 500
    assert (len(stream.accepted) < 100) is packed
    keys = {entry["PartitionKey"] for entry in stream.accepted}
    assert (keys == {"AMZN", "GOOG", "AZRE", "ORCL", "BABA"}) is ("ticker" in options)


def test_trades_that_are_not_accepted_are_counted_and_the_exit_code_is_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All trades are refused at each attempt. Standard error has their number."""
    monkeypatch.setattr(Backoff, "wait", at_once)
    stream = FakeStream(
        lambda _number, entries: dict.fromkeys(range(len(entries)), "InternalFailure")
    )
    result = run(monkeypatch, stream, *BACKLOG, "--count", "3", "--json")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "simulate: 3 of 3 trades not accepted"
    summary = json.loads(result.stdout)
    assert (summary["failed"], summary["errors"]) == (3, {"InternalFailure": 30})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--ticker", "A", "--tickers", "3"), "--tickers: given both this and --ticker; "),
        (("--ticker", "A" * 33), f"ticker: given '{'A' * 33}'; allowed: 1 to 32 characters"),
        (("--start", "today"), "--start: given 'today'; allowed: an ISO 8601 time such as "),
        (
            ("--start", "2026-01-31T09:30:00Z", "--rate", "0"),
            "--rate: given 0 with --start; allowed: above 0",
        ),
        (
            ("--start", "9998-01-01", "--count", "1"),
            "--start: given '9998-01-01', so that the last trade would be in the future; allowed: ",
        ),
        (("--bad-share", "0.6", "--late-share", "0.6"), "bad_share + late_share: given 1.2; "),
        (("--local",), "stream: given --outputs and --local; allowed: one of them"),
    ],
)
def test_a_wrong_option_gives_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    """Nothing is sent after a usage error."""
    stream = FakeStream()
    result = run(monkeypatch, stream, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"simulate: {message}")
    assert result.stderr.count("\n") == 1
    assert stream.requests == []


def test_without_a_stream_the_message_lists_the_choices(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The default is the project's local cloud. There is none."""
    missing = tmp_path / "sandbox.json"
    monkeypatch.setattr(outputs, "LOCAL_OUTPUTS", missing)
    result = RUNNER.invoke(app, ["simulate"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"simulate: no local cloud is up: {missing} is missing; start one with `make demo` or "
        "`stocktrading local up`, or name a stack with --stack NAME or --outputs FILE\n"
    )


def test_a_running_local_cloud_is_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its outputs are found without an option."""
    monkeypatch.setattr(outputs, "LOCAL_OUTPUTS", tmp_path / "sandbox.json")
    (tmp_path / "sandbox.json").write_text(json.dumps(OUTPUTS), "utf-8")
    stream = FakeStream()
    connect(monkeypatch, stream)
    result = RUNNER.invoke(app, ["simulate", *BACKLOG, "--count", "10"])
    assert result.exit_code == 0
    assert len(stream.payloads) == 10
