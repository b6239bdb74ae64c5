"""Holds a role to every action of the AWS provider's reads.

The emulator asks for the permissions of the calls that a row of the table makes. The AWS provider
makes more calls: to read a bucket, for example, it asks for sixteen settings. The role's policies
are evaluated for all of them, by the emulator's own IAM (`SimulatePrincipalPolicy`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from components.access.provider_calls import ANYWHERE
from local.clients import Clients
from local.deploy.resources.model import Cloud, ResourceType
from local.errors import LocalError

_BUCKET: Final = ("arn:aws:s3:::{bucket}",)

ARNS: Final[Mapping[str, Sequence[str]]] = {
    "aws:athena/namedQuery:NamedQuery": (
        "arn:aws:athena:{region}:{account}:workgroup/{workgroup}",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (
        "arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}",
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}",
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        "arn:aws:logs:{region}:{account}:log-group:{name}",
        "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    ),
    "aws:cloudwatch/logStream:LogStream": (
        "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:*",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": (
        "arn:aws:glue:{region}:{account}:catalog",
        "arn:aws:glue:{region}:{account}:database/{name}",
    ),
    "aws:glue/catalogTable:CatalogTable": (
        "arn:aws:glue:{region}:{account}:catalog",
        "arn:aws:glue:{region}:{account}:database/{databaseName}",
        "arn:aws:glue:{region}:{account}:table/{databaseName}/{name}",
    ),
    "aws:iam/policy:Policy": ("arn:aws:iam::{account}:policy/{name}",),
    "aws:iam/role:Role": ("arn:aws:iam::{account}:role/{name}",),
    "aws:iam/rolePolicy:RolePolicy": ("arn:aws:iam::{account}:role/{role}",),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
    ),
    "aws:kinesis/stream:Stream": ("arn:aws:kinesis:{region}:{account}:stream/{name}",),
    "aws:kinesisanalyticsv2/application:Application": (
        "arn:aws:kinesisanalytics:{region}:{account}:application/{name}",
    ),
    "aws:kms/key:Key": ("{arn}",),
    "aws:lambda/function:Function": ("arn:aws:lambda:{region}:{account}:function:{name}",),
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _BUCKET,
    "aws:s3/bucketObjectv2:BucketObjectv2": ("arn:aws:s3:::{bucket}/{key}",),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": _BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _BUCKET
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _BUCKET,
    "aws:secretsmanager/secret:Secret": (
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf",  # a suffix as AWS adds it
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": ("{secretId}",),
    "aws:sns/topic:Topic": ("arn:aws:sns:{region}:{account}:{name}",),
    "aws:sns/topicPolicy:TopicPolicy": ("{arn}",),
}
"""The resources that a permission is checked for, by type. Braces hold an input or an output."""


def require_reading(kind: ResourceType, cloud: Cloud, values: Mapping[str, Any]) -> None:
    """Raise `LocalError` if the cloud's role may not read a resource with these values.

    The account's root user may do everything.
    """
    if cloud.clients.identity is None:
        return
    if kind.calls is None:
        message = "the table of the provider's calls lacks this type: only a person deploys it"
        raise LocalError(message)
    named = defaultdict(lambda: "unknown", values)
    named |= {"region": cloud.region, "account": cloud.account}
    limited = [action for action in kind.calls.read if action not in ANYWHERE]
    for arn in kind.arns:
        _require(cloud, limited, arn.format_map(named))
    _require(cloud, [action for action in kind.calls.read if action in ANYWHERE], "*")


def _require(cloud: Cloud, actions: Sequence[str], resource: str) -> None:
    if not actions:
        return
    role = _role(cloud)
    owner = _root(cloud.clients.endpoint, cloud.region).client("iam", cloud.account)
    results = owner.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=list(actions), ResourceArns=[resource]
    )["EvaluationResults"]
    denied = [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
    if denied:
        message = f"AccessDenied: {role} may not {', '.join(denied)} on {resource}"
        raise LocalError(message)


def _role(cloud: Cloud) -> str:
    """Give the ARN of the role of the cloud's session."""
    session: str = cloud.client("sts").get_caller_identity()["Arn"]
    return f"arn:aws:iam::{cloud.account}:role/{session.split('/')[1]}"


@cache
def _root(endpoint: str, region: str) -> Clients:
    """Give the clients of the accounts' root users, who may ask what a role may do."""
    return Clients(endpoint, region)
