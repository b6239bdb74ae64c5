"""The configuration of a history stack: what it takes from the live stack, and what is its own."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any, Final, cast

import yaml

from common.errors import UserError
from components.config.settings import WIRED, WorkloadSettings, parse, sized
from components.config.stack_config import StackConfig
from components.sizing.cost import HOURS
from components.sizing.prices import US_EAST_1
from job.properties import KEYS, JobProperties

SUFFIX: Final = "-history"
"""Ending of the stack's name and of its prefix."""

PREFIX_MOST: Final = 22
"""Most characters of a stack's prefix."""

TAKEN: Final = ("kind", "account_id", "endpoint", "profile", "tags", "load")
"""Keys that are as in the live stack. Its pipeline, producers, alarms and sink are left out."""

FLINK_TAKEN: Final = ("parallelism", "parallelism_per_kpu", "checkpoint_seconds", "vpc")

DELAY_LEAST: Final = 600
"""Least `WatermarkDelaySeconds`. It doesn't change a result, only when a window closes. The live
job's 5 s would let only 2 s of event time be on their way at once, which makes sending slow."""

SPAN_MS: Final = DELAY_LEAST * 1000 // 2
"""Event time that is on its way at once. It is less than the delay, so that no trade is late."""

IDLE_SECONDS: Final = 86_400
"""No shard counts as idle: each gets a closing trade. So a pause while the trades are sent makes
none of them late."""

BUFFER_SECONDS: Final = 60
"""Seconds until Firehose writes what has come."""


def stack_name(live: str) -> str:
    """Give the name of a live stack's history stack."""
    return live + SUFFIX


def write(project: Path, live: str, job: JobProperties) -> Path:
    """Write the configuration of the history stack of the stack `live`. Give the file.

    `job` are the properties of the live job, which can differ from its stack's file. Raises
    `UserError`.
    """
    source = project / f"Pulumi.{live}.yaml"
    file = project / f"Pulumi.{stack_name(live)}.yaml"
    try:
        given = cast("Mapping[str, Any]", yaml.safe_load(source.read_text("utf-8")))["config"]
        namespace = _namespace(given)
        config = historic(given, namespace, job)
        file.write_text(yaml.safe_dump({"config": config}, sort_keys=False), "utf-8")
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        message = f"{source}: {' '.join(str(error).split())}; expected a workload stack's file"
        raise UserError(message) from error
    return file


def historic(given: Mapping[str, Any], namespace: str, job: JobProperties) -> dict[str, Any]:
    """Give the history stack's configuration for that of a live stack."""
    own = {key.removeprefix(f"{namespace}:"): value for key, value in given.items()}
    flink = {key: value for key, value in own.get("flink", {}).items() if key in FLINK_TAKEN}
    shards = own.get("streams", {}).get("ingest", {}).get("shards")
    if shards and flink.get("parallelism", 0) > shards:
        flink["parallelism"] = shards
    live_prefix = own.get("prefix", "stocktrading")
    settings: dict[str, Any] = {
        **{key: own[key] for key in TAKEN if key in own},
        "prefix": live_prefix[: PREFIX_MOST - len(SUFFIX)].rstrip("-") + SUFFIX,
        "key": {"deletion_days": 7},
        "streams": {"ingest": {"shards": shards}} if shards else {},
        "job": _job(job),
        "flink": {**flink, "autoscaling": False},
        "sink": {
            "buffer_seconds": BUFFER_SECONDS,
            "catalog": False,
            "keep_data_on_destroy": False,
        },
    }
    others = {key: value for key, value in given.items() if not key.startswith(f"{namespace}:")}
    return {**others, **{f"{namespace}:{key}": value for key, value in settings.items()}}


def hourly_dollars(project: Path, stack: str) -> float:
    """Compute what a history stack costs in an hour, at the list prices of US East.

    It counts the application's KPUs with the service's own one, the shards and the key. Raises
    `SettingsError` for a configuration that the program would refuse.
    """
    config = StackConfig.read(project, stack, {})
    settings = sized(parse(WorkloadSettings, config.values, f"{config.project}:"))
    flink, streams = settings.flink, settings.streams
    kpus = ceil((flink.parallelism or 1) / flink.parallelism_per_kpu) + 1
    shards = sum(
        each.shards or 4 for each in (streams.ingest, streams.results, streams.dead_letter)
    )
    prices = US_EAST_1
    return kpus * prices.kpu_hour + shards * prices.shard_hour + prices.key_month / HOURS


def _job(job: JobProperties) -> dict[str, str]:
    wired = {KEYS[field] for field in WIRED}
    delay = max(job.watermark_delay_seconds, DELAY_LEAST)
    return {
        **{key: value for key, value in job.to_property_map().items() if key not in wired},
        KEYS["initial_position"]: "TRIM_HORIZON",
        KEYS["watermark_delay_seconds"]: str(delay),
        KEYS["idle_timeout_seconds"]: str(IDLE_SECONDS),
    }


def _namespace(given: Mapping[str, Any]) -> str:
    """Give the namespace of the project's keys: that of `kind`."""
    found = next((key for key, value in given.items() if key.endswith(":kind") and value), None)
    if found is None or given[found] != "workload":
        message = "kind isn't workload"
        raise KeyError(message)
    return found.removesuffix(":kind")
