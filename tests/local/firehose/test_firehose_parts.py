"""The parts of a delivery: its description, source, function and destinations."""

import base64
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from firehose_endpoint import Endpoint

from local.firehose.destinations import EndpointError, insist, post, store, store_failed
from local.firehose.stream import Bucket, DeliveryStream, Http
from local.firehose.transform import transform

SINCE = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
DATED = "date=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
STREAM = DeliveryStream(
    name="results-delivery",
    arn="arn:aws:firehose:us-east-1:222222222222:deliverystream/results-delivery",
    version="3",
    role_arn="arn:aws:iam::222222222222:role/deliver",
    source_arn="arn:aws:kinesis:us-east-1:222222222222:stream/results",
    since=SINCE,
    bucket=Bucket(
        name="sink",
        prefix=f"results/{DATED}",
        error_prefix=f"errors/results/!{{firehose:error-output-type}}/{DATED}",
        extension=".json.gz",
        gzip=True,
    ),
)
S3 = {
    "BucketARN": "arn:aws:s3:::sink",
    "Prefix": f"results/{DATED}",
    "ErrorOutputPrefix": f"errors/results/!{{firehose:error-output-type}}/{DATED}",
    "FileExtension": ".json.gz",
    "CompressionFormat": "GZIP",
}


def described(**destination: object) -> dict[str, Any]:
    """Give a DeliveryStreamDescription with one destination."""
    return {
        "DeliveryStreamName": STREAM.name,
        "DeliveryStreamARN": STREAM.arn,
        "VersionId": "3",
        "Source": {
            "KinesisStreamSourceDescription": {
                "KinesisStreamARN": STREAM.source_arn,
                "RoleARN": STREAM.role_arn,
                "DeliveryStartTimestamp": SINCE,
            }
        },
        "Destinations": [destination],
    }


def test_a_description_has_all_that_a_delivery_needs() -> None:
    """For S3 it has the bucket, the prefixes and the compression."""
    given = DeliveryStream.from_description(described(ExtendedS3DestinationDescription=S3))
    assert given == STREAM
    assert STREAM.source == "results"


def test_an_endpoint_has_a_backup_bucket_a_function_a_secret_and_a_log() -> None:
    """Each is read from its place in Firehose's description."""
    parameters = {"LambdaArn": "arn:f:$LATEST", "NumberOfRetries": "2"}
    listed = [{"ParameterName": key, "ParameterValue": parameters[key]} for key in parameters]
    http = {
        "EndpointConfiguration": {"Url": "https://desk.example.com"},
        "RequestConfiguration": {
            "ContentEncoding": "GZIP",
            "CommonAttributes": [{"AttributeName": "team", "AttributeValue": "desk"}],
        },
        "RetryOptions": {"DurationInSeconds": 60},
        "S3BackupMode": "AllData",
        "S3DestinationDescription": S3,
        "SecretsManagerConfiguration": {"Enabled": True, "SecretARN": "arn:secret"},
        "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"},
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [{"Type": "Lambda", "Parameters": listed}],
        },
    }
    given = DeliveryStream.from_description(described(HttpEndpointDestinationDescription=http))
    assert given == replace(
        STREAM,
        http=Http(
            url="https://desk.example.com",
            attributes={"team": "desk"},
            gzip=True,
            retry_seconds=60,
            secret_arn="arn:secret",  # noqa: S106 -- a reference
            backup_all=True,
        ),
        function_arn="arn:f:$LATEST",
        function_retries=2,
        log=("g", "s"),
    )


def test_another_kind_of_destination_is_not_delivered_here() -> None:
    """Only its description exists."""
    assert DeliveryStream.from_description(described(SplunkDestinationDescription={})) is None


