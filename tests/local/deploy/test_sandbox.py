"""The real program on the emulator, tested by the descriptions that the AWS APIs return."""

import gzip
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from archives import package, packaged
from botocore.exceptions import ClientError
from patience import wait_for

from board.dashboard.body import Unknown
from board.dashboard.insights import Insights
from board.dashboard.reader import Reader
from job.properties import GROUP, JobProperties
from local.accounts import WORKLOAD
from local.cloud import NAMESPACE, LocalCloud, find_running
from local.errors import LocalError

pytestmark = pytest.mark.emulator

APPLICATION = "stocktrading-analytics"
ARN = f"arn:aws:kinesisanalytics:us-east-1:{WORKLOAD}:application/{APPLICATION}"
STREAMS = (
    "stocktrading-dead-letter-stream",
    "stocktrading-ingest-stream",
    "stocktrading-results-stream",
)


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the directory with the archive for the program. It contains version v1."""
    with packaged(tmp_path_factory.mktemp("dist")) as directory:
        yield directory


@pytest.fixture(scope="module")
def cloud(
    distribution: Path,  # noqa: ARG001 -- the stack deploys the packaged archive
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalCloud]:
    """Give a local cloud with the sandbox stack. Its tests change nothing."""
    with LocalCloud(directory=tmp_path_factory.mktemp("local"), stacks=["sandbox"]) as up:
        yield up


@pytest.fixture
def own_cloud(distribution: Path, tmp_path: Path) -> Iterator[LocalCloud]:
    """Give a local cloud that the test may change. Version v1 is packaged before and after."""
    package(distribution, "v1")
    with LocalCloud(directory=tmp_path / "local", stacks=["sandbox"]) as up:
        yield up
    package(distribution, "v1")


def describe(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the application's description."""
    answer = cloud.client("kinesisanalyticsv2").describe_application(ApplicationName=APPLICATION)
    return cast("Mapping[str, Any]", answer["ApplicationDetail"])


def names_of_buckets(cloud: LocalCloud) -> list[str]:
    """Give the names of the workload account's buckets."""
    return [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]


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


def test_the_board_can_draw_the_deployed_dashboard(cloud: LocalCloud) -> None:
    """Each widget has a known type, each alarm exists, and no expression is refused."""
    reader = Reader(
        client=cloud.client("cloudwatch"),
        insights=Insights(client=None),
        name=cloud.outputs["dashboard_name"],
        region="us-east-1",
    )
    picture = reader.read()
    widgets = [widget.content for widget in picture.dashboard.widgets]
    assert not [content for content in widgets if isinstance(content, Unknown)]
    assert [data.error for data in picture.data if data.error] == []
    shown = {alarm.name for data in picture.data for alarm in data.alarms}
    answer = cloud.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"])
    made = {alarm["AlarmName"] for alarm in answer["MetricAlarms"]}
    assert len(made) > 20
    assert shown == made | {"stocktrading-needs-a-person"}


def test_the_outputs_contain_what_the_other_programs_read(cloud: LocalCloud) -> None:
    """The outputs and their file contain each name that simulator, board and release read."""
    expected = {
        "account_id": WORKLOAD,
        "aggregation_enabled": False,
        "application_arn": ARN,
        "application_name": APPLICATION,
        "dashboard_name": "stocktrading",
        "dead_letter_stream": STREAMS[0],
        "endpoint": cloud.endpoint,
        "ingest_stream": STREAMS[1],
        "job_version": "v1",
        "region": "us-east-1",
        "results_stream": STREAMS[2],
    }
    assert {key: cloud.outputs.get(key) for key in expected} == expected
    others = {"code_bucket", "dashboard_url", "key_arn", "log_group", "readme", "sink_bucket"}
    assert others <= cloud.outputs.keys()
    assert json.loads(cloud.outputs_file.read_text()) == cloud.outputs


@pytest.mark.parametrize("name", STREAMS)
def test_each_stream_exists_and_is_encrypted_with_the_stacks_key(
    cloud: LocalCloud, name: str
) -> None:
    """The test reads Kinesis's description of each stream."""
    summary = cloud.client("kinesis").describe_stream_summary(StreamName=name)
    described = summary["StreamDescriptionSummary"]
    assert described["StreamStatus"] == "ACTIVE"
    assert described["EncryptionType"] == "KMS"
    assert described["KeyId"] == cloud.outputs["key_arn"]
    assert described["OpenShardCount"] == (4 if "ingest" in name else 1)


