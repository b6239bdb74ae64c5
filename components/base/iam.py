"""Grants as data, and the roles and policy documents made from them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import pulumi
import pulumi_aws as aws

from components.base.names import Names

Text: TypeAlias = str | pulumi.Output[str]
Conditions: TypeAlias = Mapping[str, Mapping[str, Text | Sequence[Text]]]
Statement: TypeAlias = dict[str, object]

VERSION: Final = "2012-10-17"
"""The current IAM policy language. The only other one, 2008-10-17, has no policy variables."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """IAM actions on resources, which a component offers and a role gets.

    Raises `ValueError` for an action with a wildcard, for a grant without actions or resources, and
    for the resource `*` without `any_resource_because`. IAM supports no resource for some actions;
    the grant must then say so.
    """

    actions: Sequence[str]
    resources: Sequence[Text]
    conditions: Conditions | None = None
    any_resource_because: str | None = field(default=None)

    def __post_init__(self) -> None:
        """Refuse a grant that gives more than needed."""
        if not self.actions or not self.resources:
            message = f"a grant needs actions and resources: given {self}"
            raise ValueError(message)
        for action in self.actions:
            service, _, name = action.partition(":")
            if not service or not name or "*" in action:
                message = (
                    f"action {action!r}: allowed: one action by its full name, such as s3:GetObject"
                )
                raise ValueError(message)
        if "*" in [text for text in self.resources if isinstance(text, str)] and not (
            self.any_resource_because
        ):
            message = (
                f"resource '*' for {', '.join(self.actions)}: name the resource, or say in "
                "any_resource_because why IAM supports none"
            )
            raise ValueError(message)

    def statement(self) -> Statement:
        """Render as a statement of an identity's policy."""
        statement: Statement = {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return statement | ({"Condition": self.conditions} if self.conditions else {})


def document(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """Render a policy document as JSON. Values may be outputs.

    If several grants have the same statement, such as the use of the key, it is written once.
    """
    return pulumi.Output.from_input(list(statements)).apply(_render)


def _render(statements: list[Statement]) -> str:
    unique = [one for at, one in enumerate(statements) if one not in statements[:at]]
    return json.dumps({"Version": VERSION, "Statement": unique})


def service_trust(service: str, names: Names, source_arn: Text) -> pulumi.Output[str]:
    """Let one AWS service assume a role, only for one resource of this account.

    Without the two conditions, a resource of another account could make the service use this role
    (the "confused deputy" problem).
    """
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": names.account_id},
                    "ArnLike": {"aws:SourceArn": source_arn},
                },
            }
        ]
    )


@dataclass(frozen=True, kw_only=True)
class ServiceRole:
    """A role and its policy. A resource that uses the role at once must depend on `policy`."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy

    @property
    def arn(self) -> pulumi.Output[str]:
        """ARN of the role."""
        return self.role.arn


def service_role(  # noqa: PLR0913 -- a role is who, for whom, what and where; none has a default
    name: str,
    service: str,
    grants: Sequence[Grant],
    opts: pulumi.ResourceOptions,
    *,
    names: Names,
    source_arn: Text,
) -> ServiceRole:
    """Make a role that `service` assumes for `source_arn` and that has only `grants`."""
    role = aws.iam.Role(
        name,
        name=name,
        assume_role_policy=service_trust(service, names, source_arn),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        name="grants",
        role=role.name,
        policy=document(grant.statement() for grant in grants),
        opts=opts,
    )
    return ServiceRole(role=role, policy=policy)
