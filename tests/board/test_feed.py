"""A source that gives no answer is told of, asked again, and comes back by itself."""

from dataclasses import dataclass, field

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from board.aws_errors import explain
from board.errors import BoardError
from board.feed import BACKOFF_SECONDS, Feed, Health
from board.wording import freshness


@dataclass
class Source:
    """Answers, or raises what it is told to."""

    error: Exception | None = None
    now: float = 100.0
    calls: list[float] = field(default_factory=list[float])

    def poll(self) -> None:
        """Note the call; answer or raise."""
        self.calls.append(self.now)
        if self.error:
            raise self.error

    def feed(self) -> Feed:
        """Give a feed of it."""
        return Feed("test", self.poll, interval=1.0, clock=lambda: self.now)


def test_data_is_fresh_for_three_intervals_and_old_then() -> None:
    """Each panel knows the age of its data."""
    source = Source()
    feed = source.feed()
    feed.step()
    source.now += 5
    assert feed.health().fresh
    source.now += 0.1
    assert feed.health() == Health(age=source.now - 100, error=None, limit=5)
    assert not feed.health().fresh


def test_a_single_failure_is_no_news_and_a_lasting_one_is() -> None:
    """What is shown is still fresh when one call of many fails."""
    source = Source()
    feed = source.feed()
    feed.step()
    source.error = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    feed.step()
    assert freshness(feed.health()) == ""
    source.now += 7
    assert freshness(feed.health()) == ("as of 7 s ago: no answer; is it up, and the network?")


def test_pauses_grow_while_there_is_no_answer_and_end_with_it() -> None:
    """A service that is down isn't asked every second; one that is back is."""
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


def test_before_the_first_answer_it_waits_and_then_says_why() -> None:
    """Waiting is not failing."""
    source = Source(error=NoCredentialsError())
    feed = source.feed()
    assert freshness(feed.health()) == "waiting for the first answer"
    feed.step()
    assert freshness(feed.health()) == (
        "can't be reached: no AWS credentials: set AWS_PROFILE, or sign in"
    )


def test_a_refused_call_names_itself_and_its_code() -> None:
    """So that a person can look for the permission that is missing."""
    error = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetRecords")
    assert explain(error) == ("the credentials may not read it (GetRecords: AccessDeniedException)")


def test_a_defect_is_told_in_one_line_too() -> None:
    """A page is no place for a traceback."""
    assert explain(ValueError("one\n  two")) == "ValueError: one two"
