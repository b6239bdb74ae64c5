"""A VPC that a service connects to, and the permissions that its role needs for it."""

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
"""What Managed Flink reads (its developer guide, "VPC application permissions")."""

ATTACH: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
)
"""What Managed Flink and Firehose do with the network interfaces that they make."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Vpc:
    """Subnets, each of which gets a network interface, and the security groups of the interfaces.

    The limits are those of the Firehose and Managed Flink APIs.
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
    """Give the permissions of a service that connects itself to a VPC.

    When a service makes an interface, IAM checks the interface, its subnet and its security groups.
    So no interface can be made elsewhere. The interface has no name beforehand; a condition limits
    it to its subnet.
    """
    subnets = [names.arn("ec2", f"subnet/{each}") for each in vpc.subnet_ids]
    groups = [names.arn("ec2", f"security-group/{each}") for each in vpc.security_group_ids]
    return [
        Grant(
            actions=describe,
            resources=["*"],
            any_resource_because="IAM supports no resource for EC2's Describe actions",
        ),
        Grant(actions=["ec2:CreateNetworkInterface"], resources=[*subnets, *groups]),
        Grant(
            actions=ATTACH,
            resources=[names.arn("ec2", "network-interface/*")],
            conditions={"ArnEquals": {"ec2:Subnet": subnets}},
        ),
    ]
