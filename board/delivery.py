"""The delivered objects: what Firehose has stored in the sink's bucket."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RESULTS, LETTERS, ERRORS = "results/", "dead-letters/", "errors/"
"""The first part of the sink's keys. The hour in UTC follows: `date=2026-01-31/hour=09/`."""

PAGES: Final = 5
"""The largest number of pages, of 1,000 keys each, that are counted of one prefix."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The objects of this hour and the previous one under one prefix. Times are in milliseconds."""

    objects: int = 0
    size: int = 0
    """Bytes of the stored objects, which are compressed."""
    newest: int | None = None
    more: bool = False
    """Whether there are more objects than were counted."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The objects in the bucket of this hour and the previous one."""

    results: Stored
    letters: Stored
    failed: Stored
    """The records that could not be delivered."""


class Sink:
    """Counts the objects in a sink's bucket."""

    def __init__(
        self, client: S3Client, bucket: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Set the bucket. No call is made yet."""
        self._client = client
        self._bucket = bucket
        self._clock = clock

    def read(self) -> Delivered:
        """Count the objects of this hour and the previous one. Raises botocore's errors."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        hours = [
            f"date={each:%Y-%m-%d}/hour={each:%H}/" for each in (now - timedelta(hours=1), now)
        ]
        return Delivered(
            results=self._count([RESULTS + hour for hour in hours]),
            letters=self._count([LETTERS + hour for hour in hours]),
            failed=self._count([kind + hour for kind in self._kinds() for hour in hours]),
        )

    def _kinds(self) -> list[str]:
        """Give the prefix of each kind of failure in the bucket: `errors/results/<kind>/`."""
        found: list[str] = []
        for noun in (RESULTS, LETTERS):
            answer = self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=ERRORS + noun, Delimiter="/"
            )
            found += [each.get("Prefix", "") for each in answer.get("CommonPrefixes", [])]
        return found

    def _count(self, prefixes: list[str]) -> Stored:
        objects = size = 0
        newest: float | None = None
        more = False
        for prefix in prefixes:
            token: dict[str, str] = {}
            for _ in range(PAGES):
                answer = self._client.list_objects_v2(  # pyright: ignore[reportUnknownMemberType] -- a token or none
                    Bucket=self._bucket,
                    Prefix=prefix,
                    **token,  # pyright: ignore[reportArgumentType]
                )
                for entry in answer.get("Contents", []):
                    objects += 1
                    size += entry.get("Size", 0)
                    if "LastModified" in entry:
                        newest = max(newest or 0.0, entry["LastModified"].timestamp())
                token = {"ContinuationToken": answer.get("NextContinuationToken", "")}
                if not token["ContinuationToken"]:
                    break
            else:
                more = True
        at = None if newest is None else round(newest * 1000)
        return Stored(objects=objects, size=size, newest=at, more=more)
