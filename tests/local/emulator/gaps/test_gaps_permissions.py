"""What the emulator's check of permissions lacks, tested on an emulator without patches."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
from gap_world import Client, as_root, create_role, gap, refuses

from local.clients import Clients


@pytest.mark.emulator
def test_a_shard_iterator_is_not_checked_as_its_stream(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one stream doesn't allow GetRecords with an iterator of the stream."""
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    actions = ["kinesis:GetShardIterator", "kinesis:GetRecords"]
    grant = {"Effect": "Allow", "Action": actions, "Resource": arn}
    kinesis = as_root(bare, account, create_role(client, "reader", root, grant))("kinesis")
    place = {"StreamName": "s", "ShardId": "shardId-000000000000"}
    iterator = kinesis.get_shard_iterator(**place, ShardIteratorType="LATEST")["ShardIterator"]
    refused = refuses(lambda: kinesis.get_records(ShardIterator=iterator))
    gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_log_stream_is_checked_as_its_group(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to write one log stream doesn't work."""
    client("logs").create_log_group(logGroupName="g")
    client("logs").create_log_stream(logGroupName="g", logStreamName="s")
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:g:log-stream:s"
    grant = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": arn}
    logs = as_root(bare, account, create_role(client, "writer", root, grant))("logs")
    event = {"timestamp": round(time.time() * 1000), "message": "m"}
    refused = refuses(
        lambda: logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    )
    gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_dashboard_is_not_checked_as_itself(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one dashboard doesn't work."""
    client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    arn = f"arn:aws:cloudwatch::{account}:dashboard/d"
    grant = {"Effect": "Allow", "Action": "cloudwatch:GetDashboard", "Resource": arn}
    watch = as_root(bare, account, create_role(client, "watcher", root, grant))("cloudwatch")
    gap("patches/iam_resources", there=refuses(lambda: watch.get_dashboard(DashboardName="d")))


@pytest.mark.emulator
def test_a_composite_alarm_is_put_by_its_name(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for one alarm is enough to put a composite alarm. On AWS it must be for `*`."""
    arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:over"
    grant = {"Effect": "Allow", "Action": "cloudwatch:PutCompositeAlarm", "Resource": arn}
    watch = as_root(bare, account, create_role(client, "over", root, grant))("cloudwatch")
    put = {"AlarmName": "over", "AlarmRule": "FALSE"}
    gap("patches/iam_resources", there=not refuses(lambda: watch.put_composite_alarm(**put)))


@pytest.mark.emulator
def test_managed_flink_checks_no_permission(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A role without any permission for the service creates an application."""
    grant = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    flink = as_root(bare, account, create_role(client, "nobody", root, grant))("kinesisanalyticsv2")
    wanted = {
        "ApplicationName": "unchecked",
        "RuntimeEnvironment": "FLINK-1_20",
        "ServiceExecutionRole": f"arn:aws:iam::{account}:role/r",
    }
    refused = refuses(lambda: flink.create_application(**wanted))
    gap("patches/iam_resources", there=not refused)


@pytest.mark.emulator
def test_a_new_function_is_not_checked_as_itself(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to create one function doesn't work."""
    role = create_role(client, "of-function", root)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:f"
    grants = [
        {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": arn},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role},
    ]
    maker = as_root(bare, account, create_role(client, "maker", root, *grants))("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): ...")
    wanted = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "f.handler", "Role": role}
    refused = refuses(lambda: maker.create_function(**wanted, Code={"ZipFile": packed.getvalue()}))
    gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_database_is_checked_as_a_table(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one database doesn't work."""
    client("glue").create_database(DatabaseInput={"Name": "d"})
    arn = f"arn:aws:glue:us-east-1:{account}:database/d"
    grant = {"Effect": "Allow", "Action": "glue:GetDatabase", "Resource": arn}
    glue = as_root(bare, account, create_role(client, "cataloger", root, grant))("glue")
    gap("patches/iam_resources", there=refuses(lambda: glue.get_database(Name="d")))


@pytest.mark.emulator
def test_a_saved_query_is_not_checked_as_its_workgroup(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for a workgroup doesn't work."""
    saved = client("athena").create_named_query(Name="q", Database="d", QueryString="SELECT 1")
    arn = f"arn:aws:athena:us-east-1:{account}:workgroup/primary"
    grant = {"Effect": "Allow", "Action": "athena:GetNamedQuery", "Resource": arn}
    athena = as_root(bare, account, create_role(client, "analyst", root, grant))("athena")
    refused = refuses(lambda: athena.get_named_query(NamedQueryId=saved["NamedQueryId"]))
    gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_tags_are_not_checked_as_their_resource(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to list one topic's tags doesn't work."""
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    grant = {"Effect": "Allow", "Action": "sns:ListTagsForResource", "Resource": topic}
    sns = as_root(bare, account, create_role(client, "lister", root, grant))("sns")
    gap(
        "patches/iam_resources",
        there=refuses(lambda: sns.list_tags_for_resource(ResourceArn=topic)),
    )


@pytest.mark.emulator
def test_a_stream_is_written_without_its_key(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to put records is enough for an encrypted stream."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("kinesis").create_stream(StreamName="k", ShardCount=1)
    client("kinesis").start_stream_encryption(StreamName="k", EncryptionType="KMS", KeyId=key)
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/k"
    grant = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": arn}
    kinesis = as_root(bare, account, create_role(client, "putter", root, grant))("kinesis")
    put = {"StreamName": "k", "Data": b"x", "PartitionKey": "x"}
    gap("patches/kms", there=not refuses(lambda: kinesis.put_record(**put)))


@pytest.mark.emulator
def test_the_actions_of_an_alarm_are_not_limited(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for alarms with one topic is enough for another topic."""
    topic = f"arn:aws:sns:us-east-1:{account}:"
    only = {"ForAllValues:StringEquals": {"cloudwatch:AlarmActions": f"{topic}own"}}
    grant = {"Effect": "Allow", "Action": "cloudwatch:PutMetricAlarm", "Resource": "*"}
    role = create_role(client, "alarms", root, grant | {"Condition": only})
    watch = as_root(bare, account, role)("cloudwatch")
    alarm = {
        "AlarmName": "a",
        "Namespace": "n",
        "MetricName": "m",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
    }
    watch.put_metric_alarm(**alarm, AlarmActions=[f"{topic}own"])
    watch.put_metric_alarm(**alarm)
    put = {
        name: not refuses(
            lambda name=name: watch.put_metric_alarm(**alarm, **{name: [f"{topic}x"]})
        )
        for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
    }
    assert len(set(put.values())) == 1, put
    gap("patches/iam", there=put["AlarmActions"])


@pytest.mark.emulator
def test_a_roles_policies_have_no_limit(client: Client, account: str, root: dict[str, Any]) -> None:
    """Two policies of 6,000 characters are put into one role."""
    del account
    create_role(client, "long", root)
    resource = [f"arn:aws:s3:::{'a' * 5_900}"]
    grant = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": grant}, indent=2)

    def put(name: str) -> None:
        client("iam").put_role_policy(RoleName="long", PolicyName=name, PolicyDocument=document)

    put("one")
    put("one")
    gap("patches/iam", there=not refuses(lambda: put("two")))