@dataclass
class FakeBucket:
    """Keeps the objects that are put."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def put_object(self, **given: Any) -> None:  # noqa: ANN401 -- as boto3's client takes them
        """Keep one object."""
        assert given["Bucket"] == "sink"
        self.objects[given["Key"]] = given["Body"]


def test_an_objects_key_has_its_hour_and_its_records_are_in_order() -> None:
    """It is compressed, as its file extension says."""
    bucket = FakeBucket()
    store(bucket, STREAM, [b"one\n", b"two\n"])
    ((key, body),) = bucket.objects.items()
    now = datetime.now(UTC)
    assert key.startswith(f"results/date={now:%Y-%m-%d}/hour=")
    assert "/results-delivery-3-20" in key
    assert key.endswith(".json.gz")
    assert gzip.decompress(body) == b"one\ntwo\n"


def test_failed_records_are_stored_unchanged_with_the_reason() -> None:
    """Each record has one line. The prefix has the kind of failure."""
    bucket = FakeBucket()
    store_failed(bucket, STREAM, [b"\xff", b"two"], "processing-failed", "marked")
    ((key, body),) = bucket.objects.items()
    assert key.startswith("errors/results/processing-failed/date=")
    lines = [json.loads(line) for line in gzip.decompress(body).splitlines()]
    assert [base64.b64decode(line["rawData"]) for line in lines] == [b"\xff", b"two"]
    assert {line["errorMessage"] for line in lines} == {"marked"}


@dataclass
class FakeFunctions:
    """Gives one prepared response for each call of a function."""

    answers: list[object]
    asked: list[list[bytes]] = field(default_factory=list[list[bytes]])

    def invoke(self, **given: Any) -> Mapping[str, Any]:  # noqa: ANN401 -- as boto3's client takes them
        """Give the next response."""
        records = json.loads(given["Payload"])["records"]
        self.asked.append([base64.b64decode(each["data"]) for each in records])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def answer(*results: str) -> dict[str, object]:
    """Write a function's response: each record in capitals, with these results."""
    data = base64.b64encode(b"X").decode()
    return {
        "records": [
            {"recordId": str(at), "result": result, "data": data}
            for at, result in enumerate(results)
        ]
    }


@pytest.mark.parametrize(
    ("answers", "ready", "failed", "calls"),
    [
        ([answer("Ok", "Ok")], [b"X", b"X"], [], 1),
        ([answer("Ok", "Dropped")], [b"X"], [], 1),
        ([answer("ProcessingFailed", "Ok")], [b"X"], [b"one"], 1),
        ([answer("Ok")], [b"X"], [b"two"], 1),  # a record that isn't in the response has failed
        ([RuntimeError(), answer("Ok", "Ok")], [b"X", b"X"], [], 2),
        ([RuntimeError(), RuntimeError()], [], [b"one", b"two"], 2),
        ([{"no": "records"}], [], [b"one", b"two"], 1),
    ],
)
def test_every_record_is_ready_failed_or_dropped_by_the_function(
    answers: list[object], ready: list[bytes], failed: list[bytes], calls: int
) -> None:
    """A failed call is made again, as often as the stream's configuration says."""
    functions = FakeFunctions(answers)
    stream = replace(STREAM, function_arn="arn:f", function_retries=1)
    done = transform(functions, stream, [b"one", b"two"])
    assert (done.ready, done.failed) == (ready, failed)
    assert len(functions.asked) == calls


def test_a_function_gets_a_megabyte_at_once() -> None:
    """Its response may have at most six megabytes."""
    functions = FakeFunctions([answer("Ok"), answer("Ok")])
    stream = replace(STREAM, function_arn="arn:f")
    assert len(transform(functions, stream, [b"x" * 600_000, b"y" * 600_000]).ready) == 2
    assert [len(batch) for batch in functions.asked] == [1, 1]


def test_a_request_succeeds_only_if_the_response_has_its_id() -> None:
    """Any other response counts as a refusal."""
    to = Http(url="", attributes={}, gzip=False, retry_seconds=0, secret_arn=None, backup_all=False)
    with Endpoint() as endpoint:
        post(STREAM, replace(to, url=endpoint.url), [b"one"], "key")
        assert endpoint.records == [b"one"]
        assert endpoint.taken[0].headers["X-Amz-Firehose-Access-Key"] == "key"
        endpoint.refuse = 1
        with pytest.raises(EndpointError, match="503"):
            post(STREAM, replace(to, url=endpoint.url), [b"two"], "key")
        endpoint.identity = "another"
        with pytest.raises(EndpointError, match="doesn't contain the request's requestId"):
            post(STREAM, replace(to, url=endpoint.url), [b"three"], "key")


def test_a_request_is_sent_again_until_it_succeeds_or_the_time_is_over() -> None:
    """It is not sent again if the delivery must stop."""
    left = [EndpointError("down"), EndpointError("down")]

    def send() -> None:
        if left:
            raise left.pop()

    insist(send, 60, lambda _: False)
    assert left == []
    left.append(EndpointError("down"))
    with pytest.raises(EndpointError):
        insist(send, 60, lambda _: True)
    left.append(EndpointError("down"))
    with pytest.raises(EndpointError):
        insist(send, 0, lambda _: False)
