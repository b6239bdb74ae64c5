"""The Managed Flink application: its code, its configuration, its log and its role."""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Annotated, Final, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from common.releases import RELEASES
from components.base.component import Component, after
from components.base.iam import Grant, service_role
from components.base.limits import LogRetentionDays
from components.base.names import Names
from components.base.network import Vpc, attach
from components.base.pydantic_config import STRICT
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import Key
from components.streaming.archive import Archive
from components.streaming.stream import Stream
from job.properties import GROUP, MAX_PARALLELISM, JobProperties

RUNTIME: Final = "FLINK-1_20"
"""Flink 1.20 with Python 3.11."""

RUN_OPTIONS_GROUP: Final = "kinesis.analytics.flink.run.options"
"""The service's own property group, which says which files of the archive to run."""

RUN_OPTIONS: Final = {
    "python": "main.py",
    "jarfile": "lib/stocktrading-job.jar",
    "pyFiles": "modules",
}
"""Paths inside the archive. The service allows only one jar."""

PARALLELISM_PATH: Final = (
    "applicationConfiguration.flinkApplicationConfiguration.parallelismConfiguration.parallelism"
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FlinkArgs:
    """How the application runs."""

    start: bool = True
    """Whether the job runs. If false, the application is stopped and costs only its snapshots. When
    it is set to true again, the job continues where it stopped."""
    snapshot_on_stop: bool = True
    """Take a last snapshot when `start` is set to false. If false, the job stops at once, for a job
    that can't take a snapshot. A destroy takes none, because it deletes an application's
    snapshots."""
    parallelism: Annotated[int, Field(ge=1, le=MAX_PARALLELISM)] | None = None
    """Parallel subtasks at the start. 256 subtasks use the quota of 64 KPUs, at 4 a KPU. Unset:
    what the load needs."""
    parallelism_per_kpu: Annotated[int, Field(ge=1, le=8)] = 1
    """Subtasks that share a KPU (1 vCPU, 4 GB); 1 to 8 (service quota)."""
    autoscaling: bool = True
    """Let the service double or halve the parallelism. It restarts the job each time."""
    checkpoint_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds between checkpoints. After a failure, the job reads again from the last one."""
    checkpoint_pause_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    """Shortest pause between two checkpoints, in seconds."""
    log_level: Literal["INFO", "WARN", "ERROR", "DEBUG"] = "INFO"
    """Lowest level of the log lines that go to CloudWatch Logs."""
    metrics_level: Literal["APPLICATION", "TASK", "OPERATOR", "PARALLELISM"] = "TASK"
    """Level of the published metrics. Back pressure and CPU need TASK. Finer levels cost more."""
    log_retention_days: LogRetentionDays = 30
    """Days for which the log is kept."""
    vpc: Vpc | None = None
    """Subnets in which the job runs, if results go to a private network or if rules require it.
    They need a NAT gateway or VPC endpoints for Kinesis, S3, CloudWatch Logs and KMS. Unset: the
    job runs in the service's own network."""
    restore: str = "latest"
    """State from which an update starts: the `latest` snapshot, `none`, or a snapshot's name."""
    allow_non_restored_state: bool = False
    """Accept a snapshot with the state of an operator that the new job no longer has."""
    keep_code_on_destroy: bool = False
    """Protect the bucket of archives and the stack's key. `pulumi destroy` is refused until this is
    false."""

    def sized(self, parallelism: int) -> Self:
        """Fill in what isn't set."""
        return replace(self, parallelism=self.parallelism or parallelism)

    @property
    def force_stop(self) -> bool:
        """Whether the provider stops the application without a snapshot."""
        return self.start or not self.snapshot_on_stop

    def run_configuration(
        self,
    ) -> aws.kinesisanalyticsv2.ApplicationApplicationConfigurationRunConfigurationArgsDict | None:
        """Say what an update restores; None for the service's own default."""
        if self.restore == "latest" and not self.allow_non_restored_state:
            return None
        restore_type = {
            "latest": "RESTORE_FROM_LATEST_SNAPSHOT",
            "none": "SKIP_RESTORE_FROM_SNAPSHOT",
        }.get(self.restore)
        return {
            "application_restore_configuration": (
                {"application_restore_type": restore_type}
                if restore_type
                else {
                    "application_restore_type": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                    "snapshot_name": self.restore,
                }
            ),
            "flink_run_configuration": {"allow_non_restored_state": self.allow_non_restored_state},
        }


@plain_dataclass(frozen=True, kw_only=True)
class FlinkStreams:
    """The streams that the job reads and writes."""

    ingest: Stream
    results: Stream
    dead_letter: Stream

    @property
    def grants(self) -> list[Grant]:
        """Read the ingest stream and write the two others."""
        return [*self.ingest.read, *self.results.write, *self.dead_letter.write]


class Flink(Component):
    """The Managed Flink application with its code, log and role."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    code_bucket: pulumi.Output[str]
    log_group: pulumi.Output[str]
    version: str

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is wired to
        self,
        name: str,
        args: FlinkArgs,
        *,
        archive: Archive,
        properties: JobProperties,
        streams: FlinkStreams,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the code bucket and the archive in it, the log, the role, the application."""
        super().__init__("stocktrading:compute:Flink", name, opts)
        code = Bucket(
            f"{name}-code",
            BucketArgs(
                noun="code",
                expire_days={},
                force_destroy=not args.keep_code_on_destroy,
                protect=args.keep_code_on_destroy,
            ),
            key=key,
            names=names,
            opts=self.child,
        )
        release = self._release(name, archive, code, key)
        group, stream = self._log(name, args, key, names)
        role = service_role(
            names.flink_role,
            "kinesisanalytics.amazonaws.com",
            [
                *streams.grants,
                *code.read(RELEASES),
                *log_grants(names, stream.arn),
                *(attach(args.vpc, names) if args.vpc else ()),
            ],
            self.child,
            names=names,
            source_arn=names.arn("kinesisanalytics", f"application/{names.application}"),
        )
        application = aws.kinesisanalyticsv2.Application(
            name,
            name=names.application,
            # The description has no version. A changed description replaces the application, and
            # its state is lost.
            description="Sliding highest, lowest and average price of each ticker",
            runtime_environment=RUNTIME,
            application_mode="STREAMING",
            service_execution_role=role.arn,
            start_application=args.start,
            force_stop=args.force_stop,
            application_configuration=configuration(
                args, properties, bucket_arn=code.arn, file_key=release.key
            ),
            cloudwatch_logging_options={"log_stream_arn": stream.arn},
            opts=self._application_opts(args, role.policy),
        )
        self.name = application.name
        self.arn = application.arn
        self.code_bucket = code.name
        self.log_group = group.name
        self.version = archive.version
        self.publish()

    def _release(
        self, name: str, archive: Archive, code: Bucket, key: Key
    ) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            f"{name}-release",
            bucket=code.name,
            key=archive.key,
            source=pulumi.FileAsset(str(archive.path)),
            source_hash=archive.sha256,
            server_side_encryption="aws:kms",
            kms_key_id=key.arn,
            # A roll-back starts the previous version, so its archive is kept when a new one comes.
            opts=pulumi.ResourceOptions.merge(
                after(self.child, *code.settings), pulumi.ResourceOptions(retain_on_delete=True)
            ),
        )

    def _log(
        self, name: str, args: FlinkArgs, key: Key, names: Names
    ) -> tuple[aws.cloudwatch.LogGroup, aws.cloudwatch.LogStream]:
        group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=names.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=key.arn,
            opts=self.child,
        )
        stream = aws.cloudwatch.LogStream(
            f"{name}-log-stream", name="job", log_group_name=group.name, opts=self.child
        )
        return group, stream

    def _application_opts(self, args: FlinkArgs, policy: pulumi.Resource) -> pulumi.ResourceOptions:
        # When the application is created, the service checks that the role may read the archive and
        # write the log.
        opts = after(self.child, policy)
        if not args.autoscaling:
            return opts
        # Autoscaling changes the parallelism without Pulumi, and Pulumi must not change it back.
        return pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(ignore_changes=[PARALLELISM_PATH])
        )


