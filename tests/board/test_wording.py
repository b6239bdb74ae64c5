"""The text of numbers, times and states on the page."""

from zoneinfo import ZoneInfo

import pytest

from board.records import DeadLetter
from board.status import Job
from board.wording import (
    ago,
    clock,
    duration,
    job_note,
    payload,
    place,
    restarts,
    short,
    zoned,
)

NOW = 1_769_851_860_000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (6.13, "6.1 s"),
        (7, "7 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (125.0, "2 min 5 s"),
        (3600, "1 h"),
        (5430, "1 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    """Smaller units are left out."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (-500, "now"),
        (0, "now"),
        (999, "now"),
        (13_400, "13 s ago"),
        (119_000, "1 min ago"),
        (7_200_000, "2 h ago"),
    ],
)
def test_an_age_is_in_whole_units(before: int, text: str) -> None:
    """A time in the future is shown as now."""
    assert ago(NOW - before, NOW) == text


def test_a_time_has_the_zone_that_a_person_has_chosen() -> None:
    """The name of the zone is that of the moment: summer time has another."""
    assert zoned(NOW) == "09:31:00 UTC"
    assert zoned(NOW, ZoneInfo("Europe/Berlin")) == "10:31:00 CET"
    assert clock(NOW, ZoneInfo("Asia/Kolkata")) == "15:01:00"


def test_a_commit_is_shortened_and_another_version_is_not() -> None:
    """A commit has its first 12 characters."""
    assert short("5cfd043e1b0c2f14a9d27aa01e7c7b3b02e7d0aa") == "5cfd043e1b0c"
    assert short("content-0123456789ab") == "content-0123456789ab"


def test_the_note_of_a_failing_job_is_its_problem() -> None:
    """The note of a running job is its version and the time of its last checkpoint."""
    failed = Job(state="failed", version="v1", reason="BoomError: no such stream")
    assert job_note(failed, NOW) == "BoomError: no such stream"
    running = Job(state="running", version="v1", checkpoint_at=NOW - 5000, reason="of long ago")
    assert job_note(running, NOW) == "version v1, checkpoint 5 s ago"


def test_restarts_show_their_number_and_the_time_of_the_last() -> None:
    """The time is shown if it is known. Zero restarts are shown too."""
    assert restarts(Job(state="running", restarts=0), NOW) == "0"
    assert restarts(Job(state="running", restarts=2, restarted_at=NOW - 60_000), NOW) == (
        "2, the last 1 min ago"
    )
    assert restarts(Job(state="running"), NOW) is None


def test_a_long_payload_is_cut_with_its_full_size() -> None:
    """A record may be larger than a page can show."""
    letter = DeadLetter("k", "not_json", "x" * 300_000, "utf-8", 900_000, NOW, "s", "1")
    assert payload(letter) == "x" * 2000 + " … (900,000 bytes in all)"


def test_a_letter_for_several_records_shows_the_first_and_the_last_place() -> None:
    """So a person can find the records."""
    one = DeadLetter("k", "late", "x", "utf-8", 1, NOW, "shard-1", "7")
    assert place(one) == "shard-1, 7"
    many = one._replace(records=1_500, last_sequence_number="99")
    assert place(many) == "the first of 1,500 records, shard-1, 7 to 99"
