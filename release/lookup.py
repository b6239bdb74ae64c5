"""The S3 client and the workload for a command's options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import typer

from common.paths import LOCAL_OUTPUTS
from release.errors import ReleaseError
from release.workload import Workload
from stack.outputs import NotDeployedError, Outputs

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def s3() -> S3Client:
    """Give a client for the store of releases, with the environment's credentials and region."""
    sdk: Any = boto3  # its client of any service has no type
    return sdk.client("s3")


def workload_of(stack: str | None, outputs: Path | None, role_arn: str | None) -> Workload | None:
    """Give the workload that the options name. None if its stack isn't deployed yet."""
    if stack and outputs:
        message = "--stack and --outputs both given; allowed: one of them"
        raise typer.BadParameter(message)
    try:
        return Workload(Outputs.find(stack, outputs), role_arn or None)
    except NotDeployedError:
        return None


def deployed(stack: str | None, outputs: Path | None, role_arn: str | None) -> Workload:
    """Give the workload that the options name. Raises `ReleaseError` if it isn't deployed."""
    workload = workload_of(stack, outputs, role_arn)
    if workload is None:
        message = f"stack {stack or outputs or LOCAL_OUTPUTS} has no outputs: it isn't deployed"
        raise ReleaseError(message)
    return workload
