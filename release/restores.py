"""Whether a version can restore the running version's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

from job.properties import KEYS, REQUIRED, JobProperties, PropertyError
from release.state import SOURCE, restorable

WINDOW_KEYS: Final = tuple(
    KEYS[name] for name in ("window_seconds", "more_windows", "slide_seconds")
)
NAMES: Final = tuple(KEYS[name] for name in REQUIRED)

RECOUNTED: Final = (
    "Results of windows since that time come a second time. Windows that were open at that time "
    "have only their trades from then on"
)
"""What a start without state, from a time, does to results."""

GUIDE: Final = "docs/how-to/change-sql.md, without the old state"

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


def other_windows(running: Mapping[str, str], job: Mapping[str, Any]) -> list[str]:
    """Return one line if the configuration has other windows than the running job's state.

    `running` are the running job's properties. `job` is the configuration's part of that name.
    Properties that the job would refuse give no line, because their own error says more.
    """
    given = {key: str(value) for key, value in job.items() if key in WINDOW_KEYS}
    kept = {key: value for key, value in running.items() if key in WINDOW_KEYS}
    if not running:
        return []
    try:
        old, new = _windows(kept), _windows(given)
    except PropertyError:
        return []
    return [] if old == new else [f"{SOURCE} keeps windows of {old}, and the new ones are of {new}"]


def _windows(given: Mapping[str, str]) -> str:
    properties = JobProperties.from_property_map({**dict.fromkeys(NAMES, "-"), **given})
    lengths = " and ".join(map(str, sorted(properties.windows)))
    return f"{lengths} s every {properties.slide_seconds} s"


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
        "job.InitialPosition to the time from which trades are to be read again; commit both. "
        f"{RECOUNTED}. The commands are in {GUIDE}"
    )


def asked_of(file: Path, section: str = "flink") -> Mapping[str, Any]:
    """Read a section from a stack's file, `flink` or `job`.

    The result is empty if the file doesn't exist.
    """
    if not file.exists():
        return {}
    content = cast("Mapping[str, Any]", yaml.safe_load(file.read_text("utf-8")) or {})
    config = cast("Mapping[str, Any]", content.get("config") or {})
    found = [value for key, value in config.items() if key.endswith(f":{section}")]
    return cast("Mapping[str, Any]", found[0] if found else {})
