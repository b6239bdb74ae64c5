"""A tooling stack of two targets on the local cloud, for tests of its roles."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local.accounts import REGION, TOOLING, WORKLOAD
from local.cloud import NAMESPACE, LocalCloud
from local.directory import PROJECT

STACKS = ("sandbox", "prod")

PROD = "333333333333"

DEPLOYERS = {
    "sandbox": f"arn:aws:iam::{WORKLOAD}:role/stocktrading-deployer",
    "prod": f"arn:aws:iam::{PROD}:role/stocktrading-deployer",
}

STATE = f"stocktrading-state-{TOOLING}-{REGION}"

OBJECTS = (
    ".pulumi/stacks/{project}/{stack}.json",
    ".pulumi/stacks/{project}/{stack}.json.bak",
    ".pulumi/stacks/{project}/{stack}.pulumi-tags",
    ".pulumi/history/{project}/{stack}/{stack}-1.history.json",
    ".pulumi/backups/{project}/{stack}/{stack}.1.json",
    ".pulumi/locks/organization/{project}/{stack}/1.json",
)
"""The objects of one stack in Pulumi's S3 backend."""


@contextmanager
def two_targets(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalCloud]:
    """Give a local cloud with a tooling stack of two targets. `prod` needs an approval."""
    project = tmp_path_factory.mktemp("project")
    for path in PROJECT.iterdir():
        if path.suffix == ".py" or path.name in {"common", "components", "job", "stack"}:
            (project / path.name).symlink_to(path)
        elif path.name.startswith("Pulumi"):
            (project / path.name).write_text(path.read_text("utf-8"), "utf-8")
    file = project / "Pulumi.tooling.yaml"
    content = yaml.safe_load(file.read_text("utf-8"))
    content["config"][f"{NAMESPACE}:pipeline"]["targets"].append(
        {"stack": "prod", "account_id": PROD, "region": REGION, "approval": True}
    )
    content["config"][f"{NAMESPACE}:repository"] |= {"owner_id": 1001, "id": 2002}
    file.write_text(yaml.safe_dump(content), "utf-8")
    directory = tmp_path_factory.mktemp("local")
    with LocalCloud(directory=directory, project=project, stacks=["tooling"]) as up:
        for account in (WORKLOAD, PROD):
            _make_deployer(up, account)
        yield up


def put_states(cloud: LocalCloud) -> None:
    """Put the objects of each stack into the bucket of the state."""
    for stack in (*STACKS, "tooling"):
        for key in OBJECTS:
            cloud.client("s3", TOOLING).put_object(
                Bucket=STATE, Key=key.format(project=NAMESPACE, stack=stack), Body=b"{}"
            )


def _make_deployer(cloud: LocalCloud, account: str) -> None:
    """Make a deployer role that trusts the whole tooling account.

    So only the permissions of the caller's own role decide whether it can assume the role.
    """
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": "sts:AssumeRole"}
    cloud.client("iam", account).create_role(
        RoleName="stocktrading-deployer",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )


def outputs(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the tooling stack's outputs."""
    return json.loads((cloud.directory / "tooling.json").read_text("utf-8"))


def key_of(cloud: LocalCloud, stack: str) -> str:
    """Give the ARN of the key that encrypts a stack's secrets."""
    provider: str = outputs(cloud)["state_secrets_providers"][stack]
    return provider.removeprefix("awskms:///").partition("?")[0]


def refused(call: Callable[..., object], **given: object) -> bool:
    """Return whether IAM refuses the request. Other errors are raised."""
    try:
        call(**given)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in {"AccessDenied", "AccessDeniedException"}:
            return True
        raise
    return False
