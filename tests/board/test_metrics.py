"""The call to CloudWatch, and what the board reads from its answer."""

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from board.metrics import CloudWatch, Metrics, Value
from board.stack import Stack

NOW = 1_769_851_860.0
STACK = Stack(
    account_id="222222222222",
    region="eu-west-1",
    ingest_stream="in",
    results_stream="out",
    dead_letter_stream="dead",
    application_name="analytics",
)


def _at(minute: int) -> datetime:
    return datetime.fromtimestamp(NOW + 60 * minute, UTC)


def test_one_call_reads_the_values_of_all_metrics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The call matches botocore's model of the service."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    client = STACK.client("cloudwatch")
    answer = {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "fullRestarts",
                "Timestamps": [_at(0), _at(1), _at(2)],
                "Values": [0.0, 2.0, 2.0],
            },
            {"Id": "m6", "Label": "IncomingRecords", "Timestamps": [_at(2)], "Values": [6000.0]},
        ]
    }
    with Stubber(client) as stub:
        stub.add_response("get_metric_data", answer)
        metrics = CloudWatch(client, STACK, clock=lambda: NOW).read()
    assert metrics.last("IncomingRecords") == Value(int(NOW * 1000) + 120_000, 6000.0)
    assert metrics.last_rise("fullRestarts") == Value(int(NOW * 1000) + 60_000, 2.0)
    assert metrics.last("downtime") is None


def test_a_counter_that_did_not_rise_has_no_last_rise() -> None:
    """This includes a counter that fell, because a new version started and counts from zero."""
    assert Metrics({"x": (Value(1, 3.0), Value(2, 0.0))}).last_rise("x") is None
    assert Metrics({}).last_rise("x") is None
