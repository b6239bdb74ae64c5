"""Metrics that the emulator's services publish, alarms on them, and expressions over them."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from patience import wait_for

from local.clients import Clients
from local.firehose.service import Firehose

pytestmark = pytest.mark.emulator

SECONDS = 20
"""Time within which an action must show in the metrics."""

Client = Callable[[str], Any]


@pytest.fixture
def client(clients: Clients, account: str) -> Client:
    """Give clients of a separate account, because metrics can't be deleted."""
    return lambda service: clients.client(service, account)


def _data(client: Client, *queries: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    now = time.time()
    answer = client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=datetime.fromtimestamp(now - 3600, UTC),
        EndTime=datetime.fromtimestamp(now + 60, UTC),
    )
    return answer["MetricDataResults"]


def _stat(namespace: str, name: str, stat: str, **dimensions: str) -> dict[str, Any]:
    shaped = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": shaped}
    return {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}


def _values(client: Client, namespace: str, name: str, stat: str, **dimensions: str) -> list[float]:
    (result,) = _data(client, _stat(namespace, name, stat, **dimensions))
    return result["Values"]


def _publish(client: Client, name: str, values: Mapping[int, float], **dimensions: str) -> None:
    """Publish values for past minutes, by the number of minutes before the current one."""
    minute = int(time.time() // 60) * 60
    client("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
                "Timestamp": datetime.fromtimestamp(minute - 60 * back, UTC),
                "Value": value,
            }
            for back, value in values.items()
        ],
    )


def _until(look: Callable[[], object], expected: object) -> None:
    wait_for(lambda: look() == expected, progress=look)


