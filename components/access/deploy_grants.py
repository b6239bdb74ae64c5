"""The permissions that a deployment of the workload stack needs, service by service.

The actions come from the table of the provider's calls. A roll-out refreshes, so the deployer reads
every resource of the stack. It changes what computes and what shows: the application, deliveries,
tables, alarms, the dashboard, the code of the transformation. A person changes the rest, with
`pulumi up` and their own credentials:

- what holds data or notifies a person: streams, buckets, log groups, keys, topics and
  subscriptions. The deployer neither makes nor deletes one, and it shortens no retention;
- who can reach data: each bucket's policy, public access, encryption, versioning and lifecycle,
  the topic's policy, and the roles with their trust policies;
- the permissions boundary and the deployer's own role.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.access.provider_calls import ANYWHERE, PROVIDER_CALLS, Step
from components.base.iam import Grant, Text
from components.base.names import Names
from components.delivery.catalog import WORKGROUP

ALL: Final[Sequence[Step]] = ("create", "read", "update", "delete")
CHANGE: Final[Sequence[Step]] = ("read", "update")
READ: Final[Sequence[Step]] = ("read",)

PERSON: Final = frozenset(
    {
        "firehose:StartDeliveryStreamEncryption",
        "firehose:StopDeliveryStreamEncryption",
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "kinesis:DecreaseStreamRetentionPeriod",
        "kinesis:StartStreamEncryption",
        "kinesis:StopStreamEncryption",
        "kms:DisableKey",
        "kms:DisableKeyRotation",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "logs:AssociateKmsKey",
        "logs:DeleteRetentionPolicy",
        "logs:DisassociateKmsKey",
        "logs:PutRetentionPolicy",
        "secretsmanager:DeleteResourcePolicy",
        "secretsmanager:PutResourcePolicy",
        "sns:SetTopicAttributes",
    }
)
"""Updates of resources that the deployer may change, which only a person makes."""

RELEASE: Final = (
    "kinesisanalytics:CreateApplicationSnapshot",
    "kinesisanalytics:DeleteApplicationSnapshot",
    "kinesisanalytics:DescribeApplicationSnapshot",
    "kinesisanalytics:DescribeApplicationVersion",
    "kinesisanalytics:ListApplicationOperations",
    "kinesisanalytics:ListApplicationSnapshots",
    "kinesisanalytics:RollbackApplication",
)
"""What `stocktrading release` asks of the application beside the provider's calls."""

BUCKET_SETTINGS: Final = (
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "s3/bucketOwnershipControls:BucketOwnershipControls",
    "s3/bucketPolicy:BucketPolicy",
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3/bucketVersioning:BucketVersioning",
)

LISTED: Final = (
    "chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
    "kms/alias:Alias",
    "sns/topicSubscription:TopicSubscription",
)
"""Types that AWS finds only in a list of all. It supports no resource for reading them."""

PUT_ALARMS: Final = ("cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm")
"""An alarm can also invoke functions, act on instances and publish to any topic. The deployer's
alarms can only publish to the stack's topic."""

BOUNDED: Final = ("iam:DeleteRolePolicy", "iam:PutRolePolicy")
"""Actions that IAM can allow only for roles with a certain permissions boundary."""


@dataclass(frozen=True)
class _Held:
    """What the deployer may do with resources of some types."""

    types: Sequence[str]
    """Type tokens without `aws:`."""
    steps: Sequence[Step]
    resources: Sequence[Text]

    @property
    def actions(self) -> set[str]:
        """The actions of the steps, without those that only a person makes."""
        calls = [PROVIDER_CALLS[f"aws:{each}"].of(*self.steps) for each in self.types]
        return {action for made in calls for action in made} - PERSON

    @property
    def own(self) -> list[str]:
        """The actions that can be limited to the resources."""
        return sorted(self.actions - ANYWHERE - {*PUT_ALARMS})


def deploy_grants(names: Names, *, key_arn: Text) -> list[Grant]:
    """Give the grants of the role that the pipeline deploys with."""
    held = _held(names, key_arn)
    anywhere = {action for each in held for action in each.actions} & ANYWHERE - {*PUT_ALARMS}
    anywhere.add("cloudwatch:GetMetricData")  # `release verify` reads the job's metrics
    named = [Grant(actions=own, resources=each.resources) for each in held if (own := each.own)]
    named.append(Grant(actions=RELEASE, resources=[_application(names)]))
    return [
        *_merged(named),
        *_alarm_grants(names),
        Grant(
            actions=sorted(anywhere),
            resources=["*"],
            any_resource_because="AWS supports no resource for any of them",
        ),
        Grant(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": names.via("kinesis", "lambda", "s3", "secretsmanager", "sns")
                }
            },
        ),
        *_role_grants(names),
    ]


def _merged(grants: Sequence[Grant]) -> list[Grant]:
    """Name the same resources once, because a role's policies have a limit of characters."""
    same: dict[tuple[str | int, ...], list[Grant]] = {}
    for one in grants:
        key = tuple(each if isinstance(each, str) else id(each) for each in one.resources)
        same.setdefault(key, []).append(one)
    return [
        Grant(
            actions=sorted({action for one in group for action in one.actions}),
            resources=group[0].resources,
        )
        for group in same.values()
    ]


