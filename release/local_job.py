"""The state of a job on the local cloud, which has no metrics: the status file and the streams."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from release.errors import ReleaseError
from release.versions import key_of

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient


def status_file(application: str) -> Path:
    """Give the path of the local cloud's status file of an application's job."""
    return Path(".local/flink") / application / "status.json"


@dataclass(frozen=True, kw_only=True)
class LocalJob:
    """The state of the job at one moment, as the local cloud's Managed Flink writes it.

    The file is a JSON object with at least `state` (`RUNNING`, `RESTARTING`, `FAILED`, ...), `code`
    (the archive's key), `restarts`, `checkpoints_completed`, `checkpoints_failed`, `exception`.
    """

    state: str
    code: str | None
    restarts: int
    checkpoints_completed: int
    checkpoints_failed: int
    exception: str | None

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read the file. None if it doesn't exist yet. Raises `ReleaseError` if it is malformed."""
        try:
            told = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
            return cls(
                state=told["state"],
                code=told.get("code"),
                restarts=int(told["restarts"]),
                checkpoints_completed=int(told["checkpoints_completed"]),
                checkpoints_failed=int(told.get("checkpoints_failed", 0)),
                exception=told.get("exception"),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{path}: no status of a job ({error}); start the local cloud with make demo"
            raise ReleaseError(message) from error

    def runs(self, version: str) -> bool:
        """Whether this is the job of that version."""
        return self.code == key_of(version)


def count_since(kinesis: KinesisClient, stream: str, since: datetime) -> int:
    """Count a stream's records since a time, with one read of each shard.

    The count may be too low. The callers only check whether any record came.
    """
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    found = 0
    for shard in shards:
        at = kinesis.get_shard_iterator(
            StreamName=stream,
            ShardId=shard["ShardId"],
            ShardIteratorType="AT_TIMESTAMP",
            Timestamp=since,
        )
        found += len(kinesis.get_records(ShardIterator=at["ShardIterator"], Limit=1000)["Records"])
    return found
