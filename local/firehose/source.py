"""What a delivery reads: the records of a Kinesis stream, shard by shard, each once."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from local.clients import AwsClient


class Source:
    """Remembers how far each shard was read."""

    def __init__(self, stream: str, since: datetime) -> None:
        """Read `stream` from what arrived at `since` on."""
        self._stream = stream
        self._since = since
        self._last: dict[str, str] = {}
        """Sequence number of the last record, by shard."""
        self._iterators: dict[str, str | None] = {}

    def open(self, kinesis: AwsClient) -> None:
        """See that the stream is there, as Firehose does before it reads."""
        kinesis.describe_stream(StreamName=self._stream)

    def read(self, kinesis: AwsClient) -> Iterator[bytes]:
        """Give what has come since the last time."""
        for shard in kinesis.list_shards(StreamName=self._stream)["Shards"]:
            name: str = shard["ShardId"]
            if name not in self._iterators:
                self._iterators[name] = self._seek(kinesis, name)
            yield from self._read(kinesis, name)

    def _read(self, kinesis: AwsClient, shard: str) -> Iterator[bytes]:
        while (iterator := self._iterators[shard]) is not None:  # None: closed, and read to its end
            try:
                answer = kinesis.get_records(ShardIterator=iterator)
            except ClientError:
                del self._iterators[shard]  # expired, or not to be read now: sought anew next time
                raise
            self._iterators[shard] = answer.get("NextShardIterator")
            for record in answer["Records"]:
                self._last[shard] = record["SequenceNumber"]
                yield record["Data"]
            if not answer["Records"]:
                return

    def _seek(self, kinesis: AwsClient, shard: str) -> str:
        position: dict[str, Any] = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": self._since}
        if shard in self._last:
            after = "AFTER_SEQUENCE_NUMBER"
            position = {"ShardIteratorType": after, "StartingSequenceNumber": self._last[shard]}
        found = kinesis.get_shard_iterator(StreamName=self._stream, ShardId=shard, **position)
        return found["ShardIterator"]
