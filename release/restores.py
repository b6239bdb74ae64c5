"""Whether a version can restore the running version's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

from release.state import restorable

GONE: Final = "is gone"
"""The end of a message about removed state, which `allow_non_restored_state` permits to drop."""


def verdict(
    version: str,
    running: str | None,
    new: Mapping[str, Any] | None,
    old: Mapping[str, Any] | None,
) -> tuple[str, list[str]]:
    """Return a one-line verdict, and the running version's state that would be lost."""
    if running is None:
        return f"no released version runs: {version} has no state to restore", []
    if not (old and new and "state" in old and "state" in new):
        unknown = version if old and "state" in old else running
        return (
            f"no manifest lists the state of {unknown}: the start shows if it can be restored",
            [],
        )
    lost = restorable(old["state"], new["state"])
    words = f"{version} can restore the state of {running}"
    return (
        f"{version} starts without some state of {running}, as the stack's file allows"
        if lost
        else words
    ), lost


def still_lost(lost: Sequence[str], flink: Mapping[str, Any]) -> list[str]:
    """Return the lost state without the state that the stack's configuration allows to drop."""
    if flink.get("restore", "latest") != "latest":
        return []
    allowed = bool(flink.get("allow_non_restored_state"))
    return [each for each in lost if not (allowed and each.endswith(GONE))]


def advice(version: str, running: str, lost: Sequence[str], stack: str) -> str:
    """Return one line that says what to do if a version can't restore the state."""
    return (
        f"{version} can't restore the state of {running}: {'; '.join(lost)}. Nothing was changed. "
        f"To start without that state, set flink.restore to none in Pulumi.{stack}.yaml, and "
        "job.InitialPosition to the time from which trades are to be read again; commit both"
    )


def asked_of(file: Path) -> Mapping[str, Any]:
    """Read `flink` from a stack's file. The result is empty if the file doesn't exist."""
    if not file.exists():
        return {}
    content = cast("Mapping[str, Any]", yaml.safe_load(file.read_text("utf-8")) or {})
    config = cast("Mapping[str, Any]", content.get("config") or {})
    found = [value for key, value in config.items() if key.endswith(":flink")]
    return cast("Mapping[str, Any]", found[0] if found else {})
