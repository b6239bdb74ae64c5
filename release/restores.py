"""Whether a version can take over the state of what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

from release.state import restorable

GONE: Final = "is gone"
"""What `allow_non_restored_state` is for."""


def verdict(
    version: str,
    running: str | None,
    new: Mapping[str, Any] | None,
    old: Mapping[str, Any] | None,
) -> tuple[str, list[str]]:
    """Say in a line how it is, and what of the running version's state would be lost."""
    if running is None:
        return f"no released version runs: {version} has no state to take over", []
    if not (old and new and "state" in old and "state" in new):
        unknown = version if old and "state" in old else running
        return (
            f"no manifest says what {unknown} keeps: whether its state fits shows at the start",
            [],
        )
    lost = restorable(old["state"], new["state"])
    words = f"{version} takes over the state of {running}"
    return (f"{version} starts without state of {running}, as was decided" if lost else words), lost


def still_lost(lost: Sequence[str], flink: Mapping[str, Any]) -> list[str]:
    """Leave out what a person has decided to give up, in the stack's configuration."""
    if flink.get("restore", "latest") != "latest":
        return []
    allowed = bool(flink.get("allow_non_restored_state"))
    return [each for each in lost if not (allowed and each.endswith(GONE))]


def advice(version: str, running: str, lost: Sequence[str], stack: str) -> str:
    """Say what a person does about a version that can't restore."""
    return (
        f"{version} can't take over the state of {running}: {'; '.join(lost)}; nothing is touched. "
        f"To start without that state, set flink.restore to none in Pulumi.{stack}.yaml, and "
        "job.InitialPosition to the time from which trades are to be read again; commit both"
    )


def asked_of(file: Path) -> Mapping[str, Any]:
    """Read what a stack's file says of `flink`; nothing where there is no such file here."""
    if not file.exists():
        return {}
    content = cast("Mapping[str, Any]", yaml.safe_load(file.read_text("utf-8")) or {})
    config = cast("Mapping[str, Any]", content.get("config") or {})
    found = [value for key, value in config.items() if key.endswith(":flink")]
    return cast("Mapping[str, Any]", found[0] if found else {})
