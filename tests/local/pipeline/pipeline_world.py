"""The roles of the pipeline on the local cloud, for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.accounts import TOOLING, WORKLOAD
from local.clients import Credentials
from local.cloud import LocalCloud

DEPLOYER = f"arn:aws:iam::{WORKLOAD}:role/stocktrading-deployer"


def tooling(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the tooling stack's outputs."""
    return json.loads((cloud.directory / "tooling.json").read_text("utf-8"))


def make_stranger(cloud: LocalCloud) -> None:
    """Make a role of the tooling account whose own policy allows it to assume any role."""
    iam = cloud.client("iam", TOOLING)
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="stranger", PolicyName="any", PolicyDocument=document(allowed))


def document(statement: Mapping[str, object]) -> str:
    """Write a policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def credentials(cloud: LocalCloud, role: str) -> Credentials:
    """Give the credentials of a role of the tooling account."""
    if role == "stranger":
        return cloud.clients.assume_role(f"arn:aws:iam::{TOOLING}:role/stranger", TOOLING)
    noun = "deploy-sandbox" if role == "deploy" else role
    name = f"stocktrading-pipeline-{noun}"
    arn = f"arn:aws:codebuild:us-east-1:{TOOLING}:project/{name}"
    service_role = f"arn:aws:iam::{TOOLING}:role/{name}"
    return cloud.clients.service_credentials(service_role, "codebuild.amazonaws.com", arn)
