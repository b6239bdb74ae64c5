"""Writes records to the destinations: objects in a bucket, requests to an HTTP endpoint.

Formats: "Amazon S3 object name format" and "HTTP endpoint delivery request and response
specifications" in the Firehose developer guide.
"""

import base64
import gzip
import json
import re
import time
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from local.clients import AwsClient
from local.firehose.stream import Bucket, DeliveryStream, Http

REQUEST_SECONDS: Final = 10
"""Time limit for an endpoint's response. On AWS it is 3 minutes."""

PATTERNS: Final = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}
"""Java's date patterns, and the same patterns in Python."""


class EndpointError(Exception):
    """An endpoint didn't accept the records. The text contains its response."""


def store(s3: AwsClient, stream: DeliveryStream, records: Sequence[bytes]) -> None:
    """Write records, joined in order, as one object."""
    body = b"".join(records)
    key = _key(stream, stream.bucket.prefix) + stream.bucket.extension
    _put(s3, stream.bucket, key, body)


def store_failed(
    s3: AwsClient, stream: DeliveryStream, records: Sequence[bytes], kind: str, message: str
) -> None:
    """Write undelivered records under the error prefix, each with the reason."""
    now = round(time.time() * 1000)
    told = {"attemptsMade": 1, "arrivalTimestamp": now, "attemptEndingTimestamp": now}
    lines = [
        json.dumps(
            {
                **told,
                "errorCode": kind,
                "errorMessage": message,
                "rawData": base64.b64encode(each).decode(),
            }
        )
        for each in records
    ]
    key = _key(stream, stream.bucket.error_prefix, kind)
    _put(s3, stream.bucket, key, ("\n".join(lines) + "\n").encode())


def post(stream: DeliveryStream, to: Http, records: Sequence[bytes], access_key: str) -> None:
    """Post records to an endpoint once. Raises `EndpointError` if it doesn't confirm them."""
    identity = str(uuid.uuid4())
    request = {
        "requestId": identity,
        "timestamp": round(time.time() * 1000),
        "records": [{"data": base64.b64encode(each).decode()} for each in records],
    }
    body = json.dumps(request).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": identity,
        "X-Amz-Firehose-Source-Arn": stream.arn,
        "X-Amz-Firehose-Access-Key": access_key,
        "X-Amz-Firehose-Common-Attributes": json.dumps({"commonAttributes": dict(to.attributes)}),
    }
    if to.gzip:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    call = urllib.request.Request(to.url, data=body, headers=headers)  # noqa: S310 -- http(s), validated
    try:
        with urllib.request.urlopen(call, timeout=REQUEST_SECONDS) as answer:  # noqa: S310 -- see above
            confirmed: Any = json.loads(answer.read())
    except (
        OSError,
        ValueError,
    ) as error:  # an HTTP error status is an OSError, bad JSON a ValueError
        message = f"{to.url}: {' '.join(str(error).split())}"
        raise EndpointError(message) from error
    if not isinstance(confirmed, dict) or confirmed.get("requestId") != identity:  # pyright: ignore[reportUnknownMemberType] -- JSON
        message = f"{to.url}: the response doesn't contain the request's requestId"
        raise EndpointError(message)


def insist(send: Callable[[], None], seconds: float, wait: Callable[[float], bool]) -> None:
    """Send, and try again at growing intervals for a number of seconds.

    If `wait` returns true, there is no further attempt. Raises the last `EndpointError`.
    """
    deadline, pause = time.monotonic() + seconds, 0.2
    while True:
        try:
            send()
        except EndpointError:
            if time.monotonic() + pause > deadline or wait(pause):
                raise
            pause = min(2 * pause, 30)
        else:
            return


def _put(s3: AwsClient, bucket: Bucket, key: str, body: bytes) -> None:
    s3.put_object(Bucket=bucket.name, Key=key, Body=gzip.compress(body) if bucket.gzip else body)


def _key(stream: DeliveryStream, prefix: str, error: str = "") -> str:
    now = datetime.now(UTC)

    def expand(found: re.Match[str]) -> str:
        if found["namespace"] == "firehose":
            return error
        text = found["text"]
        for java, python in PATTERNS.items():
            text = text.replace(java, now.strftime(python))
        return text

    evaluated = re.sub(r"!\{(?P<namespace>timestamp|firehose):(?P<text>[^}]*)\}", expand, prefix)
    return f"{evaluated}{stream.name}-{stream.version}-{now:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}"
