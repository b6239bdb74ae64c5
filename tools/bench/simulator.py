"""Measure how many trades one core generates, packs and hands over to a sink that costs no time.

    python -m tools.bench.simulator [trades] [--check]

Each figure is trades for each second of CPU time of the process with all its threads, as the median
of five rounds. So it is what one core does, also on a busy machine. With `--check` the exit code is
1 if a mode is below `LEAST`.
"""

import importlib
import io
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from simulator.batching import Entry, Packing
from simulator.clock import backlog
from simulator.packing import aggregate
from simulator.producer import Answer, Producer, PutRecords
from simulator.trades import Partition, Record, Trades

START_MS: Final = 1_769_851_800_000
RATE: Final = 20_000
"""Trades for each second of event time. At this rate all chunks are full."""

ROUNDS: Final = 5
LEAST: Final = 100_000
"""Trades for each second and core that every mode must reach."""

_LIBRARY: Final[Any] = importlib.import_module("aws_kinesis_agg.aggregator")  # has no types

PACKED_TRADES: Final = 500
"""Trades of one packed record in the comparison with the library: about 50 KiB."""


class FreeSink:
    """A client that accepts everything. It keeps one prepared answer for each number of records."""

    def __init__(self) -> None:
        """Start without a prepared answer."""
        self._answers: dict[int, Answer] = {}

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: ARG002, N803
        """Return the prepared answer."""
        count = len(Records)
        if count not in self._answers:
            self._answers[count] = {"Records": [{"ShardId": "s", "SequenceNumber": "1"}] * count}
        return self._answers[count]


class _Raw(io.BytesIO):
    """A response's body, as botocore reads it."""

    def stream(self) -> list[bytes]:
        return [self.getvalue()]


def main(arguments: Sequence[str]) -> int:
    """Print a table of trades a second. Return 1 if `--check` finds one below `LEAST`."""
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    count = numbers[0] if numbers else 200_000
    print(f"{count:,} trades, median of {ROUNDS} rounds, a second of one core's CPU time:")
    _show("made, not sent", _median(lambda: _drain(_trades(count)), count))
    modes: tuple[tuple[str, Packing, Partition], ...] = (
        ("unpacked", "none", "spread"),
        ("KPL-packed, spread", "spread", "spread"),
        ("KPL-packed, by ticker", "keyed", "ticker"),
    )
    rates: list[float] = []
    for name, packing, partition in modes:
        rate = _median(lambda p=packing, q=partition: _send(FreeSink(), count, p, q), count)
        rates.append(rate)
        _show(f"{name}: made, planned and handed over", rate)
    for name, packing, partition in modes[:2]:
        rate = _median(lambda p=packing, q=partition: _send(_boto3(), count, p, q), count)
        _show(f"{name}, with boto3's serializing", rate)
    _compare()
    if "--check" in arguments and min(rates) < LEAST:
        print(f"below {LEAST:,} trades a second", file=sys.stderr)
        return 1
    return 0


def _compare() -> None:
    chunk = next(iter(_trades(PACKED_TRADES)))
    payloads = [record.data for record in chunk]
    own = _median(lambda: [aggregate("key", payloads) for _ in range(200)], 200 * PACKED_TRADES)
    theirs = _median(lambda: [_library_pack(chunk) for _ in range(10)], 10 * PACKED_TRADES)
    _show("packing alone, own encoder", own)
    _show("packing alone, aws-kinesis-agg", theirs)
    print(f"{'ratio, own to the library':<52}{own / theirs:>14,.0f}")


def _library_pack(chunk: Sequence[Record]) -> bytes:
    aggregator = _LIBRARY.RecordAggregator()
    for record in chunk:
        aggregator.add_user_record("key", record.data)
    _, _, data = aggregator.clear_and_get().get_contents()
    return data


def _trades(count: int, partition: Partition = "spread") -> Trades:
    return Trades(backlog(START_MS, RATE, count=count), seed=1, partition=partition)


def _drain(trades: Iterable[Sequence[Record]]) -> None:
    for _ in trades:
        pass


def _send(client: PutRecords, count: int, packing: Packing, partition: Partition) -> None:
    producer = Producer(client, "bench", packing=packing)
    summary = producer.send(_trades(count, partition))
    if summary.accepted != count:
        raise AssertionError(summary)


def _boto3() -> PutRecords:
    """Make a client that serializes and signs requests, with answers that need no network."""
    sdk: Any = boto3
    client = sdk.client(
        "kinesis",
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106 -- the signed requests are never sent
        config=Config(parameter_validation=False),
    )
    client.meta.events.register("before-send.kinesis.PutRecords", _answer)
    return client


def _answer(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 -- botocore has no types
    body = _answer_body(request.body.count(b'"PartitionKey"'))
    headers: Any = {"content-type": "application/x-amz-json-1.1"}
    return AWSResponse(request.url, 200, headers, _Raw(body))


@cache
def _answer_body(count: int) -> bytes:
    # The sequence number is as long as the service's own, because parsing it is part of the cost.
    one = {"SequenceNumber": "4" * 56, "ShardId": "shardId-000000000000"}
    return json.dumps({"FailedRecordCount": 0, "Records": [one] * count}).encode()


def _median(work: Callable[[], object], trades: int) -> float:
    def once() -> float:
        begun = time.process_time()
        work()
        return trades / (time.process_time() - begun)

    once()  # the first round is slower: it imports and fills caches
    return statistics.median(once() for _ in range(ROUNDS))


def _show(name: str, rate: float) -> None:
    print(f"{name:<52}{rate:>14,.0f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
