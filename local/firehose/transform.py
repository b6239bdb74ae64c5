"""Passes records through a delivery stream's Lambda function ("Transform source data")."""

import base64
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from local.clients import AwsClient
from local.firehose.stream import DeliveryStream

BATCH_BYTES: Final = 1024 * 1024
"""Bytes of records that a function gets in one call. The stack configures 1 MiB."""


class TransformError(Exception):
    """A function gave no usable response."""


@dataclass
class Transformed:
    """The transformed and the failed records. Records that the function dropped are in neither."""

    ready: list[bytes] = field(default_factory=list[bytes])
    failed: list[bytes] = field(default_factory=list[bytes])


def transform(
    functions: AwsClient, stream: DeliveryStream, records: Sequence[bytes]
) -> Transformed:
    """Pass records through the stream's function. If a call fails, all its records are failed."""
    done = Transformed()
    for batch in _batches(records):
        try:
            answers = _call(functions, stream, batch)
        except TransformError:
            done.failed += batch
            continue
        for number, record in enumerate(batch):
            answer = answers.get(str(number), {"result": "ProcessingFailed"})
            if answer["result"] == "Ok":
                done.ready.append(base64.b64decode(answer["data"]))
            elif answer["result"] != "Dropped":
                done.failed.append(record)
    return done


def _call(
    functions: AwsClient, stream: DeliveryStream, batch: Sequence[bytes]
) -> Mapping[str, Mapping[str, str]]:
    event = {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": stream.arn,
        "region": stream.arn.split(":")[3],
        "records": [
            {"recordId": str(number), "data": base64.b64encode(record).decode()}
            for number, record in enumerate(batch)
        ],
    }
    text = b""
    for _ in range(1 + stream.function_retries):
        answer = functions.invoke(FunctionName=stream.function_arn, Payload=json.dumps(event))
        text = answer["Payload"].read()
        if not answer.get("FunctionError"):
            return _parse(text)
    message = f"{stream.function_arn}: {text.decode('utf-8', 'replace')}"
    raise TransformError(message)


def _parse(text: bytes) -> Mapping[str, Mapping[str, str]]:
    try:
        given = cast("Mapping[str, Any]", json.loads(text))
        return {each["recordId"]: each for each in given["records"]}
    except (KeyError, TypeError, ValueError) as error:
        message = f"the response has no list of records by recordId: {text[:200]!r}"
        raise TransformError(message) from error


def _batches(records: Sequence[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for record in records:
        if batch and sum(map(len, batch)) + len(record) > BATCH_BYTES:
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch
