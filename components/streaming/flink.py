"""The Managed Flink application: its code, its configuration, its log and its role."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from common.releases import RELEASES
from components.base.component import Component, after
from components.base.iam import Grant, service_role
from components.base.names import Names
from components.base.network import attach
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import Key
from components.streaming.archive import Archive
from components.streaming.flink_configuration import FlinkArgs, configuration
from components.streaming.stream import Stream
from job.properties import JobProperties

RUNTIME: Final = "FLINK-1_20"
"""Flink 1.20 with Python 3.11."""

PARALLELISM_PATH: Final = (
    "applicationConfiguration.flinkApplicationConfiguration.parallelismConfiguration.parallelism"
)


@dataclass(frozen=True, kw_only=True)
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
