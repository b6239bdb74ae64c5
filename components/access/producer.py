"""The role of a producer of trades. A stack has it if its configuration names a producer."""

from typing import Annotated

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import document
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.streaming.stream import Stream


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ProducerArgs:
    """Who may send trades."""

    trusted: Annotated[
        list[Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:((role|user)/\S+|root)$")]],
        Field(max_length=20),
    ] = Field(default_factory=list[str])
    """ARNs of the roles, users or accounts (`root`) that may assume the producer's role, in any
    account. IAM refuses an ARN that doesn't exist. Empty: the stack has no such role, and a
    producer needs its own permissions."""


class Producer(Component):
    """A role that may put records on the ingest stream, and nothing else."""

    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ProducerArgs,
        *,
        ingest: Stream,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role and let those in `args.trusted` assume it."""
        super().__init__("stocktrading:data:Producer", name, opts)
        role = aws.iam.Role(
            name,
            name=names.producer_role,
            description="Puts trades on the ingest stream",
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": args.trusted},
                        "Action": "sts:AssumeRole",
                    }
                ]
            ),
            opts=self.child,
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            name="grants",
            role=role.name,
            policy=document(grant.statement() for grant in ingest.write),
            opts=self.child,
        )
        self.role_arn = role.arn
        self.publish()
