"""A source that gives no answer is reported and polled again until it answers."""

from dataclasses import dataclass, field

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from board.aws_errors import explain
from board.errors import BoardError
from board.feed import BACKOFF_SECONDS, Feed, Health
from board.wording import freshness


@dataclass
class Source:
    """Returns, or raises the error that the test sets."""

    error: Exception | None = None
    now: float = 100.0
    calls: list[float] = field(default_factory=list[float])

    def poll(self) -> None:
        """Record the call, then return or raise."""
        self.calls.append(self.now)
        if self.error:
            raise self.error

    def feed(self) -> Feed:
        """Give a feed that polls this source."""
        return Feed("test", self.poll, interval=1.0, clock=lambda: self.now)


def test_data_is_fresh_for_three_intervals_and_then_old() -> None:
    """Each panel shows the age of its data."""
    source = Source()
    feed = source.feed()
    feed.step()
    source.now += 5
    assert feed.health().fresh
    source.now += 0.1
    assert feed.health() == Health(age=source.now - 100, error=None, limit=5)
    assert not feed.health().fresh


def test_a_single_failure_is_not_shown_but_a_lasting_one_is() -> None:
    """The data is still fresh after one failed call."""
    source = Source()
    feed = source.feed()
    feed.step()
    source.error = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    feed.step()
    assert freshness(feed.health()) == ""
    source.now += 7
    assert freshness(feed.health()) == (
        "as of 7 s ago: no answer; check that the service runs, and the network"
    )


def test_pauses_grow_until_the_source_answers_again() -> None:
    """A service that is down isn't polled every second.

    After an answer the interval is normal again.
    """
    source = Source(error=BoardError("down"))
    feed = source.feed()
    assert [feed.step() for _ in range(6)] == [
        2,
        4,
        8,
        BACKOFF_SECONDS,
        BACKOFF_SECONDS,
        BACKOFF_SECONDS,
    ]
    source.error = None
    assert feed.step() == 1
    assert feed.health() == Health(age=0, error=None, limit=5)


def test_before_the_first_answer_it_is_waiting_until_a_call_fails() -> None:
    """After a failed call the note shows the reason."""
    source = Source(error=NoCredentialsError())
    feed = source.feed()
    assert freshness(feed.health()) == "waiting for the first answer"
    feed.step()
    assert freshness(feed.health()) == (
        "can't be reached: no AWS credentials: set AWS_PROFILE, or sign in"
    )


def test_the_error_of_a_refused_call_names_the_call_and_the_code() -> None:
    """So a person can find the missing permission."""
    error = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetRecords")
    assert explain(error) == ("the credentials may not read it (GetRecords: AccessDeniedException)")


def test_an_unexpected_exception_is_shown_in_one_line() -> None:
    """The page shows no traceback."""
    assert explain(ValueError("one\n  two")) == "ValueError: one two"
