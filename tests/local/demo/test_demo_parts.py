"""The parts of the demo: its numbers, its output, its signals, and its look into the sink."""

from __future__ import annotations

import gzip
import io
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from common.errors import UserError
from local.demo.outcome import Outcome, measure_behind
from local.demo.view import Moment, Steps, View, by_name, count, describe, draw
from local.live_recount import Arrival, Seen
from local.signals import Stop
from local.simulation import Simulation
from oracle.sink import Delivery
from oracle.windows import Key, Result
from simulator.faults import Faults
from terminal.console import Terminal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

END = 1_769_850_000_000
"""2026-01-31T09:00:00Z in milliseconds."""


def arrive(ticker: str, end: int, behind: float) -> Arrival:
    """Make a result of the window that ends `end` seconds after `END`, with its arrival."""
    result = Result(
        Key(ticker, END + end * 1000, END + (end - 60) * 1000), {"max_price": 101.5, "trades": 1234}
    )
    return Arrival(result, behind, END / 1000 + end + behind)


def console(*, terminal: bool) -> tuple[Terminal, io.StringIO]:
    """Give a console and its output."""
    text = io.StringIO()
    return Terminal(file=text, force_terminal=terminal, width=100), text


GOOD = Outcome(
    trades_sent=100,
    trades_failed=0,
    results=10,
    objects=13,
    undelivered=0,
    dead_letters=3,
    windows_checked=10,
    windows_open=2,
    mismatches=0,
    faults={},
    late_by_idleness=0,
    first_result_seconds=31.5,
    behind_p50_seconds=5.5,
    behind_p99_seconds=6.5,
    job_version="abc",
    job_restarts=0,
)


def test_an_outcome_is_right_only_if_nothing_is_wrong_missing_or_refused() -> None:
    """One mismatch, one record that isn't stored or one refused trade makes it wrong."""
    assert GOOD.right
    for field in ("mismatches", "undelivered", "trades_failed"):
        assert not replace(GOOD, **{field: 1}).right


def test_an_outcome_is_one_line_of_json_with_every_number() -> None:
    """A script that runs the demo can read it."""
    written = GOOD.as_json()
    assert "\n" not in GOOD.as_json()
    assert written["right"] is True
    assert (written["windows_checked"], written["mismatches"], written["objects"]) == (10, 0, 13)


def test_the_text_of_an_outcome_says_what_is_wrong() -> None:
    """It has the kinds of faults, and the number of trades that were late by a silent shard."""
    bad = replace(GOOD, mismatches=2, faults={"missing_result": 2}, late_by_idleness=4)
    text = "\n".join(bad.lines())
    assert "mismatches: missing_result 2" in text
    assert "4 trades late by a silent shard" in text
    assert "silent" not in "\n".join(GOOD.lines())


def test_delays_are_measured_while_the_job_runs() -> None:
    """100 windows ended after the job's start. One window that ended before it is left out."""
    arrivals = [arrive("A", 30 * n, 5 + n / 100) for n in range(1, 101)]
    early = arrive("A", 0, 60)
    assert measure_behind([early, *arrivals], since=END / 1000 + 1) == (5.5, 5.99)
    assert measure_behind([early], since=END / 1000 + 1) == (None, None)
    assert measure_behind([early], since=0) == (60, 60)


def test_without_a_terminal_each_result_is_printed_once_in_one_line() -> None:
    """There are two states, and the second one has one more result."""
    shown, text = console(terminal=False)
    results = (arrive("AMZN", 0, 5.04), arrive("[b]", 30, 6))
    with View(shown) as view:
        view.show(Moment(seen=Seen(results=results[:1])))
        view.show(Moment(seen=Seen(results=results)))
        view.show(Moment(seen=Seen(results=results)))
    first, second = text.getvalue().splitlines()
    assert first == "09:00:00  AMZN      highest    101.50    1234 trades    5.0 s behind"
    assert "[b]" in second


def test_on_a_terminal_the_newest_windows_come_first() -> None:
    """The output is a table with the highest prices, and the counts below it."""
    shown, text = console(terminal=True)
    seen = Seen(
        trades=5,
        results=(arrive("OLD", 0, 5), arrive("NEW", 30, 6)),
        dead_letters={"late": 3, "not_json": 1},
        objects=7,
    )
    shown.print(draw(Moment(seen=seen, sent=9, job="RUNNING", web_ui="http://x"), END / 1000 + 40))
    output = text.getvalue()
    assert output.index("NEW") < output.index("OLD")
    assert "101.50" in output
    assert "9 trades sent, 2 results, 4 dead letters, 7 objects in S3" in output
    assert "late 3, not_json 1" in output
    assert "job RUNNING; Flink's web UI: http://x" in output


