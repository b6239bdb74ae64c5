"""What the stacks' outputs mean; who reads them goes by these names."""

from collections.abc import Mapping
from typing import Final

WORKLOAD: Final[Mapping[str, str]] = {
    "region": "Region of the stack.",
    "account_id": "Account of the stack.",
    "endpoint": "Another endpoint than AWS's own, where the stack is on an emulator.",
    "key_arn": "The key that encrypts everything of the stack.",
    "ingest_stream": "Stream that trades are sent to.",
    "producer_role_arn": "Role that may send them; none where `producer.trusted` is empty.",
    "results_stream": "Stream that results leave on.",
    "dead_letter_stream": "Stream of what could not be counted.",
    "application_name": "The Managed Flink application.",
    "application_arn": "Its ARN.",
    "job_version": "Version of the job that is deployed: a commit, or a digest of the content.",
    "code_bucket": "Bucket of the job's archives, one a version.",
    "log_group": "Log group of the job.",
    "aggregation_enabled": "Whether trades are to be packed, as the simulator does.",
    "sink_bucket": "Bucket of results, of dead letters and of what could not be delivered.",
    "dashboard_name": "CloudWatch's dashboard of the platform, which the board draws.",
    "dashboard_url": "Where it is looked at.",
    "readme": "Where to look; Pulumi's console shows it.",
}
"""Outputs of a stack of kind `workload`."""

TOOLING: Final[Mapping[str, str]] = {
    "region": "Region of the stack.",
    "account_id": "Account of the stack.",
    "endpoint": "Another endpoint than AWS's own, where the stack is on an emulator.",
    "pipeline_name": "The pipeline.",
    "pipeline_url": "Where it is watched.",
    "artifact_bucket": "Bucket of the runs' artifacts and of the releases.",
    "key_arn": "The key that encrypts everything of the stack.",
    "connection_arn": "The connection to GitHub.",
    "connection_status": "`PENDING` until a person has finished the handshake, then `AVAILABLE`.",
    "connection_url": "Where the handshake is finished.",
    "notifications_topic_arn": "Topic that tells of failed runs.",
    "state_backend_url": "Where Pulumi's state is: `pulumi login` takes it.",
    "state_secrets_provider": "What encrypts the secrets in it: `pulumi stack init` takes it.",
    "preview_role_arn": "Role of a pull request's preview; none where `github.previews` is off.",
}
"""Outputs of a stack of kind `tooling`."""
