"""The names of the stacks' outputs, and what each means."""

from collections.abc import Mapping
from typing import Final

WORKLOAD: Final[Mapping[str, str]] = {
    "region": "Region of the stack.",
    "account_id": "Account of the stack.",
    "endpoint": "Endpoint of the emulator; null if the stack is on AWS.",
    "key_arn": "The key that encrypts everything of the stack.",
    "ingest_stream": "Stream that trades are sent to.",
    "producer_role_arn": "Role that may send them; null if `producer.trusted` is empty.",
    "results_stream": "Stream that results leave on.",
    "dead_letter_stream": "Stream of records that could not be counted.",
    "application_name": "The Managed Flink application.",
    "application_arn": "Its ARN.",
    "job_version": "Version of the job that is deployed: a commit, or a digest of the content.",
    "code_bucket": "Bucket of the job's archives, one a version.",
    "log_group": "Log group of the job.",
    "aggregation_enabled": "Whether producers should pack trades, as the simulator does.",
    "sink_bucket": "Bucket of results, dead letters and undelivered records.",
    "dashboard_name": "CloudWatch's dashboard of the platform, which the board draws.",
    "dashboard_url": "Address of the dashboard.",
    "readme": "Short description with links, which Pulumi's console shows.",
}
"""Outputs of a stack of kind `workload`."""

TOOLING: Final[Mapping[str, str]] = {
    "region": "Region of the stack.",
    "account_id": "Account of the stack.",
    "endpoint": "Endpoint of the emulator; null if the stack is on AWS.",
    "pipeline_name": "The pipeline.",
    "pipeline_url": "Address of the pipeline in the console.",
    "artifact_bucket": "Bucket of the runs' artifacts and of the releases.",
    "key_arn": "The key that encrypts everything of the stack.",
    "connection_arn": "The connection to GitHub.",
    "connection_status": "`PENDING` until a person has confirmed it, then `AVAILABLE`.",
    "connection_url": "Address where a person confirms the connection.",
    "notifications_topic_arn": "Topic that tells of failed runs.",
    "state_backend_url": "Address of Pulumi's state, for `pulumi login`.",
    "state_secrets_provider": "Key of the secrets in the state, for `pulumi stack init`.",
    "preview_role_arn": "Role of a pull request's preview; absent if `github.previews` is off.",
}
"""Outputs of a stack of kind `tooling`."""
