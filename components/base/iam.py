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
"""The IAM policy language in force; the only other one, 2008-10-17, lacks policy variables."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What its holder may do: IAM actions on resources, as a component hands them out.

    Raises `ValueError` for an action with a wildcard for its name, for no action or no resource,
    and for the resource `*` without `any_resource_because`: IAM knows actions without a resource,
    and then the grant says which.
    """

    actions: Sequence[str]
    resources: Sequence[Text]
    conditions: Conditions | None = None
    any_resource_because: str | None = field(default=None)

    def __post_init__(self) -> None:
        """Refuse what least privilege forbids."""
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
                "any_resource_because why IAM knows none"
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
    """Render a policy document as JSON; values may still be outputs.

    A statement that several grants share, such as the use of the key, is written once.
    """
    return pulumi.Output.from_input(list(statements)).apply(_render)


def _render(statements: list[Statement]) -> str:
    unique = [one for at, one in enumerate(statements) if one not in statements[:at]]
    return json.dumps({"Version": VERSION, "Statement": unique})


def service_trust(service: str, names: Names, source_arn: Text) -> pulumi.Output[str]:
    """Let one AWS service assume a role, and only on behalf of one resource of this account.

    Without the two conditions another account's resource could make the service act with this
    role (the confused deputy).
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
    """A role and its policy; who uses `arn` at once must wait for `policy`."""

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
    """Make a role that `service` assumes for `source_arn`, holding `grants` and no more."""
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
