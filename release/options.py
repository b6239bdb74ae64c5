"""Options that the commands share, and the workload that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer

from release.errors import ReleaseError
from release.workload import LOCAL_OUTPUTS, Outputs, Workload

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

VersionOption = Annotated[
    str, typer.Option("--version", help="Version of the job: the Git commit that it was built of.")
]
BucketOption = Annotated[
    str, typer.Option("--bucket", help="The tooling stack's output artifact_bucket.")
]
StackOption = Annotated[
    str | None, typer.Option("--stack", help="Pulumi stack whose outputs say where the job runs.")
]
OutputsOption = Annotated[
    Path | None,
    typer.Option(
        "--outputs", help="File of those outputs instead; by default the local cloud's own."
    ),
]
RoleOption = Annotated[
    str | None,
    typer.Option("--role-arn", help="Role of the workload account to assume for it."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON object on standard output.")
]


def s3() -> S3Client:
    """Give a client for the store of releases, with the credentials and region at hand."""
    sdk: Any = boto3  # its client of any service has no type
    return sdk.client("s3")


def workload_of(stack: str | None, outputs: Path | None, role_arn: str | None) -> Workload | None:
    """Give the workload that the options name; None where its stack isn't deployed yet."""
    if stack and outputs:
        message = "--stack and --outputs both given; allowed: one of them"
        raise typer.BadParameter(message)
    found = Outputs.of_stack(stack) if stack else Outputs.of_file(outputs or LOCAL_OUTPUTS)
    return Workload(found, role_arn or None) if found else None


def deployed(stack: str | None, outputs: Path | None, role_arn: str | None) -> Workload:
    """Give the workload that the options name. Raises `ReleaseError` where it isn't deployed."""
    workload = workload_of(stack, outputs, role_arn)
    if workload is None:
        message = f"stack {stack or outputs or LOCAL_OUTPUTS} has no outputs: it isn't deployed"
        raise ReleaseError(message)
    return workload
