"""Real deliveries of results: through the function, to an endpoint, and into the bucket."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import packaged
from firehose_endpoint import Endpoint
from patience import wait_for

from local.cloud import NAMESPACE, LocalCloud

pytestmark = pytest.mark.emulator

ROLE = "stocktrading-deliver-results"


@pytest.fixture(scope="module", autouse=True)
def _archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prepare an archive to deploy."""
    with packaged(tmp_path_factory.mktemp("dist")):
        yield


def sandbox(directory: Path, **sink: object) -> LocalCloud:
    """Give a local cloud with this configuration of the sink. It is not started."""
    overrides = {f"{NAMESPACE}:sink.{key}": value for key, value in sink.items()}
    return LocalCloud(directory=directory, stacks=["sandbox"], overrides=overrides)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """Give a listening endpoint."""
    with Endpoint() as listening:
        yield listening


@pytest.fixture(scope="module")
def http(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a stack that posts its unchanged results to the endpoint."""
    destination = {
        "kind": "http",
        "url": endpoint.url,
        "attributes": {"team": "desk"},
        "retry_seconds": 5,
    }
    with sandbox(tmp_path_factory.mktemp("http"), destination=destination) as up:
        yield up


@pytest.fixture(scope="module")
def transformed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a stack that passes its results through the function and stores them in S3."""
    with sandbox(tmp_path_factory.mktemp("s3"), transform={"timeout_seconds": 30}) as up:
        yield up


def result(ticker: str) -> bytes:
    """Write a result as the job does."""
    window = {"window_start": "2026-01-31T09:29:30Z", "window_end": "2026-01-31T09:30:30Z"}
    prices = {"max_price": 12.5, "min_price": 10.25, "avg_price": 11.0, "trades": 7}
    return json.dumps(window | {"ticker": ticker} | prices).encode() + b"\n"


def put(cloud: LocalCloud, *records: bytes) -> None:
    """Put records on the results stream."""
    stream = cloud.outputs["results_stream"]
    entries = [{"Data": each, "PartitionKey": str(at)} for at, each in enumerate(records)]
    assert (
        cloud.client("kinesis").put_records(StreamName=stream, Records=entries)["FailedRecordCount"]
        == 0
    )


def stored(cloud: LocalCloud, prefix: str) -> list[tuple[str, bytes]]:
    """Give key and content of each object under a prefix of the sink's bucket."""
    s3, bucket = cloud.client("s3"), cloud.outputs["sink_bucket"]
    keys = [
        each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    ]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [(key, gzip.decompress(body)) for key, body in zip(keys, bodies, strict=True)]


def complaints(cloud: LocalCloud, log_stream: str = "results") -> list[str]:
    """Give the lines in the error log of the results' delivery stream."""
    events = cloud.client("logs").get_log_events(
        logGroupName="/aws/kinesisfirehose/stocktrading", logStreamName=log_stream
    )["events"]
    return [event["message"] for event in events]


def test_results_are_posted_by_firehoses_protocol(http: LocalCloud, endpoint: Endpoint) -> None:
    """Records, ids, attributes and compression are as an endpoint on AWS gets them."""
    put(http, result("AMZN"), result("GOOG"))
    wait_for(lambda: len(endpoint.records) >= 2)
    assert {json.loads(each)["ticker"] for each in endpoint.records} == {"AMZN", "GOOG"}
    headers = endpoint.taken[0].headers
    assert headers["X-Amz-Firehose-Source-Arn"].endswith("/stocktrading-results-http-delivery")
    assert json.loads(headers["X-Amz-Firehose-Common-Attributes"]) == {
        "commonAttributes": {"team": "desk"}
    }
    assert headers["Content-Encoding"] == "gzip"
    assert stored(http, "errors/") == []


def test_no_record_is_lost_if_an_endpoint_is_down_for_a_moment(
    http: LocalCloud, endpoint: Endpoint
) -> None:
    """The request is sent again, and the record arrives once."""
    endpoint.taken.clear()
    endpoint.refuse = 2
    put(http, result("ORCL"))
    wait_for(lambda: endpoint.records)
    assert endpoint.records == [result("ORCL")]
    assert endpoint.refused == 2


def test_records_that_an_endpoint_always_refuses_are_stored_with_the_reason(
    http: LocalCloud, endpoint: Endpoint
) -> None:
    """They are under the error prefix, by kind and hour. The error log has a line about them."""
    endpoint.taken.clear()
    endpoint.refuse = 1_000_000
    put(http, result("BABA"))
    ((key, body),) = wait_for(lambda: stored(http, "errors/results/"))
    endpoint.refuse = 0
    assert key.startswith("errors/results/http-endpoint-failed/date=20")
    assert "/hour=" in key
    told = json.loads(body)
    assert "503" in told["errorMessage"]
    assert base64.b64decode(told["rawData"]) == result("BABA")
    assert endpoint.records == []
    assert [
        each
        for each in complaints(http, "results-http")
        if each.startswith("http-endpoint-failed: 1 records")
    ]


def test_results_pass_through_the_stacks_own_function(transformed: LocalCloud) -> None:
    """The stored records have the fields that `transform/` adds. The key has the day and hour."""
    put(transformed, result("AMZN"))
    ((key, body),) = wait_for(lambda: stored(transformed, "results/"))
    assert key.startswith("results/date=20")
    assert "/hour=" in key
    assert key.endswith(".json.gz")
    told = json.loads(body)
    assert (told["ticker"], told["price_range"], told["window_seconds"]) == ("AMZN", 2.25, 60)


def test_a_record_that_is_no_result_is_stored_and_not_dropped(transformed: LocalCloud) -> None:
    """The function rejects it, and it is stored unchanged under the error prefix."""
    put(transformed, b"no result\n")
    ((key, body),) = wait_for(lambda: stored(transformed, "errors/results/processing-failed/"))
    assert key.startswith("errors/results/processing-failed/date=20")
    assert json.loads(body)["rawData"] == "bm8gcmVzdWx0Cg=="


@pytest.mark.parametrize("action", ["kinesis:GetRecords", "lambda:InvokeFunction", "s3:PutObject"])
def test_a_delivery_uses_its_role_and_continues_after_a_permission_returns(
    transformed: LocalCloud, action: str
) -> None:
    """Without the permission nothing is stored and the log says why. Afterwards nothing is lost."""
    iam = transformed.client("iam")
    named = {"RoleName": ROLE, "PolicyName": "grants"}
    whole = iam.get_role_policy(**named)["PolicyDocument"]
    less = json.loads(json.dumps(whole))
    for statement in less["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action] or ["s3:X"]
    before = len(stored(transformed, "results/"))
    iam.put_role_policy(**named, PolicyDocument=json.dumps(less))
    try:
        put(transformed, result(action))
        wait_for(
            lambda: any(
                action in line and "not authorized" in line for line in complaints(transformed)
            )
        )
        assert len(stored(transformed, "results/")) == before
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(whole))
    wait_for(lambda: len(stored(transformed, "results/")) > before)
    assert any(action in body.decode() for _, body in stored(transformed, "results/"))