def _alarm_grants(names: Names) -> list[Grant]:
    """Allow to put alarms that do nothing but publish to the stack's topic.

    CloudWatch takes composite alarms only by a permission on `*`. So the deployer can also put, and
    replace, any other composite alarm of the account and region, with that topic or no action.
    """
    only = {
        "ForAllValues:StringEquals": {"cloudwatch:AlarmActions": [names.arn("sns", names.topic)]}
    }
    composite, metric = PUT_ALARMS
    return [
        Grant(
            actions=[metric],
            resources=[names.arn("cloudwatch", f"alarm:{names.prefix}-*")],
            conditions=only,
        ),
        Grant(
            actions=[composite],
            resources=["*"],
            conditions=only,
            any_resource_because="CloudWatch takes composite alarms only by a permission on *",
        ),
    ]


def _held(names: Names, key_arn: Text) -> list[_Held]:
    """Give each group of types with the allowed steps and the resources, but for the roles."""
    prefix, arn = names.prefix, names.arn
    buckets = [names.bucket_arn("code"), names.bucket_arn("sink")]
    groups = [arn("logs", f"log-group:{group}") for group in names.log_groups]
    return [
        _Held(["kinesis/stream:Stream"], CHANGE, [arn("kinesis", f"stream/{prefix}-*")]),
        _Held(["kinesisanalyticsv2/application:Application"], CHANGE, [_application(names)]),
        _Held(
            ["kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"],
            ALL,
            [arn("firehose", f"deliverystream/{prefix}-*")],
        ),
        _Held(["s3/bucket:Bucket"], CHANGE, buckets),
        _Held(BUCKET_SETTINGS, READ, buckets),
        _Held(
            ["s3/bucketObjectv2:BucketObjectv2"],
            ("create", "read"),
            [f"{names.bucket_arn('code')}/releases/*"],
        ),
        _Held(
            ["cloudwatch/logGroup:LogGroup"],
            CHANGE,
            [each for group in groups for each in (group, f"{group}:*")],
        ),
        _Held(
            ["cloudwatch/logStream:LogStream"],
            ("create", "read"),
            [f"{group}:*" for group in groups],
        ),
        _Held(
            ["cloudwatch/metricAlarm:MetricAlarm", "cloudwatch/compositeAlarm:CompositeAlarm"],
            ALL,
            [arn("cloudwatch", f"alarm:{prefix}-*")],
        ),
        _Held(
            ["cloudwatch/dashboard:Dashboard"],
            ALL,
            [names.global_arn("cloudwatch", f"dashboard/{prefix}")],
        ),
        _Held(
            ["sns/topic:Topic", "sns/topicPolicy:TopicPolicy"], CHANGE, [arn("sns", names.topic)]
        ),
        _Held(LISTED, READ, []),
        _Held(
            ["lambda/function:Function"],
            ALL,
            [arn("lambda", f"function:{names.transform}")],
        ),
        _Held(
            ["secretsmanager/secret:Secret", "secretsmanager/secretVersion:SecretVersion"],
            ALL,
            [arn("secretsmanager", f"secret:{prefix}/sink-*")],
        ),
        _Held(
            ["glue/catalogDatabase:CatalogDatabase", "glue/catalogTable:CatalogTable"],
            ALL,
            [
                arn("glue", "catalog"),
                arn("glue", f"database/{names.database}"),
                arn("glue", f"table/{names.database}/*"),
            ],
        ),
        _Held(["athena/namedQuery:NamedQuery"], ALL, [arn("athena", f"workgroup/{WORKGROUP}")]),
        _Held(["kms/key:Key"], CHANGE, [key_arn]),
        _Held(["iam/policy:Policy"], READ, [names.boundary_arn]),
    ]


def _role_grants(names: Names) -> Sequence[Grant]:
    """Allow to read every role, to change service roles within the boundary, and to pass them."""
    services: Mapping[str, Sequence[str]] = {
        "kinesisanalytics.amazonaws.com": [names.flink_role],
        "firehose.amazonaws.com": [
            names.delivery_role("results"),
            names.delivery_role("dead-letters"),
        ],
        "lambda.amazonaws.com": [names.transform],
    }
    arns = [names.role_arn(role) for roles in services.values() for role in roles]
    roles = ("iam/role:Role", "iam/rolePolicy:RolePolicy")
    change = set(_Held(roles, CHANGE, arns).own) - {*BOUNDED}
    read = _Held(roles, READ, []).own
    return (
        # A refresh reads also the roles that only a person makes.
        Grant(actions=read, resources=[names.role_arn(f"{names.prefix}-*")]),
        Grant(actions=sorted(change.difference(read)), resources=arns),
        Grant(
            actions=BOUNDED,
            resources=arns,
            conditions={"ArnEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        *(
            Grant(
                actions=["iam:PassRole"],
                resources=[names.role_arn(role) for role in roles],
                conditions={"StringEquals": {"iam:PassedToService": service}},
            )
            for service, roles in services.items()
        ),
    )


def _application(names: Names) -> str:
    return names.arn("kinesisanalytics", f"application/{names.application}")