def test_each_change_is_printed_once() -> None:
    """The changes are: web UI, state, restarts with their reason, first result."""
    shown, text = console(terminal=False)
    steps = Steps(View(shown))
    up = Moment(seen=Seen(), job="RUNNING", web_ui="http://x")
    broken = replace(up, job="RESTARTING", restarts=1, trouble="IOException: no")
    done = replace(up, restarts=1, seen=Seen(results=(arrive("AMZN", 0, 5),)))
    for moment in (up, up, broken, broken, done, done):
        steps.follow(moment)
    lines = [line[10:] for line in text.getvalue().splitlines()]
    assert lines == [
        "Flink's web UI at http://x",
        "the job is RUNNING",
        "the job is RESTARTING",
        "the job was restarted: IOException: no",
        "the job is RUNNING",
        f"first result: {describe(arrive('AMZN', 0, 5))}",
    ]
    steps.follow(replace(done, job="STOPPED"))
    assert len(text.getvalue().splitlines()) == len(lines)
    assert count(up)[-1] == "job RUNNING; Flink's web UI: http://x"
    assert by_name({}) == "none"


def test_without_other_output_the_current_step_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a step takes long. This shows that the step continues."""
    monkeypatch.setattr("local.demo.view.SILENCE_SECONDS", 0)
    shown, text = console(terminal=False)
    with Steps(View(shown)) as steps:
        steps.doing = "deploying both stacks"
        deadline = time.monotonic() + 20
        while not text.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert text.getvalue().splitlines()[0][10:] == "still deploying both stacks"


def test_while_orderly_the_first_signal_requests_the_end_and_the_second_interrupts() -> None:
    """Afterwards the earlier signal handlers are restored."""
    before = signal.getsignal(signal.SIGTERM)
    with Stop() as stop:
        stop.orderly = True
        assert not stop.asked(0)
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked(0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_interrupts_the_start_and_no_signal_interrupts_the_cleanup() -> None:
    """At the start there is no work to finish. After `deafen` all signals are ignored."""
    with Stop() as stop:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        stop.deafen()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)


class FakeBucket:
    """The part of an S3 client that a delivery uses."""

    def __init__(self) -> None:
        """Make an empty bucket."""
        self.objects: dict[str, bytes] = {}
        self.gets = 0

    def get_paginator(self, name: str) -> FakeBucket:
        """Give a paginator of the objects."""
        assert name == "list_objects_v2"
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, object]]:
        """Give an empty page, then one object for each page."""
        yield {}
        for key in self.objects:
            yield {"Contents": [{"Key": key}]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, io.BytesIO]:  # noqa: N803 -- boto3's names
        """Give an object."""
        assert Bucket == "sink"
        self.gets += 1
        return {"Body": io.BytesIO(self.objects[Key])}


def test_a_delivery_is_complete_if_the_objects_have_each_record_as_often_as_it_was_put() -> None:
    """An object has one line or many, plain or compressed. Each object is read once."""
    bucket = FakeBucket()
    delivery = Delivery(cast("S3Client", cast("object", bucket)), "sink")
    records = [b"a\n", b"b\n", b"b\n", b"c\n"]
    assert delivery.count_missing(records) == 4
    bucket.objects["results/1.json"] = b"a\nb\n"
    delivery.poll()
    assert (delivery.objects, delivery.count_missing(records)) == (1, 2)
    bucket.objects["dead-letters/2.json.gz"] = gzip.compress(b"c\nb\n")
    delivery.poll()
    delivery.poll()
    assert (delivery.objects, delivery.count_missing(records), bucket.gets) == (2, 0, 2)


def test_a_failed_delivery_is_no_object_of_the_sink() -> None:
    """Firehose stores failed records under another prefix."""
    bucket = FakeBucket()
    bucket.objects["errors/results/x"] = b"a\n"
    delivery = Delivery(cast("S3Client", cast("object", bucket)), "sink")
    delivery.poll()
    assert (delivery.objects, delivery.failed, delivery.count_missing([b"a\n"])) == (0, 1, 1)


def test_the_error_of_a_simulation_without_outputs_is_one_line(tmp_path: Path) -> None:
    """The file of the stack's outputs is missing."""
    with pytest.raises(UserError, match=r"sandbox\.json") as caught:
        Simulation(tmp_path / "sandbox.json", rate=1, seed=0, faults=Faults())
    assert "\n" not in str(caught.value)