def test_the_key_rotates_and_has_its_alias(cloud: LocalCloud) -> None:
    """KMS rotates the key in the configured period."""
    kms, key = cloud.client("kms"), cloud.outputs["key_arn"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    aliases = kms.list_aliases()["Aliases"]
    assert [
        each["TargetKeyId"] for each in aliases if each["AliasName"] == "alias/stocktrading"
    ] == [key.rpartition("/")[2]]


def test_every_bucket_is_private_encrypted_versioned_and_expires_objects(
    cloud: LocalCloud,
) -> None:
    """The test reads S3's description of each bucket of the account."""
    s3 = cloud.client("s3")
    buckets = names_of_buckets(cloud)
    assert {cloud.outputs["code_bucket"], cloud.outputs["sink_bucket"]} <= set(buckets)
    for bucket in buckets:
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        default = rules["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        assert default == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": cloud.outputs["key_arn"],
        }
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        assert {each["Effect"] for each in policy["Statement"]} == {"Deny"}
        sweeps = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert {rule["Status"] for rule in sweeps} == {"Enabled"}


def test_the_first_archive_has_a_version(cloud: LocalCloud) -> None:
    """The bucket's versioning was on before the archive was uploaded."""
    found = cloud.client("s3").list_object_versions(Bucket=cloud.outputs["code_bucket"])
    (archive,) = found["Versions"]
    assert archive["VersionId"] != "null"


def test_every_role_has_the_declared_documents(cloud: LocalCloud) -> None:
    """The documents in IAM are exactly those of the program."""
    iam = cloud.client("iam")
    path = cloud.directory / "state" / "sandbox.json"
    declared = json.loads(path.read_text())["resources"]
    roles = [each for each in declared if each["type"] == "aws:iam/role:Role"]
    policies = [each for each in declared if each["type"] == "aws:iam/rolePolicy:RolePolicy"]
    held = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    assert held.keys() == {role["inputs"]["name"] for role in roles}
    for role in roles:
        trust = held[role["inputs"]["name"]]["AssumeRolePolicyDocument"]
        assert trust == json.loads(role["inputs"]["assumeRolePolicy"])
    for policy in policies:
        name = {"RoleName": policy["inputs"]["role"], "PolicyName": policy["inputs"]["name"]}
        document = iam.get_role_policy(**name)["PolicyDocument"]
        assert document == json.loads(policy["inputs"]["policy"])


def test_the_application_runs_the_packaged_version_with_the_jobs_properties(
    cloud: LocalCloud,
) -> None:
    """The application has a property group that the job itself accepts."""
    detail = describe(cloud)
    assert detail["ApplicationStatus"] == "RUNNING"
    configuration = detail["ApplicationConfigurationDescription"]
    code = configuration["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
    location = code["S3ApplicationCodeLocationDescription"]
    assert location == {
        "BucketARN": f"arn:aws:s3:::{cloud.outputs['code_bucket']}",
        "FileKey": "releases/v1/stocktrading-job.zip",
    }
    groups = configuration["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
    maps = {group["PropertyGroupId"]: group["PropertyMap"] for group in groups}
    properties = JobProperties.from_property_map(maps[GROUP])
    assert properties.endpoint == cloud.endpoint
    assert properties.input_stream == STREAMS[1]
    assert maps["kinesis.analytics.flink.run.options"]["python"] == "main.py"
    logging = detail["CloudWatchLoggingOptionDescriptions"][0]["LogStreamARN"]
    assert logging.endswith(f"log-group:{cloud.outputs['log_group']}:log-stream:job")


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


def test_everything_carries_the_stacks_tags(cloud: LocalCloud) -> None:
    """The resources that can have tags have the provider's default tags."""
    kinesis = cloud.client("kinesis").list_tags_for_stream(StreamName=STREAMS[1])["Tags"]
    arn = cloud.outputs["application_arn"]
    flink = cloud.client("kinesisanalyticsv2").list_tags_for_resource(ResourceARN=arn)["Tags"]
    for tags in (kinesis, flink):
        held = {tag["Key"]: tag["Value"] for tag in tags}
        assert held["Project"] == NAMESPACE
        assert held["Environment"] == "sandbox"


def test_a_second_local_cloud_over_the_same_directory_is_refused(cloud: LocalCloud) -> None:
    """Two local clouds would overwrite each other's state. The message names the first one."""
    second = LocalCloud(directory=cloud.directory)
    with pytest.raises(LocalError, match=r"already uses .* \(process \d+\): stop"), second:
        pytest.fail("it started")


def test_a_running_cloud_is_found_by_its_directory(cloud: LocalCloud, tmp_path: Path) -> None:
    """Another process can find the emulator's address, the local cloud's process and engine."""
    assert find_running(cloud.directory) == (cloud.endpoint, os.getpid(), "in-process")
    assert find_running(tmp_path) is None


def test_a_second_run_changes_nothing(own_cloud: LocalCloud) -> None:
    """The summary contains no change, and the application's version id stays the same."""
    made = own_cloud.summary.actions["created"]
    before = describe(own_cloud)
    summary = own_cloud.deploy()
    assert summary.changed == 0
    assert summary.actions["unchanged"] == made > 30
    assert str(summary) == f"{made} unchanged"
    assert describe(own_cloud)["ApplicationVersionId"] == before["ApplicationVersionId"]


def test_a_new_version_updates_the_application_in_place(
    own_cloud: LocalCloud, distribution: Path
) -> None:
    """The same application gets the new code. The old archive remains for a roll-back."""
    before = describe(own_cloud)
    package(distribution, "v2")
    summary = own_cloud.deploy()
    after = describe(own_cloud)
    assert own_cloud.outputs["job_version"] == "v2"
    assert after["CreateTimestamp"] == before["CreateTimestamp"]
    assert after["ApplicationVersionId"] == before["ApplicationVersionId"] + 1
    code = after["ApplicationConfigurationDescription"]["ApplicationCodeConfigurationDescription"]
    location = code["CodeContentDescription"]["S3ApplicationCodeLocationDescription"]
    assert location["FileKey"] == "releases/v2/stocktrading-job.zip"
    listed = own_cloud.client("s3").list_objects_v2(Bucket=own_cloud.outputs["code_bucket"])
    assert [each["Key"] for each in listed["Contents"]] == [
        "releases/v1/stocktrading-job.zip",
        "releases/v2/stocktrading-job.zip",
    ]
    # The archive is a new object with a new key. Nothing else is replaced.
    assert (summary.actions["replaced"], summary.actions["updated"]) == (1, 1)


def test_a_changed_setting_reaches_the_application(own_cloud: LocalCloud) -> None:
    """The job and the alarm on event time are updated in place. Nothing else changes."""
    summary = own_cloud.deploy({f"{NAMESPACE}:job.WatermarkDelaySeconds": 9})
    assert summary.actions["updated"] == summary.changed == 2
    configuration = describe(own_cloud)["ApplicationConfigurationDescription"]
    groups = configuration["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
    job = next(group["PropertyMap"] for group in groups if group["PropertyGroupId"] == GROUP)
    assert job["WatermarkDelaySeconds"] == "9"
    assert describe(own_cloud)["ApplicationStatus"] in {"UPDATING", "RUNNING"}


def test_a_mistake_in_the_settings_changes_nothing(own_cloud: LocalCloud) -> None:
    """The mistake is reported in one line before any resource is created."""
    with pytest.raises(LocalError, match="WindowSeconds") as told:
        own_cloud.deploy({f"{NAMESPACE}:job.WindowSeconds": -5})
    assert "\n" not in str(told.value)
    assert own_cloud.deploy().changed == 0


def test_destroy_leaves_nothing(own_cloud: LocalCloud) -> None:
    """Every service is empty as before, except for keys, which KMS deletes after some days."""
    key = own_cloud.outputs["key_arn"]
    own_cloud.client("kinesis").put_record(
        StreamName=STREAMS[2], PartitionKey="x", Data=b"an object in the sink\n"
    )
    assert delivered(own_cloud, "results/")
    made = own_cloud.summary.actions["created"]
    assert own_cloud.destroy().actions["deleted"] == made
    assert own_cloud.client("kinesis").list_streams()["StreamNames"] == []
    assert own_cloud.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert own_cloud.client("logs").describe_log_groups()["logGroups"] == []
    assert own_cloud.client("iam").list_roles()["Roles"] == []
    assert own_cloud.client("sns").list_topics()["Topics"] == []
    assert own_cloud.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert names_of_buckets(own_cloud) == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        describe(own_cloud)
    state = own_cloud.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    assert state == "PendingDeletion"
    assert not own_cloud.outputs_file.exists()
