"""Permissions of a delivery's role at its destination, in addition to those for the bucket."""

from collections.abc import Sequence
from typing import Final

from components.base.iam import Grant
from components.base.names import Names
from components.base.network import attach
from components.delivery.destinations import Destination, OpenSearch

DOMAIN: Final = ("es:DescribeDomain", "es:DescribeDomainConfig", "es:DescribeDomains")
"""Actions on the domain (Firehose developer guide, "Grant Firehose access to ... OpenSearch")."""

LOOK_UP: Final = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
"""What Firehose reads (the same page), in addition to the attributes of the VPC."""


def destination_grants(destination: Destination, names: Names) -> Sequence[Grant]:
    """Give the grants for a destination that IAM controls. Other destinations need a secret."""
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
    return [
        *index,
        *attach(destination.vpc, names, describe=LOOK_UP),
        Grant(actions=["ec2:DescribeVpcAttribute"], resources=[names.arn("ec2", "vpc/*")]),
    ]
