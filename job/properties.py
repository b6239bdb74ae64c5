"""The contract between the infrastructure and the job: one property group.

The infrastructure writes the group, and the job reads it when it starts. Both use this module, so
that they have the same keys. It needs only the standard library, and neither Flink nor Pulumi.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, Self, TypeVar, cast

T = TypeVar("T")

GROUP: Final = "TradingDataConfigProperties"
"""Id of the property group."""

PROPERTIES_FILE: Final = Path("/etc/flink/application_properties.json")
"""File in which Managed Flink writes all property groups of an application."""

KEYS: Final[Mapping[str, str]] = {
    "region": "aws.region",
    "endpoint": "aws.endpoint",
    "input_stream": "inputStreamName",
    "output_stream": "outputStreamName",
    "dead_letter_stream": "deadLetterStreamName",
    "initial_position": "InitialPosition",
    "window_seconds": "WindowSeconds",
    "more_windows": "MoreWindowSeconds",
    "slide_seconds": "SlideSeconds",
    "watermark_delay_seconds": "WatermarkDelaySeconds",
    "idle_timeout_seconds": "IdleTimeoutSeconds",
    "max_future_seconds": "MaxFutureSeconds",
    "output_format": "OutputFormat",
    "aggregation_enabled": "AggregationEnabled",
    "partition": "Partition",
}
"""Key in the property group, by field of `JobProperties`."""

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "output_format": ("json", "line"),
    "aggregation_enabled": ("true", "false"),
    "partition": ("ticker", "random"),
}
"""Allowed values of the fields with few values, as written in the property group."""

REQUIRED: Final = ("region", "input_stream", "output_stream", "dead_letter_stream")

MAX_PARALLELISM: Final = 256
"""Maximum number of subtasks that the service runs. The state is divided into this many parts at
the first start, and can never be used by more subtasks. Flink's default depends on the parallelism
at the first start, and can be 128."""

SECONDS_MAX: Final = 86_400
"""A day. It is the maximum for window, slide, delay, idle timeout and future."""


SECONDS_LEAST: Final[Mapping[str, int]] = {
    "window_seconds": 1,
    "slide_seconds": 1,
    "watermark_delay_seconds": 0,
    "idle_timeout_seconds": 1,
    "max_future_seconds": 0,
}
"""Minimum of each field in seconds."""


class PropertyError(ValueError):
    """The job can't run with a property group. The text is one line for the operator."""

    def __init__(self, key: str | None, given: object, allowed: str) -> None:
        place = GROUP if key is None else f"{GROUP}.{key}"
        super().__init__(f"{place}: given {given}; allowed: {allowed}")


