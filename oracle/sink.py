"""Compares the records stored in a stack's bucket with those of the streams."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ERRORS: Final = "errors/"
"""Prefix of the objects for records that Firehose could not deliver."""

_GZIP: Final = b"\x1f\x8b"


class Delivery:
    """The objects in a sink's bucket. Each is read once, so they must not change."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        """Take the `bucket`. Nothing is read yet."""
        self._client = client
        self._bucket = bucket
        self._seen: set[str] = set()
        self._lines: Counter[bytes] = Counter()

    @property
    def objects(self) -> int:
        """Number of objects read, without those for failed deliveries."""
        return sum(not key.startswith(ERRORS) for key in self._seen)

    @property
    def failed(self) -> int:
        """Number of objects for failed deliveries."""
        return len(self._seen) - self.objects

    def poll(self) -> None:
        """Read the new objects."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        for key in (entry.get("Key", "") for page in pages for entry in page.get("Contents", [])):
            if key in self._seen:
                continue
            if not key.startswith(ERRORS):
                body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
                text = gzip.decompress(body) if body.startswith(_GZIP) else body
                self._lines.update(text.splitlines(keepends=True))
            self._seen.add(key)

    def count_missing(self, records: Iterable[bytes]) -> int:
        """Count the records that are in no object. A record put twice must be there twice."""
        return (Counter(records) - self._lines).total()
