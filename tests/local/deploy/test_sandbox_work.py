"""What the sandbox stack's application and deliveries may do, and where records are stored."""

import gzip
import time

import pytest
from botocore.exceptions import ClientError
from patience import wait_for
from sandbox_world import STREAMS

from local.accounts import WORKLOAD
from local.cloud import LocalCloud

pytestmark = pytest.mark.emulator


def delivered(cloud: LocalCloud, prefix: str) -> list[bytes]:
    """Wait for objects under a prefix of the sink, and give their content."""
    s3, bucket = cloud.client("s3"), cloud.outputs["sink_bucket"]
    found = wait_for(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []))
    keys = [each["Key"] for each in found]
    assert all(key.endswith(".json.gz") for key in keys)
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [gzip.decompress(body) for body in bodies]


def test_stored_records_can_be_queried_at_once(cloud: LocalCloud) -> None:
    """Each kind of record has a table over its prefix. The objects' keys give the partitions."""
    glue = cloud.client("glue")
    (database,) = glue.get_databases()["DatabaseList"]
    tables = glue.get_tables(DatabaseName=database["Name"])["TableList"]
    assert {table["Name"] for table in tables} == {"results", "dead_letters"}
    for table in tables:
        location = table["StorageDescriptor"]["Location"]
        prefix = table["Name"].replace("_", "-")
        assert location == f"s3://{cloud.outputs['sink_bucket']}/{prefix}/"
        assert table["Parameters"]["projection.enabled"] == "true"
        assert [key["Name"] for key in table["PartitionKeys"]] == ["date", "hour"]
    athena = cloud.client("athena")
    (query,) = athena.list_named_queries(WorkGroup="primary")["NamedQueryIds"]
    named = athena.get_named_query(NamedQueryId=query)["NamedQuery"]
    assert (named["Name"], named["Database"]) == ("stocktrading-results-today", database["Name"])


def test_the_application_may_do_its_work_and_nothing_else(cloud: LocalCloud) -> None:
    """Its role can read the archive and the input, and write results. The rest is denied."""
    role = cloud.client("iam").get_role(RoleName="stocktrading-flink")["Role"]["Arn"]
    given = cloud.clients.service_credentials(
        role, "kinesisanalytics.amazonaws.com", cloud.outputs["application_arn"]
    )
    kinesis = cloud.clients.client_as("kinesis", given)
    s3 = cloud.clients.client_as("s3", given)
    key = "releases/v1/stocktrading-job.zip"
    body = s3.get_object(Bucket=cloud.outputs["code_bucket"], Key=key)["Body"].read()
    assert body == b"archive of v1"
    assert len(kinesis.list_shards(StreamName=STREAMS[1])["Shards"]) == 4
    position = {"StreamName": STREAMS[1], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**position, ShardId="shardId-000000000000")
    kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    event = {"timestamp": int(time.time() * 1000), "message": "a line"}
    cloud.clients.client_as("logs", given).put_log_events(
        logGroupName=cloud.outputs["log_group"], logStreamName="job", logEvents=[event]
    )
    denied = [
        (kinesis.put_record, {"StreamName": STREAMS[1], "Data": b"x", "PartitionKey": "x"}),
        (kinesis.delete_stream, {"StreamName": STREAMS[2]}),
        (s3.put_object, {"Bucket": cloud.outputs["code_bucket"], "Key": key, "Body": b"x"}),
        (s3.get_object, {"Bucket": cloud.outputs["sink_bucket"], "Key": "results/x"}),
    ]
    for call, arguments in denied:
        with pytest.raises(ClientError, match="AccessDenied"):
            call(**arguments)


@pytest.mark.parametrize(
    ("noun", "stream"), [("results", STREAMS[2]), ("dead-letters", STREAMS[0])]
)
def test_a_delivery_may_do_its_work_and_nothing_else(
    cloud: LocalCloud, noun: str, stream: str
) -> None:
    """Its role can only read its own stream and write to its bucket."""
    role = cloud.client("iam").get_role(RoleName=f"stocktrading-deliver-{noun}")["Role"]["Arn"]
    name = f"stocktrading-{noun}-delivery"
    arn = f"arn:aws:firehose:us-east-1:{WORKLOAD}:deliverystream/{name}"
    given = cloud.clients.service_credentials(role, "firehose.amazonaws.com", arn)
    kinesis = cloud.clients.client_as("kinesis", given)
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    position = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": "LATEST"}
    iterator = kinesis.get_shard_iterator(**position)["ShardIterator"]
    kinesis.get_records(ShardIterator=iterator)
    s3 = cloud.clients.client_as("s3", given)
    s3.put_object(Bucket=cloud.outputs["sink_bucket"], Key="errors/probe", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        kinesis.list_shards(StreamName=STREAMS[1])
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=cloud.outputs["code_bucket"], Key="x", Body=b"x")


@pytest.mark.parametrize(
    ("stream", "prefix"), [(STREAMS[2], "results/"), (STREAMS[0], "dead-letters/")]
)
def test_a_record_on_a_stream_is_delivered_as_an_object(
    cloud: LocalCloud, stream: str, prefix: str
) -> None:
    """Firehose writes the record to the sink's bucket, compressed as the object's name says."""
    record = b'{"ticker": "AMZN", "max_price": 12.5}\n'
    cloud.client("kinesis").put_record(StreamName=stream, PartitionKey="AMZN", Data=record)
    assert delivered(cloud, prefix) == [record]
