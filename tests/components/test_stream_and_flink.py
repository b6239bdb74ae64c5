"""The exact inputs of the resources of streams, application and sink."""

from pathlib import Path
from typing import Any

import pytest
from recorder import Recorder, main_program, record, stack_config

from components.base.iam import Grant
from components.base.validation import SettingsError
from job.properties import GROUP, JobProperties
from local.deploy.resources.kinesisanalytics import creation

READ = {"DescribeStream", "GetRecords", "GetShardIterator", "ListShards"}


def _allowed(stack: Recorder, policy: str) -> dict[str, set[str]]:
    """Give what a role's policy allows: actions by resource."""
    allowed: dict[str, set[str]] = {}
    for statement in stack.one("aws:iam/rolePolicy:RolePolicy", policy).document("policy")[
        "Statement"
    ]:
        for resource in statement["Resource"]:
            allowed.setdefault(resource.rsplit(":", 1)[-1], set()).update(statement["Action"])
    return allowed


def test_a_provisioned_stream_has_its_shards_and_metrics(sandbox: Recorder) -> None:
    """Every input of the ingest stream."""
    stream = sandbox.one("aws:kinesis/stream:Stream", "ingest")
    assert dict(stream.inputs) == {
        "name": "stocktrading-ingest-stream",
        "streamModeDetails": {"streamMode": "PROVISIONED"},
        "shardCount": 4,
        "retentionPeriod": 24,
        "encryptionType": "KMS",
        "kmsKeyId": sandbox.outputs["key_arn"],
        "shardLevelMetrics": [
            "IncomingBytes",
            "IncomingRecords",
            "IteratorAgeMilliseconds",
            "ReadProvisionedThroughputExceeded",
            "WriteProvisionedThroughputExceeded",
        ],
    }


def test_an_on_demand_stream_has_no_shard_count(packaged: Path) -> None:
    """The service decides the number itself, and refuses a given one."""
    assert packaged
    stack = record(main_program, stack_config(streams={"ingest": {"mode": "on_demand"}}))
    stream = stack.one("aws:kinesis/stream:Stream", "ingest")
    assert stream.inputs["streamModeDetails"] == {"streamMode": "ON_DEMAND"}
    assert "shardCount" not in stream.inputs


def test_the_job_reads_the_property_group_that_the_stack_wrote(packaged: Path) -> None:
    """The job's own reader returns the values of the configuration."""
    assert packaged
    job = {"WindowSeconds": 120, "SlideSeconds": 40, "AggregationEnabled": True}
    stack = record(main_program, stack_config(job=job))
    application = stack.one("aws:kinesisanalyticsv2/application:Application").inputs
    groups = application["applicationConfiguration"]["environmentProperties"]["propertyGroups"]
    maps = {group["propertyGroupId"]: group["propertyMap"] for group in groups}
    assert JobProperties.from_property_map(maps[GROUP]) == JobProperties(
        region="us-east-1",
        input_stream="stocktrading-ingest-stream",
        output_stream="stocktrading-results-stream",
        dead_letter_stream="stocktrading-dead-letter-stream",
        window_seconds=120,
        slide_seconds=40,
        aggregation_enabled=True,
    )
    assert maps["kinesis.analytics.flink.run.options"] == {
        "python": "main.py",
        "jarfile": "lib/stocktrading-job.jar",
        "pyFiles": "modules",
    }
    assert stack.outputs["aggregation_enabled"] is True


def test_the_application_is_configured_by_the_service_not_by_the_code(sandbox: Recorder) -> None:
    """Checkpoints, parallelism and monitoring are CUSTOM; it starts, and can be destroyed."""
    application = sandbox.one("aws:kinesisanalyticsv2/application:Application")
    assert application.inputs["runtimeEnvironment"] == "FLINK-1_20"
    assert application.inputs["startApplication"] is True
    assert application.inputs["forceStop"] is True
    configuration = application.inputs["applicationConfiguration"]
    assert configuration["applicationSnapshotConfiguration"] == {"snapshotsEnabled": True}
    assert configuration["flinkApplicationConfiguration"] == {
        "checkpointConfiguration": {
            "configurationType": "CUSTOM",
            "checkpointingEnabled": True,
            "checkpointInterval": 60_000,
            "minPauseBetweenCheckpoints": 5_000,
        },
        "monitoringConfiguration": {
            "configurationType": "CUSTOM",
            "logLevel": "INFO",
            "metricsLevel": "TASK",
        },
        "parallelismConfiguration": {
            "configurationType": "CUSTOM",
            "autoScalingEnabled": True,
            "parallelism": 2,
            "parallelismPerKpu": 1,
        },
    }
    assert "runConfiguration" not in configuration


