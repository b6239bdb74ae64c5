"""Copies a stack's state for a pull request's preview: `python -m tools.preview_state`.

The pipeline deploys with the deployer role, and a preview assumes the previewer role. The role is
an input of the stack's provider, so Pulumi would show it as a change in every preview. In the copy,
the provider has the previewer role. The preview works on the copy and can't change the state.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, cast
from urllib.parse import parse_qs, urlsplit

import typer
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from common.paths import ROOT
from components.base.names import Names
from components.storage.pulumi_state import META
from doctor.aws import clients
from doctor.stack import StackError, read

PROVIDERS: Final = "pulumi:providers:"
"""Beginning of the type of a provider."""


class CopyError(Exception):
    """The state can't be copied. The message has one line."""


def main(
    stack: Annotated[str, typer.Argument(help="The stack.")],
    directory: Annotated[Path, typer.Argument(help="Directory of the copy, for pulumi login.")],
    backend: Annotated[str, typer.Option(help="Address of the state: s3://BUCKET?region=REGION.")],
) -> None:
    """Copy the state of a stack from S3 into a directory, with the role of a preview."""
    try:
        names = read(stack).names
        bucket, region = _place(backend)
        copy(clients(region)("s3"), bucket, stack, directory)
        file = directory / state_of(stack)
        file.write_text(json.dumps(as_previewed(json.loads(file.read_text("utf-8")), names)))
    except (CopyError, StackError, BotoCoreError) as error:
        sys.exit(f"preview_state: {error}")


def state_of(stack: str) -> str:
    """Give the key of a stack's state in Pulumi's S3 backend."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["name"]
    return f".pulumi/stacks/{project}/{stack}.json"


def copy(
    s3: Any,  # noqa: ANN401 -- a client as boto3 makes it at run time
    bucket: str,
    stack: str,
    directory: Path,
) -> None:
    """Copy what Pulumi needs of a stack's state. Raises `CopyError` if S3 refuses it."""
    for key in (META, state_of(stack)):
        try:
            content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            message = f"can't read s3://{bucket}/{key}: {error}"
            raise CopyError(message) from error
        file = directory / key
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(content)


def as_previewed(state: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Give a state whose providers assume the previewer role in place of the deployer role."""
    checkpoint = state["checkpoint"]
    latest = checkpoint["latest"]
    deployer, previewer = map(names.role_arn, (names.deployer_role, names.previewer_role))

    def previewed(resource: dict[str, Any]) -> dict[str, Any]:
        if not resource["type"].startswith(PROVIDERS):
            return resource
        text = json.dumps(resource).replace(deployer, previewer)
        return cast("dict[str, Any]", json.loads(text))

    resources = [previewed(resource) for resource in latest.get("resources", [])]
    return {**state, "checkpoint": {**checkpoint, "latest": {**latest, "resources": resources}}}


def _place(backend: str) -> tuple[str, str]:
    parts = urlsplit(backend)
    region = parse_qs(parts.query).get("region", [""])[0]
    if parts.scheme != "s3" or not parts.netloc or not region:
        message = f"--backend: given {backend!r}; allowed: s3://BUCKET?region=REGION"
        raise CopyError(message)
    return parts.netloc, region


if __name__ == "__main__":
    typer.run(main)
