"""The provider's look-ups that a program may use."""

from collections.abc import Callable, Mapping
from typing import Final

from local.deploy.resources.model import Cloud, Properties


def _caller(cloud: Cloud, _: Properties) -> Properties:
    answer = cloud.client("sts").get_caller_identity()
    account = answer["Account"]
    return {"id": account, "accountId": account, "arn": answer["Arn"], "userId": answer["UserId"]}


def _region(cloud: Cloud, _: Properties) -> Properties:
    region = cloud.region
    endpoint = f"ec2.{region}.amazonaws.com"
    return {"id": region, "region": region, "name": region, "endpoint": endpoint}


def _partition(_: Cloud, __: Properties) -> Properties:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


LOOKUPS: Final[Mapping[str, Callable[[Cloud, Properties], Properties]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
}
"""Look-ups by function token."""
