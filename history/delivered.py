"""What the history stack has delivered to its bucket, and the comparison with the recount."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import UserError
from oracle.dead_letters import MalformedLetterError, parse_letter
from oracle.sink import ERRORS
from oracle.windows import Key, MalformedResultError, Result, find_mistake, is_same, parse_result

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from oracle.verdict import Rules, Trade

RESULTS: Final = "results/"
LETTERS: Final = "dead-letters/"
_GZIP: Final = b"\x1f\x8b"


class Delivered:
    """The results and dead letters in a bucket. Each object is read once."""

    def __init__(self, client: S3Client, bucket: str, rules: Rules) -> None:
        """Take the `bucket`. Nothing is read yet."""
        self._client = client
        self._bucket = bucket
        self._rules = rules
        self._seen: set[str] = set()
        self._lines: dict[Key, bytes] = {}
        self.results: dict[Key, Result] = {}
        self.repeated = 0
        """Results that came again with the same values: delivery is at least once."""
        self.letters: Counter[str] = Counter()
        """Dead letters by reason."""
        self.faults: list[str] = []
        """What can't be read, and results that came twice with different values."""

    def poll(self) -> None:
        """Read the new objects. Raises botocore's errors unchanged."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        for name in [entry.get("Key", "") for page in pages for entry in page.get("Contents", [])]:
            if name in self._seen:
                continue
            self._seen.add(name)
            if name.startswith(ERRORS):
                self.faults.append(
                    f"Firehose could not deliver records: s3://{self._bucket}/{name}"
                )
            for line in self._read(name):
                if name.startswith(RESULTS):
                    self._take_result(line)
                elif name.startswith(LETTERS):
                    self._take_letter(line)

    def compare(self, expected: Mapping[Key, Sequence[Trade]]) -> tuple[int, list[str]]:
        """Compare with the recount. Give the number of right windows, and a line per difference."""
        wrong: dict[Key, str] = {}
        for key, trades in sorted(expected.items()):
            found = self.results.get(key)
            if why := find_mistake(found, trades) if found else "no result":
                wrong[key] = f"{key}: {why}"
        extra = sorted(self.results.keys() - expected.keys())
        letters = sorted(self.letters.items())
        lines = [
            *self.faults,
            *(f"dead letters with the reason {reason}: {number:,}" for reason, number in letters),
            *(f"{key}: a result without trades in the file" for key in extra),
            *wrong.values(),
        ]
        return len(expected) - len(wrong), lines

    def write(self, directory: Path) -> Path:
        """Write each result once, as it was delivered, in the order of the windows' ends.

        Raises `UserError`.
        """
        file = directory / "results.jsonl"
        keys = sorted(self._lines, key=lambda key: (key.end, key.start, key.ticker))
        try:
            directory.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"".join(self._lines[key] for key in keys))
        except OSError as error:
            message = f"{file}: {error.strerror or error}; name another directory with --results"
            raise UserError(message) from error
        return file

    def _read(self, name: str) -> list[bytes]:
        body = self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        text = gzip.decompress(body) if body.startswith(_GZIP) else body
        return text.splitlines(keepends=True)

    def _take_result(self, line: bytes) -> None:
        try:
            result = parse_result(line, self._rules)
        except MalformedResultError as error:
            self.faults.append(f"malformed result: {error}")
            return
        before = self.results.setdefault(result.key, result)
        if before is result:
            self._lines[result.key] = line
        elif is_same(before, result):
            self.repeated += 1
        else:
            self.faults.append(f"{result.key}: two results with different values")

    def _take_letter(self, line: bytes) -> None:
        try:
            letter = parse_letter(line)
        except MalformedLetterError as error:
            self.faults.append(f"malformed dead letter: {error}")
            return
        self.letters[letter.reason] += letter.records
