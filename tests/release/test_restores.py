"""Whether a version can restore the state, and the advice if it can't, before any change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from release.restores import advice, asked_of, other_windows, still_lost, verdict

OLD: dict[str, Any] = {"version": "v1", "state": {"trades": "a", "5_window": "b"}}
NEW: dict[str, Any] = {"version": "v2", "state": {"trades": "a", "5_window": "b", "9_sink": "c"}}
OTHER: dict[str, Any] = {"version": "v2", "state": {"trades": "z"}}
LOST = ["5_window is gone", "trades keeps other state"]


@pytest.mark.parametrize(
    ("running", "new", "old", "words", "lost"),
    [
        ("v1", NEW, OLD, "v2 can restore the state of v1", []),
        ("v1", OTHER, OLD, "v2 starts without some state of v1, as the stack's file allows", LOST),
        (None, NEW, None, "no released version runs: v2 has no state to restore", []),
        ("v1", NEW, None, "no manifest lists the state of v1: ", []),
        ("v1", {"version": "v2"}, OLD, "no manifest lists the state of v2: ", []),
    ],
)
def test_the_verdict_follows_from_both_manifests(
    running: str | None,
    new: dict[str, Any] | None,
    old: dict[str, Any] | None,
    words: str,
    lost: list[str],
) -> None:
    """A version without a manifest passes, because the first version has none."""
    told, found = verdict("v2", running, new, old)
    assert told.startswith(words)
    assert found == lost


@pytest.mark.parametrize(
    ("job", "new"),
    [
        ({}, None),
        ({"WindowSeconds": 60, "WatermarkDelaySeconds": 9}, None),
        ({"WindowSeconds": 120}, "120 s every 30 s"),
        ({"SlideSeconds": "20"}, "60 s every 20 s"),
        ({"MoreWindowSeconds": 300}, "60 and 300 s every 30 s"),
        ({"SlideSeconds": "never"}, None),
    ],
)
def test_windows_of_another_length_cannot_continue(job: dict[str, Any], new: str | None) -> None:
    """The job's own error says more about a value that it would refuse."""
    running = {"SlideSeconds": "30", "aws.region": "us-east-1"}
    said = f"trades keeps windows of 60 s every 30 s, and the new ones are of {new}"
    assert other_windows(running, job) == ([said] if new else [])
    assert other_windows({}, job) == []


@pytest.mark.parametrize(
    ("flink", "left"),
    [
        ({}, LOST),
        ({"restore": "latest"}, LOST),
        ({"restore": "none"}, []),
        ({"restore": "before-the-change"}, []),
        ({"allow_non_restored_state": True}, ["trades keeps other state"]),
    ],
)
def test_state_that_a_person_gave_up_need_not_be_restored(
    flink: dict[str, Any], left: list[str]
) -> None:
    """State of a removed operator can be dropped. State of another form can't be read at all."""
    assert still_lost(LOST, flink) == left


def test_the_decision_is_read_from_the_stacks_file(tmp_path: Path) -> None:
    """The stack's file says which state may be dropped."""
    file = tmp_path / "Pulumi.sandbox.yaml"
    assert asked_of(file) == {}
    file.write_text("config:\n  stocktrading-analytics:flink:\n    restore: none\n", "utf-8")
    assert asked_of(file) == {"restore": "none"}
    assert asked_of(file, "job") == {}


def test_the_advice_says_which_setting_to_change_in_which_file() -> None:
    """The advice is one line."""
    told = advice("v2", "v1", LOST, "sandbox")
    assert "v2 can't restore the state of v1: 5_window is gone; trades keeps" in told
    assert "set flink.restore to none in Pulumi.sandbox.yaml" in told
    assert "Results of windows since that time come a second time" in told
    assert "\n" not in told