def test_a_stream_counts_records_put_and_their_age_when_read(client: Client) -> None:
    """PutRecord and PutRecords count records and bytes, and only for their own stream."""
    kinesis = client("kinesis")
    for name in ("counted", "other"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.put_record(StreamName="counted", Data=b"12345", PartitionKey="k")
    batch = [{"Data": b"1234567", "PartitionKey": "k"}] * 3
    kinesis.put_records(StreamName="counted", Records=batch)
    put = ("AWS/Kinesis", "IncomingRecords", "Sum")
    assert sum(_values(client, *put, StreamName="counted")) == 4
    size = _values(client, "AWS/Kinesis", "IncomingBytes", "Sum", StreamName="counted")
    assert sum(size) == 5 + 3 * 7
    refused = "WriteProvisionedThroughputExceeded"
    assert set(_values(client, "AWS/Kinesis", refused, "Sum", StreamName="counted")) == {0}
    assert _values(client, *put, StreamName="other") == []
    time.sleep(0.3)
    iterator = kinesis.get_shard_iterator(
        StreamName="counted", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    first = kinesis.get_records(ShardIterator=iterator)
    assert len(first["Records"]) == 4
    kinesis.get_records(ShardIterator=first["NextShardIterator"])
    age = ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds")
    assert 300 <= max(_values(client, *age, "Maximum", StreamName="counted")) < 60_000
    assert min(_values(client, *age, "Minimum", StreamName="counted")) == 0
    read = _values(client, "AWS/Kinesis", "GetRecords.Records", "Sum", StreamName="counted")
    assert sum(read) == 4


def test_a_delivery_counts_what_it_stored_and_what_it_failed_to_store(
    client: Client, clients: Clients, account: str
) -> None:
    """Success is counted for each object. Records read are counted in both cases."""
    kinesis, firehose, s3, iam = (client(each) for each in ("kinesis", "firehose", "s3", "iam"))
    kinesis.create_stream(StreamName="source", ShardCount=1)
    stream = kinesis.describe_stream_summary(StreamName="source")["StreamDescriptionSummary"]
    service = {"Service": "firehose.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    document = json.dumps({"Statement": [trust]})
    role = iam.create_role(RoleName="deliver", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    actions = ["DescribeStream", "ListShards", "GetShardIterator", "GetRecords"]
    granted = [f"kinesis:{each}" for each in actions] + ["s3:PutObject"]
    grant = {"Effect": "Allow", "Action": granted, "Resource": "*"}
    iam.put_role_policy(
        RoleName="deliver",
        PolicyName="grants",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    s3.create_bucket(Bucket="kept")
    for name, bucket in (("to-kept", "kept"), ("to-nowhere", "nowhere")):
        firehose.create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": stream["StreamARN"],
                "RoleARN": role,
            },
            ExtendedS3DestinationConfiguration={
                "RoleARN": role,
                "BucketARN": f"arn:aws:s3:::{bucket}",
            },
        )

    def told(name: str, metric: str, stat: str) -> list[float]:
        return _values(client, "AWS/Firehose", metric, stat, DeliveryStreamName=name)

    kinesis.put_record(StreamName="source", Data=b"12345", PartitionKey="k")
    with Firehose(clients, account):
        for name, success in (("to-kept", 1.0), ("to-nowhere", 0.0)):
            _until(lambda name=name: told(name, "DeliveryToS3.Success", "Average"), [success])
    for name in ("to-kept", "to-nowhere"):
        assert told(name, "DataReadFromKinesisStream.Records", "Sum") == [1]
        assert told(name, "DataReadFromKinesisStream.Bytes", "Sum") == [5]
    assert told("to-kept", "DeliveryToS3.Records", "Sum") == [1]
    assert told("to-nowhere", "DeliveryToS3.Records", "Sum") == []
    assert 0 <= told("to-kept", "DeliveryToS3.DataFreshness", "Maximum")[0] < 60


def test_known_expressions_are_evaluated_and_others_are_refused(client: Client) -> None:
    """GetMetricData gives a result for each query, except those with `ReturnData` false."""
    _publish(client, "count", {3: 60, 2: 120}, Stream="s")
    source = _stat("Test", "count", "Sum", Stream="s") | {"ReturnData": False}
    rate, refused = _data(
        client,
        source,
        {"Id": "e1", "Expression": "m/PERIOD(m)", "Label": "a second"},
        {"Id": "e2", "Expression": "m*m", "Label": "no"},
    )
    assert (rate["Id"], rate["Label"], rate["Values"]) == ("e1", "a second", [1, 2])
    assert (rate["Timestamps"][1] - rate["Timestamps"][0]).total_seconds() == 60
    assert (refused["StatusCode"], refused["Values"]) == ("InternalError", [])
    assert refused["Messages"][0]["Value"].startswith("m*m: not evaluated on the local cloud")


def test_a_search_gives_a_series_for_each_metric_and_a_query_one_for_all(client: Client) -> None:
    """The label of a series contains the dimensions in which the series differ."""
    for task, value in (("read", 5), ("write", 7)):
        _publish(client, "busy", {2: value}, Application="a", Task=task)
    _publish(client, "busy", {2: 99}, Application="b", Task="read")
    terms = 'MetricName="busy" Application="a"'
    search = f"SEARCH('{{Test,Application,Task}} {terms}', 'Maximum', 60)"
    found = _data(client, {"Id": "e1", "Expression": search, "Label": "works: "})
    assert [(each["Label"], each["Values"]) for each in found] == [
        ("works: read", [5]),
        ("works: write", [7]),
    ]
    query = "SELECT MAX(busy) FROM \"Test\" WHERE Application = 'a'"
    (most,) = _data(client, {"Id": "e1", "Expression": query, "Period": 60})
    assert most["Values"] == [7]


def _alarm(client: Client, name: str, **given: object) -> None:
    shape: dict[str, Any] = {
        "AlarmName": name,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
    }
    client("cloudwatch").put_metric_alarm(**shape | given)


def _states(client: Client, *names: str) -> list[str]:
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = client("cloudwatch").describe_alarms(AlarmNames=list(names), AlarmTypes=kinds)
    both = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    states = {each["AlarmName"]: each["StateValue"] for each in both}
    return [states[name] for name in names]


def test_an_alarm_reacts_only_to_its_own_metric(client: Client) -> None:
    """A trade raises no alarm on dead letters. A composite alarm of both streams is raised."""
    plain = {"Namespace": "Test", "MetricName": "letters", "Period": 60, "Statistic": "Sum"}
    for name in ("ingest", "dead"):
        dimensions = [{"Name": "Stream", "Value": name}]
        _alarm(client, f"letters-{name}", Dimensions=dimensions, **plain)
    rule = 'ALARM("letters-ingest") OR ALARM("letters-dead")'
    client("cloudwatch").put_composite_alarm(AlarmName="any", AlarmRule=rule)
    names = ("letters-ingest", "letters-dead", "any")
    _publish(client, "letters", dict.fromkeys(range(5), 1), Stream="ingest")
    assert _states(client, *names) == ["ALARM", "OK", "ALARM"]


def test_an_alarm_over_an_expression_is_evaluated(client: Client) -> None:
    """The expression is the growth rate of a counter."""
    dimensions = [{"Name": "Application", "Value": "a"}]
    metric = {"Namespace": "Test", "MetricName": "restarts", "Dimensions": dimensions}
    source = {
        "Id": "m",
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"},
        "ReturnData": False,
    }
    rate = {"Id": "e", "Expression": "RATE(m)", "ReturnData": True}
    _alarm(client, "grows", Metrics=[source, rate])
    _publish(client, "restarts", {5: 1, 4: 1, 3: 1}, Application="a")
    assert _states(client, "grows") == ["OK"]
    _publish(client, "restarts", {2: 1, 1: 2, 0: 3}, Application="a")
    assert _states(client, "grows") == ["ALARM"]
    (described,) = client("cloudwatch").describe_alarms(AlarmNames=["grows"])["MetricAlarms"]
    assert [each["Id"] for each in described["Metrics"]] == ["m", "e"]
    assert described["StateReason"].startswith("1 of the last 1 periods of 60 s breach")
