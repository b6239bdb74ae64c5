"""Where dead letters are read from: their stream, the sink's bucket, or a file."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import UserError
from oracle.dead_letters import DeadLetter, MalformedLetterError, parse_letter
from stack.clients import client
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from stack.outputs import Outputs

STREAM, BUCKET, STDIN = "stream", "bucket", "-"
BUCKET_HOURS: Final = 24
"""Hours that are read of the bucket if no time is named."""

_GZIP: Final = b"\x1f\x8b"


@dataclass(slots=True)
class Read:
    """The dead letters of a source."""

    letters: list[DeadLetter] = field(default_factory=list[DeadLetter])
    malformed: list[str] = field(default_factory=list[str])
    """What is wrong with each line that is no dead letter, with its place."""

    def add(self, lines: bytes, place: str) -> None:
        """Add the letters of a text. Blank lines are left out."""
        for number, line in enumerate(lines.splitlines(), 1):
            if not line.strip():
                continue
            try:
                self.letters.append(parse_letter(line + b"\n"))
            except MalformedLetterError as error:
                self.malformed.append(f"{place}, line {number}: {error}")


def read_letters(outputs: Outputs, source: str, since: datetime | None) -> Read:
    """Read the dead letters of a source: `stream`, `bucket`, or a file's path.

    Letters from before `since` may be among them. Raises `UserError` and botocore's errors.
    """
    read = Read()
    if source == STREAM:
        stream = outputs.dead_letter_stream
        begin = None if since is None else since.timestamp()
        reader = StreamReader(client(outputs, "kinesis"), stream, since=begin)
        for record in (record for page in reader.pages() for record in page):
            read.add(record.data, f"{stream}, {record.shard} {record.sequence_number}")
    elif source == BUCKET:
        bucket, now = _bucket(outputs), datetime.now(UTC)
        s3: S3Client = client(outputs, "s3")
        for key in _keys(s3, bucket, since or now - timedelta(hours=BUCKET_HOURS), now):
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            place = f"s3://{bucket}/{key}"
            read.add(_unzip(body, place), place)
    else:
        place = "standard input" if source == STDIN else source
        read.add(_unzip(_bytes_of(source), place), place)
    return read


def _bucket(outputs: Outputs) -> str:
    if outputs.sink_bucket:
        return outputs.sink_bucket
    message = "the stack's outputs name no sink_bucket; read the stream with --from stream"
    raise UserError(message)


def _keys(s3: S3Client, bucket: str, since: datetime, now: datetime) -> Iterator[str]:
    """Give the keys of each hour from `since` on. A letter is stored after its record arrived."""
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= now:
        prefix = f"dead-letters/date={hour:%Y-%m-%d}/hour={hour:%H}/"
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", []) if "Key" in entry)
        hour += timedelta(hours=1)


def _unzip(body: bytes, place: str) -> bytes:
    try:
        return gzip.decompress(body) if body.startswith(_GZIP) else body
    except (OSError, EOFError, zlib.error) as error:
        message = f"{place}: not whole gzip data ({error})"
        raise UserError(message) from error


def _bytes_of(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise UserError(message) from error
