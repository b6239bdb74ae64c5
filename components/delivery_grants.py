"""What a delivery's role may do at its destination, beside the bucket that every delivery has."""

from collections.abc import Sequence
from typing import Final

from components.destinations import Destination, OpenSearch
from components.iam import Grant
from components.names import Names

DOMAIN: Final = ("es:DescribeDomain", "es:DescribeDomainConfig", "es:DescribeDomains")
"""Actions on the domain (Firehose developer guide, "Grant Firehose access to ... OpenSearch")."""

DESCRIBE_NETWORK: Final = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
)

ATTACH: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
)


def destination_grants(destination: Destination, names: Names) -> Sequence[Grant]:
    """Give the grants of a destination that IAM guards; of the others a secret is the guard."""
    if not isinstance(destination, OpenSearch):
        return ()
    domain = destination.domain_arn
    index = [
        Grant(actions=DOMAIN, resources=[domain]),
        Grant(actions=["es:ESHttpPost", "es:ESHttpPut"], resources=[domain, f"{domain}/*"]),
        Grant(
            actions=["es:ESHttpGet"],
            resources=[
                f"{domain}/_all/_settings",
                f"{domain}/_cluster/stats",
                f"{domain}/_nodes",
                f"{domain}/_nodes/*/stats",
                f"{domain}/_stats",
                f"{domain}/{destination.index}*/_mapping/*",
                f"{domain}/{destination.index}*/_stats",
            ],
        ),
    ]
    if destination.vpc is None:
        return index
    groups = [
        names.arn("ec2", f"security-group/{each}") for each in destination.vpc.security_group_ids
    ]
    subnets = [names.arn("ec2", f"subnet/{each}") for each in destination.vpc.subnet_ids]
    interfaces = names.arn("ec2", "network-interface/*")
    return [
        *index,
        Grant(
            actions=DESCRIBE_NETWORK,
            resources=["*"],
            any_resource_because="EC2's Describe actions know no resource",
        ),
        Grant(actions=ATTACH, resources=[interfaces, *subnets, *groups]),
    ]
