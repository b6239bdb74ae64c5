"""What a delivery's role may do at its destination, beside the bucket that every delivery has."""

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
"""What Firehose looks up (the same page), beside the attributes of the VPC."""


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
    return [
        *index,
        *attach(destination.vpc, names, describe=LOOK_UP),
        Grant(actions=["ec2:DescribeVpcAttribute"], resources=[names.arn("ec2", "vpc/*")]),
    ]
