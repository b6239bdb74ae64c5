"""A second deployment of the sandbox stack, changes of it, and its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import package
from botocore.exceptions import ClientError
from sandbox_world import STREAMS, describe, names_of_buckets
from test_sandbox_work import delivered

from job.properties import GROUP
from local.cloud import NAMESPACE, LocalCloud
from local.errors import LocalError

pytestmark = pytest.mark.emulator


@pytest.fixture
def own_cloud(distribution: Path, tmp_path: Path) -> Iterator[LocalCloud]:
    """Give a local cloud that the test may change. Version v1 is packaged before and after."""
    package(distribution, "v1")
    with LocalCloud(directory=tmp_path / "local", stacks=["sandbox"]) as up:
        yield up
    package(distribution, "v1")


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