@dataclass(frozen=True, kw_only=True)
class JobProperties:
    """The validated property group `TradingDataConfigProperties`.

    Raises `PropertyError` if a value is out of its range.
    """

    region: str
    """Region of the streams."""
    input_stream: str
    """Stream that trades are read from."""
    output_stream: str
    """Stream that results are put on."""
    dead_letter_stream: str
    """Stream that dead letters are put on."""
    endpoint: str | None = None
    """An endpoint other than AWS's own, for an emulator."""
    initial_position: str = "LATEST"
    """`LATEST`, `TRIM_HORIZON` or an ISO 8601 time. Used only if there is no state to restore."""
    window_seconds: int = 60
    """Length of a window."""
    more_windows: str | None = None
    """Lengths of further windows in seconds, with commas between them, such as `300` or `300,3600`.
    The slide must divide each. Their results are on the same stream. Needs `OutputFormat` = `json`.
    """
    slide_seconds: int = 30
    """Time from the start of one window to the start of the next. It must divide the window."""
    watermark_delay_seconds: int = 5
    """How late a trade may be. A window waits this long after its end."""
    idle_timeout_seconds: int = 10
    """A shard is idle if it was read to its end and had no accepted trade for this time. An idle
    shard does not delay the others."""
    max_future_seconds: int = 60
    """How far a trade's event time may be after its arrival. A trade above it is a dead letter."""
    output_format: Literal["json", "line"] = "json"
    """Format of a result: a JSON object, or a line of text."""
    aggregation_enabled: bool = False
    """If true, the simulator packs trades. It reads this setting from the stack's outputs. Results
    are not packed. The job writes them in fewer and fuller requests, up to half a second later."""
    partition: Literal["ticker", "random"] = "ticker"
    """Partition key of results: each ticker on one shard, or results spread over all shards."""

    def __post_init__(self) -> None:
        """Check each range, and that the slide divides the window."""
        for name in REQUIRED:
            _require(name, getattr(self, name), bool, "a name that is not empty")
        _require("endpoint", self.endpoint, _is_endpoint, "an http:// or https:// address")
        _require(
            "initial_position",
            self.initial_position,
            _is_position,
            "LATEST, TRIM_HORIZON or an ISO 8601 time such as 2026-01-31T09:30:00Z",
        )
        for name, least in SECONDS_LEAST.items():
            _require(
                name,
                getattr(self, name),
                lambda number, least=least: least <= number <= SECONDS_MAX,
                f"a whole number of seconds from {least} to {SECONDS_MAX}",
            )
        for name, choices in CHOICES.items():
            _require(name, _format(getattr(self, name)), choices.__contains__, " or ".join(choices))
        _require(
            "slide_seconds",
            self.slide_seconds,
            lambda slide: self.window_seconds % slide == 0,
            f"a divisor of {GROUP}.{KEYS['window_seconds']} = {self.window_seconds}",
        )
        self._check_more_windows()

    def _check_more_windows(self) -> None:
        if self.more_windows is None:
            return
        slide = self.slide_seconds
        _require(
            "more_windows",
            self.more_windows,
            _is_list_of_numbers,
            "whole numbers of seconds with commas between them, such as 300,3600",
        )
        _require(
            "more_windows",
            self.more_windows,
            lambda _: all(
                each % slide == 0 and slide <= each <= SECONDS_MAX for each in self.windows
            ),
            f"multiples of {GROUP}.{KEYS['slide_seconds']} = {slide} up to {SECONDS_MAX}",
        )
        _require(
            "more_windows",
            self.more_windows,
            lambda _: len(set(self.windows)) == len(self.windows),
            f"each length once, and not {KEYS['window_seconds']} = {self.window_seconds}",
        )
        _require(
            "output_format",
            self.output_format,
            "json".__eq__,
            f"json where {KEYS['more_windows']} is set: a line does not have the window's length",
        )

    @property
    def windows(self) -> tuple[int, ...]:
        """Lengths of all windows in seconds, the main one first."""
        more = self.more_windows.split(",") if self.more_windows else ()
        return self.window_seconds, *map(int, more)

    @classmethod
    def from_property_map(cls, given: Mapping[str, str]) -> Self:
        """Parse the group's map of strings. An unknown, missing or malformed key is an error."""
        known = {key: name for name, key in KEYS.items()}
        for key, value in given.items():
            if key not in known:
                raise PropertyError(key, repr(value), "one of " + ", ".join(KEYS.values()))
        parsed = {known[key]: _parse(known[key], value) for key, value in given.items()}
        for name in REQUIRED:
            if name not in parsed:
                raise PropertyError(KEYS[name], "nothing", "a value: this key is required")
        return cls(**parsed)  # pyright: ignore[reportArgumentType] -- _parse gives each field its type

    @classmethod
    def from_file(cls, path: Path = PROPERTIES_FILE) -> Self:
        """Read the group from the file that the service writes.

        The file is a list of `{"PropertyGroupId": ..., "PropertyMap": {...}}`.
        """
        try:
            groups = cast("object", json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            message = f"a readable JSON file of property groups ({error})"
            raise PropertyError(None, path, message) from error
        return cls.from_property_map(_find_group(groups))

    def to_property_map(self) -> dict[str, str]:
        """Write the group as the service requires it: strings, without the unset keys."""
        values = {key: cast("object", getattr(self, name)) for name, key in KEYS.items()}
        return {key: _format(value) for key, value in values.items() if value is not None}

    def initial_instant(self) -> datetime | None:
        """Give the time to start reading from, or None for `LATEST` and `TRIM_HORIZON`."""
        if self.initial_position in {"LATEST", "TRIM_HORIZON"}:
            return None
        instant = datetime.fromisoformat(self.initial_position)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _require(name: str, value: T, holds: Callable[[T], bool], allowed: str) -> None:
    if not holds(value):
        raise PropertyError(KEYS[name], repr(value), allowed)


def _is_endpoint(endpoint: str | None) -> bool:
    return endpoint is None or endpoint.startswith(("http://", "https://"))


def _is_list_of_numbers(text: str) -> bool:
    numbers = [each.strip() for each in text.split(",")]
    return all(each.isascii() and each.isdigit() for each in numbers)


def _is_position(position: str) -> bool:
    if position in {"LATEST", "TRIM_HORIZON"}:
        return True
    try:
        datetime.fromisoformat(position)
    except ValueError:
        return False
    return True


def _parse(name: str, value: str) -> str | int | bool:
    if name == "aggregation_enabled":
        _require(name, value, CHOICES[name].__contains__, " or ".join(CHOICES[name]))
        return value == "true"
    if name.endswith("_seconds"):
        _require(name, value, lambda text: text.isascii() and text.isdigit(), "a whole number")
        return int(value)
    return value


def _format(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _find_group(groups: object) -> Mapping[str, str]:
    if not isinstance(groups, list):
        raise PropertyError(None, type(groups).__name__, "a JSON list of property groups")
    found = cast("list[Mapping[str, object]]", groups)
    for group in found:
        if group.get("PropertyGroupId") == GROUP:
            return cast("Mapping[str, str]", group.get("PropertyMap", {}))
    ids = ", ".join(str(group.get("PropertyGroupId")) for group in found) or "no group"
    raise PropertyError(None, ids, f"a property group with the id {GROUP}")
