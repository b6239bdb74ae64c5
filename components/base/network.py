"""A VPC that a service reaches into, and what its role may do to get there."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.iam import Grant
from components.base.names import Names
from components.base.pydantic_config import STRICT

DESCRIBE: Final = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
"""What Managed Flink looks up (its developer guide, "VPC application permissions")."""

ATTACH: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
)
"""What Managed Flink and Firehose do with the interfaces that they make."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Vpc:
    """Subnets that get a network interface each, and the security groups of all of them.

    Limits are those of the Firehose and Managed Flink APIs.
    """

    subnet_ids: Annotated[
        list[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")]],
        Field(min_length=1, max_length=16),
    ]
    """Private subnets, 1 to 16."""
    security_group_ids: Annotated[
        list[Annotated[str, Field(pattern=r"^sg-[0-9a-f]+$")]], Field(min_length=1, max_length=5)
    ]
    """Security groups, 1 to 5."""


def attach(vpc: Vpc, names: Names, *, describe: Sequence[str] = DESCRIBE) -> list[Grant]:
    """Give what a service may do that attaches itself to a VPC.

    IAM holds the making of an interface against the interface, its subnet and its groups, so that
    none is made elsewhere; the interface itself has no name beforehand, and is held to its subnet.
    """
    subnets = [names.arn("ec2", f"subnet/{each}") for each in vpc.subnet_ids]
    groups = [names.arn("ec2", f"security-group/{each}") for each in vpc.security_group_ids]
    return [
        Grant(
            actions=describe,
            resources=["*"],
            any_resource_because="IAM knows no resource for EC2's Describe actions",
        ),
        Grant(actions=["ec2:CreateNetworkInterface"], resources=[*subnets, *groups]),
        Grant(
            actions=ATTACH,
            resources=[names.arn("ec2", "network-interface/*")],
            conditions={"ArnEquals": {"ec2:Subnet": subnets}},
        ),
    ]