def log_grants(names: Names, log_stream_arn: pulumi.Output[str]) -> Sequence[Grant]:
    """Let the service find the log and write to its one stream (the actions that it requires)."""
    group = names.arn("logs", f"log-group:{names.log_group}")
    return (
        Grant(actions=["logs:DescribeLogGroups"], resources=[names.arn("logs", "log-group:*")]),
        Grant(actions=["logs:DescribeLogStreams"], resources=[f"{group}:*"]),
        Grant(actions=["logs:PutLogEvents"], resources=[log_stream_arn]),
    )


def configuration(
    args: FlinkArgs,
    properties: JobProperties,
    *,
    bucket_arn: pulumi.Output[str],
    file_key: pulumi.Output[str],
) -> aws.kinesisanalyticsv2.ApplicationApplicationConfigurationArgsDict:
    """Give the application's configuration.

    The application sets checkpoints, parallelism and monitoring (`CUSTOM`). On this service, the
    job's code can't set them.
    """
    built: aws.kinesisanalyticsv2.ApplicationApplicationConfigurationArgsDict = {
        "application_code_configuration": {
            "code_content_type": "ZIPFILE",
            "code_content": {
                "s3_content_location": {"bucket_arn": bucket_arn, "file_key": file_key}
            },
        },
        "application_snapshot_configuration": {"snapshots_enabled": True},
        "environment_properties": {
            "property_groups": [
                {"property_group_id": GROUP, "property_map": properties.to_property_map()},
                {"property_group_id": RUN_OPTIONS_GROUP, "property_map": dict(RUN_OPTIONS)},
            ]
        },
        "flink_application_configuration": {
            "checkpoint_configuration": {
                "configuration_type": "CUSTOM",
                "checkpointing_enabled": True,
                "checkpoint_interval": args.checkpoint_seconds * 1000,
                "min_pause_between_checkpoints": args.checkpoint_pause_seconds * 1000,
            },
            "monitoring_configuration": {
                "configuration_type": "CUSTOM",
                "log_level": args.log_level,
                "metrics_level": args.metrics_level,
            },
            "parallelism_configuration": {
                "configuration_type": "CUSTOM",
                "auto_scaling_enabled": args.autoscaling,
                "parallelism": args.parallelism or 1,
                "parallelism_per_kpu": args.parallelism_per_kpu,
            },
        },
    }
    if args.vpc:
        built["vpc_configuration"] = {
            "subnet_ids": args.vpc.subnet_ids,
            "security_group_ids": args.vpc.security_group_ids,
        }
    run = args.run_configuration()
    if run:
        built["run_configuration"] = run
    return built
