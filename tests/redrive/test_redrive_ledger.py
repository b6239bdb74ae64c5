"""The ledger knows at any moment what was sent, what was not, and what perhaps was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from redrive.ledger import SETTLE_MS, Ledger, LedgerError

STREAM = "222222222222/us-east-1/ingest"
NOW = 1_769_850_000_000


def opened(path: Path, *, stream: str = STREAM, writes: bool = True, now: int = NOW) -> Ledger:
    """Open a ledger at a time."""
    return Ledger(path / "resent.jsonl", stream, writes=writes, now_ms=lambda: now)


def test_what_was_sent_is_known_to_the_next_run(tmp_path: Path) -> None:
    """With its place. What the stream refused, may be sent again."""
    with opened(tmp_path) as ledger:
        ledger.begin(["a", "b", "c"])
        ledger.end({"a": "shard/1"}, {"b": "InternalFailure"})
        assert ledger.unclear == {"c": NOW}
    with opened(tmp_path) as ledger:
        assert ledger.sent == {"a": "shard/1"}
        assert ledger.unclear == {"c": NOW}


def test_every_line_is_on_the_disk_before_the_next_step(tmp_path: Path) -> None:
    """A run that is killed at any byte leaves a ledger that never says less than was done."""
    path = tmp_path / "resent.jsonl"
    with opened(tmp_path) as ledger:
        ledger.begin(["a"])
        begun = path.read_bytes()
        ledger.end({"a": "shard/1"}, {})
        whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        with opened(tmp_path) as ledger:
            known = bool(ledger.sent), bool(ledger.unclear)
            assert known == (size == len(whole), len(begun) <= size < len(whole))
        assert whole.startswith(path.read_bytes())


def test_the_ledger_is_about_one_stream(tmp_path: Path) -> None:
    """A record that was sent to another stack may be sent to this one."""
    with opened(tmp_path) as ledger:
        ledger.begin(["a"])
        ledger.end({"a": "shard/1"}, {})
    with opened(tmp_path, stream="other") as ledger:
        assert ledger.sent == {}


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """Both would send the same records. A dry run may look at the same time."""
    with opened(tmp_path):
        with pytest.raises(LedgerError, match="another run uses it"):
            opened(tmp_path)
        opened(tmp_path, writes=False)
    opened(tmp_path).close()


def test_a_dry_run_makes_no_file(tmp_path: Path) -> None:
    """It only reads one that is there."""
    opened(tmp_path, writes=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["{}", "[]", "x", json.dumps({"stream": STREAM})])
def test_a_file_that_is_no_ledger_is_told(tmp_path: Path, line: str) -> None:
    """It is left as it is."""
    (tmp_path / "resent.jsonl").write_text(line + "\n", "utf-8")
    with pytest.raises(LedgerError, match="line 1: not a line of a ledger"):
        opened(tmp_path)
    assert (tmp_path / "resent.jsonl").read_text("utf-8") == line + "\n"


def test_a_directory_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """The message names the option."""
    with pytest.raises(LedgerError, match="name another file with --ledger"):
        opened(tmp_path / "none")


def test_unclear_records_are_settled_by_the_stream(tmp_path: Path) -> None:
    """Only those that can no longer be on their way, and that the stream can't have lost."""
    path = tmp_path / "resent.jsonl"
    for name, age in (("lost", 90_000_000), ("here", 70_000), ("not", 61_000), ("young", 59_000)):
        with opened(tmp_path, now=NOW - age) as ledger:
            ledger.begin([name])
    asked: list[int] = []

    def arrived(since: int) -> Mapping[str, str]:
        asked.append(since)
        return {"here": "shard/7", "other": "shard/8"}

    with opened(tmp_path) as ledger:
        ledger.settle(arrived, NOW - 86_400_000)
        assert asked == [NOW - 70_000]
        assert ledger.sent == {"here": "shard/7"}
        assert set(ledger.unclear) == {"lost", "young"}
    assert json.loads(path.read_text("utf-8").splitlines()[-1])["not_sent"] == {
        "not": "it is not in the stream"
    }
    assert SETTLE_MS == 60_000
