"""The objects of this hour and the previous one, counted by prefix."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from board.delivery import PAGES, Delivered, Sink, Stored
from local.accounts import WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a client of S3 on an emulator."""
    with Emulator(run_directory=tmp_path_factory.mktemp("s3")) as emulator:
        yield Clients(emulator.endpoint).client("s3", WORKLOAD)


def _hour(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):date=%Y-%m-%d/hour=%H/}"


@pytest.mark.emulator
def test_objects_of_this_hour_and_the_previous_one_are_counted(s3: Any) -> None:  # noqa: ANN401 -- boto3's
    """Older objects are not counted, because the page shows the current state."""
    s3.create_bucket(Bucket="counted")
    now = time.time()
    for key, body in (
        (f"results/{_hour(now)}a.json.gz", b"12345"),
        (f"results/{_hour(now - 3600)}b.json.gz", b"123"),
        (f"results/{_hour(now - 7200)}old.json.gz", b"1"),
        (f"dead-letters/{_hour(now)}c.json.gz", b"12"),
        (f"errors/results/http-endpoint-failed/{_hour(now)}d", b"1"),
        (f"errors/dead-letters/processing-failed/{_hour(now - 7200)}old", b"1"),
    ):
        s3.put_object(Bucket="counted", Key=key, Body=body)
    found = Sink(s3, "counted").read()
    assert (found.results.objects, found.results.size, found.results.more) == (2, 8, False)
    assert (found.letters.objects, found.failed.objects) == (1, 1)
    assert found.results.newest == pytest.approx(now * 1000, abs=60_000)


@pytest.mark.emulator
def test_the_counts_of_an_empty_bucket_are_zero(s3: Any) -> None:  # noqa: ANN401 -- boto3's
    """There is no newest object and no error."""
    s3.create_bucket(Bucket="empty")
    assert Sink(s3, "empty").read() == Delivered(
        results=Stored(), letters=Stored(), failed=Stored()
    )


class Endless:
    """A bucket that has another page after each page."""

    def __init__(self) -> None:
        """Begin."""
        self.calls = 0

    def list_objects_v2(self, **asked: str) -> dict[str, Any]:
        """Give one object and a token."""
        self.calls += 1
        assert ("ContinuationToken" in asked) == (asked.get("ContinuationToken") == "more")
        return {"Contents": [{"Size": 10}], "NextContinuationToken": "more"}


def test_counting_stops_at_a_limit_and_says_that_there_are_more() -> None:
    """The board doesn't list millions of objects for one figure."""
    bucket: Any = Endless()
    found = Sink(bucket, "b").read()
    assert found.letters == Stored(objects=2 * PAGES, size=20 * PAGES, newest=None, more=True)