def test_autoscaling_alone_decides_the_parallelism_once_it_is_on(packaged: Path) -> None:
    """An update must not undo autoscaling's choice. Without autoscaling, the setting is used."""
    assert packaged
    path = (
        "applicationConfiguration.flinkApplicationConfiguration"
        ".parallelismConfiguration.parallelism"
    )
    for autoscaling, ignored in ((True, [path]), (False, [])):
        stack = record(main_program, stack_config(flink={"autoscaling": autoscaling}))
        application = stack.one("aws:kinesisanalyticsv2/application:Application")
        assert application.options["ignoreChanges"] == ignored


@pytest.mark.parametrize(
    ("flink", "expected"),
    [
        (
            {"restore": "none"},
            {"applicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"},
        ),
        (
            {"restore": "before-the-change"},
            {
                "applicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                "snapshotName": "before-the-change",
            },
        ),
        (
            {"allow_non_restored_state": True},
            {"applicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"},
        ),
    ],
)
def test_a_person_can_say_what_an_update_restores(
    packaged: Path, flink: dict[str, Any], expected: dict[str, str]
) -> None:
    """This is needed if the plan has changed and the latest snapshot does not fit."""
    assert packaged
    stack = record(main_program, stack_config(flink=flink))
    application = stack.one("aws:kinesisanalyticsv2/application:Application").inputs
    run = application["applicationConfiguration"]["runConfiguration"]
    assert run["applicationRestoreConfiguration"] == expected
    allowed = flink.get("allow_non_restored_state", False)
    assert run["flinkRunConfiguration"] == {"allowNonRestoredState": allowed}


VPC = {"subnet_ids": ["subnet-0a", "subnet-0b"], "security_group_ids": ["sg-0c"]}


def test_the_job_runs_in_a_vpc_if_one_is_configured(packaged: Path) -> None:
    """Its role may connect only to these subnets and security groups."""
    assert packaged
    stack = record(main_program, stack_config(flink={"vpc": VPC}))
    application = dict(stack.one("aws:kinesisanalyticsv2/application:Application").inputs)
    configuration = application["applicationConfiguration"]
    assert configuration["vpcConfiguration"] == {
        "subnetIds": ["subnet-0a", "subnet-0b"],
        "securityGroupIds": ["sg-0c"],
    }
    request = creation(application)["ApplicationConfiguration"]
    assert request["VpcConfigurations"] == [
        {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0c"]}
    ]
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "stocktrading-flink-policy")
    place = "arn:aws:ec2:us-east-1:222222222222"
    subnets = [f"{place}:subnet/subnet-0a", f"{place}:subnet/subnet-0b"]
    network = [one for one in policy.document("policy")["Statement"] if "ec2:" in str(one)]
    assert network == [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": ["*"],
        },
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkInterface"],
            "Resource": [*subnets, f"{place}:security-group/sg-0c"],
        },
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
            ],
            "Resource": [f"{place}:network-interface/*"],
            "Condition": {"ArnEquals": {"ec2:Subnet": subnets}},
        },
    ]


def test_the_job_is_in_no_vpc_by_default(sandbox: Recorder) -> None:
    """Its role has no permissions on a VPC."""
    application = sandbox.one("aws:kinesisanalyticsv2/application:Application").inputs
    assert "vpcConfiguration" not in application["applicationConfiguration"]
    assert "ec2:" not in str([one.inputs for one in sandbox.resources])


@pytest.mark.parametrize(
    ("flink", "start", "force"),
    [
        ({}, True, True),
        ({"start": False}, False, False),
        ({"start": False, "snapshot_on_stop": False}, False, True),
    ],
)
def test_a_stopped_job_takes_a_snapshot_unless_configured_otherwise(
    packaged: Path, flink: dict[str, Any], *, start: bool, force: bool
) -> None:
    """The provider forces the stop, by the new value, when it turns the start off."""
    assert packaged
    stack = record(main_program, stack_config(flink=flink))
    inputs = stack.one("aws:kinesisanalyticsv2/application:Application").inputs
    assert (inputs["startApplication"], inputs["forceStop"]) == (start, force)


def test_archive_log_and_policy_are_made_before_the_application(sandbox: Recorder) -> None:
    """The service checks all three at the application's creation."""
    application = sandbox.one("aws:kinesisanalyticsv2/application:Application")
    before = {"analytics-release", "analytics-log-stream", "stocktrading-flink-policy"}
    assert before <= set(application.options["dependsOn"])


