"""The recount of a round finds each kind of damage, in the round in which it happens."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.chaos.load import Accepted
from local.chaos.recount import Recount
from local.clients import Clients
from oracle.verdict import Rules
from oracle.windows import write_time
from stack.outputs import Outputs

pytestmark = pytest.mark.emulator

RULES = Rules(window_seconds=10, slide_seconds=5, watermark_delay_seconds=0, idle_timeout_seconds=5)
BUCKET = "sink"


class Stack:
    """Three streams and a bucket, and what a job would write to them."""

    def __init__(self, clients: Clients, account: str, directory: Path) -> None:
        self._kinesis = clients.client("kinesis", account)
        self._s3 = clients.client("s3", account)
        self._clients, self._account = clients, account
        self.bucket = f"{BUCKET}-{account}"
        self._s3.create_bucket(Bucket=self.bucket)
        for name in ("ingest", "results", "letters"):
            self._kinesis.create_stream(StreamName=name, ShardCount=1)
            self._kinesis.get_waiter("stream_exists").wait(StreamName=name)
        self.outputs = directory / "outputs.json"
        given = Outputs(
            region="us-east-1",
            account_id=account,
            ingest_stream="ingest",
            results_stream="results",
            dead_letter_stream="letters",
            application_name="job",
            sink_bucket=self.bucket,
        )
        self.outputs.write_text(json.dumps(vars(given)))
        # A window ends here, long before the trade that closes it.
        self.end = int(time.time()) // 5 * 5 - 60

    def recount(self) -> Recount:
        """Give a recount that has read nothing yet."""
        return Recount(
            lambda service: self._clients.client(service, self._account), self.outputs, RULES
        )

    def trade(self, seconds: float, price: float) -> Accepted:
        """Put a trade that is dated so many seconds after `end`."""
        at = datetime.fromtimestamp(self.end + seconds, UTC).isoformat()
        return self.put("ingest", json.dumps({"EVENT_TIME": at, "TICKER": "AMZN", "PRICE": price}))

    def result(self, seconds: int, price: float, *, stored: bool = True) -> None:
        """Put the result of the window that ends so many seconds after `end`, and store it."""
        end = (self.end + seconds) * 1000
        values = {"max_price": price, "min_price": price, "avg_price": price, "trades": 1}
        window = {"window_start": write_time(end - 10_000), "window_end": write_time(end)}
        line = json.dumps({**window, "ticker": "AMZN", **values}) + "\n"
        self.put("results", line)
        if stored:
            self.store(line)

    def put(self, stream: str, text: str) -> Accepted:
        """Put a record, and give what the stream acknowledged."""
        data = text.encode()
        answer = self._kinesis.put_record(StreamName=stream, Data=data, PartitionKey="a")
        return Accepted(answer["ShardId"], answer["SequenceNumber"], (data,))

    def store(self, line: str) -> None:
        """Store a record in the sink."""
        key = f"results/{time.time_ns()}"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=line.encode())

    def two_windows(self) -> list[Accepted]:
        """Put a trade that belongs to two windows, and later ones that close them."""
        return [self.trade(-1, 10), self.trade(59, 12)]


@pytest.fixture
def stack(clients: Clients, account: str, tmp_path: Path) -> Stack:
    """Give a stack of its own account."""
    return Stack(clients, account, tmp_path)


def test_a_round_without_damage_is_right(stack: Stack) -> None:
    """The trade is in both of its windows, and both results are in the sink."""
    accepted = stack.two_windows()
    stack.result(0, 10)
    stack.result(5, 10)
    counts = stack.recount().check(accepted)
    assert (counts.right, counts.findings) == (True, [])
    assert (counts.accepted, counts.records, counts.windows) == (2, 2, 2)


def test_a_half_counted_trade_is_found(stack: Stack) -> None:
    """It is in one of its windows only."""
    accepted = stack.two_windows()
    stack.result(0, 10)
    counts = stack.recount().check(accepted)
    assert not counts.right
    assert [found.partition(":")[0] for found in counts.findings] == ["missing_result"]


def test_a_wrong_result_is_found_in_the_round_in_which_it_is_new(stack: Stack) -> None:
    """The next round begins without it."""
    accepted = stack.two_windows()
    stack.result(0, 10)
    stack.result(5, 11)
    recount = stack.recount()
    counts = recount.check(accepted)
    assert [found.partition(":")[0] for found in counts.findings] == ["wrong_result"]
    recount.end_round()
    assert recount.check([]).findings == []


@pytest.mark.parametrize("parts", [(b"other",), ()])
def test_an_acknowledged_record_that_is_not_there_is_found(
    stack: Stack, parts: tuple[bytes, ...]
) -> None:
    """The stream has other data, or nothing, under its sequence number."""
    accepted = stack.two_windows()
    stack.result(0, 10)
    stack.result(5, 10)
    lost = accepted[0]._replace(parts=parts) if parts else accepted[0]._replace(sequence_number="1")
    counts = stack.recount().check([lost, *accepted[1:]])
    assert not counts.right
    assert [found.partition(":")[0] for found in counts.findings] == ["lost_record"]


def test_a_result_that_is_not_stored_is_found(stack: Stack) -> None:
    """It is on the stream, but in no object."""
    accepted = stack.two_windows()
    stack.result(0, 10)
    stack.result(5, 10, stored=False)
    counts = stack.recount().check(accepted)
    assert (counts.right, counts.undelivered, counts.findings) == (False, 1, [])


def test_a_round_without_windows_is_not_right(stack: Stack) -> None:
    """Otherwise a round whose load failed would count as right."""
    counts = stack.recount().check([])
    assert (counts.right, counts.findings) == (False, [])
