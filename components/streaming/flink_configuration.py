"""How the Managed Flink application runs: its arguments, and the configuration made of them."""

from dataclasses import replace
from typing import Annotated, Final, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.limits import LogRetentionDays
from components.base.network import Vpc
from components.base.pydantic_config import STRICT
from job.properties import GROUP, MAX_PARALLELISM, JobProperties

RUN_OPTIONS_GROUP: Final = "kinesis.analytics.flink.run.options"
"""The service's own property group, which says which files of the archive to run."""

RUN_OPTIONS: Final = {
    "python": "main.py",
    "jarfile": "lib/stocktrading-job.jar",
    "pyFiles": "modules",
}
"""Paths inside the archive. The service allows only one jar."""


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