def test_the_jobs_role_reads_one_stream_writes_two_and_loads_its_archive(
    sandbox: Recorder,
) -> None:
    """It may use no other bucket, no other prefix, and no administrative action."""
    allowed = _allowed(sandbox, "stocktrading-flink-policy")
    write = {"kinesis:PutRecords"}
    assert allowed == {
        "stocktrading-ingest-stream": {f"kinesis:{action}" for action in READ},
        "stocktrading-results-stream": write,
        "stocktrading-dead-letter-stream": write,
        "stocktrading-code-222222222222-us-east-1/releases/*": {
            "s3:GetObject",
            "s3:GetObjectVersion",
        },
        "key": {"kms:Decrypt", "kms:GenerateDataKey"},
        "*": {"logs:DescribeLogGroups", "logs:DescribeLogStreams"},  # the ARNs' last parts
        "job": {"logs:PutLogEvents"},
    }


def test_a_producer_that_is_trusted_may_put_trades_and_nothing_else(packaged: Path) -> None:
    """The trust policy has the full ARN, and the role has the permissions boundary."""
    assert packaged
    desk = "arn:aws:iam::333333333333:role/desk"
    stack = record(main_program, stack_config(producer={"trusted": [desk]}))
    role = stack.one("aws:iam/role:Role", "producer")
    assert role.document("assumeRolePolicy")["Statement"] == [
        {"Effect": "Allow", "Principal": {"AWS": [desk]}, "Action": "sts:AssumeRole"}
    ]
    assert "stocktrading-boundary" in role.inputs["permissionsBoundary"]
    assert _allowed(stack, "producer-policy") == {
        "stocktrading-ingest-stream": {"kinesis:PutRecords"},
        "key": {"kms:GenerateDataKey"},
    }
    assert stack.outputs["producer_role_arn"].endswith("stocktrading-producer")


def test_there_is_no_producers_role_if_nobody_is_trusted(sandbox: Recorder) -> None:
    """This is the default. A producer then needs its own permissions."""
    roles = {one.inputs["name"] for one in sandbox.all("aws:iam/role:Role")}
    assert "stocktrading-producer" not in roles
    assert sandbox.outputs["producer_role_arn"] is None


@pytest.mark.parametrize("principal", ["*", "arn:aws:iam::*:root", "desk", "333333333333"])
def test_a_producer_is_trusted_by_its_full_arn(packaged: Path, principal: str) -> None:
    """A pattern is refused."""
    assert packaged
    with pytest.raises(SettingsError, match=r"producer\.trusted\.0: given .* should match pattern"):
        record(main_program, stack_config(producer={"trusted": [principal]}))


@pytest.mark.parametrize(
    ("noun", "stream"),
    [("results", "results"), ("dead-letters", "dead-letter")],
)
def test_each_delivery_waits_for_its_policy_and_writes_under_its_own_prefix(
    sandbox: Recorder, noun: str, stream: str
) -> None:
    """Without the policy, Firehose's creation fails. Object keys have the date and the hour."""
    delivery = sandbox.one(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", f"sink-{noun}"
    )
    assert f"stocktrading-deliver-{noun}-policy" in delivery.options["dependsOn"]
    source = delivery.inputs["kinesisSourceConfiguration"]["kinesisStreamArn"]
    assert source.endswith(f"stocktrading-{stream}-stream")
    to = delivery.inputs["extendedS3Configuration"]
    dated = "date=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
    assert to["prefix"] == f"{noun}/{dated}"
    assert to["errorOutputPrefix"] == f"errors/{noun}/!{{firehose:error-output-type}}/{dated}"
    assert (to["compressionFormat"], to["fileExtension"]) == ("GZIP", ".json.gz")
    assert (to["bufferingInterval"], to["bufferingSize"]) == (60, 5)
    assert to["kmsKeyArn"] == sandbox.outputs["key_arn"]
    assert to["cloudwatchLoggingOptions"]["logStreamName"] == noun


@pytest.mark.parametrize(
    ("actions", "resources", "told"),
    [
        (["s3:*"], ["arn:x"], "one action by its full name"),
        (["*"], ["arn:x"], "one action by its full name"),
        (["s3:Get*"], ["arn:x"], "one action by its full name"),
        (["s3:GetObject"], ["*"], "say in any_resource_because why IAM supports none"),
        (["s3:GetObject"], [], "needs actions and resources"),
    ],
)
def test_a_grant_refuses_wildcards(actions: list[str], resources: list[str], told: str) -> None:
    """The grant itself checks this."""
    with pytest.raises(ValueError, match=told):
        Grant(actions=actions, resources=resources)


def test_a_grant_for_any_resource_needs_a_reason() -> None:
    """IAM supports no resource for some actions."""
    grant = Grant(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        any_resource_because="metrics have no ARN",
    )
    assert grant.statement()["Resource"] == ["*"]
