"""The real program on the emulator, tested by the descriptions that the AWS APIs return."""

import json
import os
from pathlib import Path

import pytest
from sandbox_world import APPLICATION, ARN, STREAMS, describe, names_of_buckets

from board.dashboard.body import Unknown
from board.dashboard.insights import Insights
from board.dashboard.reader import Reader
from job.properties import GROUP, JobProperties
from local.accounts import WORKLOAD
from local.cloud import NAMESPACE, LocalCloud, find_running
from local.errors import LocalError

pytestmark = pytest.mark.emulator


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
