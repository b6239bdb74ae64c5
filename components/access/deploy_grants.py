"""The permissions that a deployment of the workload stack needs, service by service.

The actions are those that the AWS provider calls for the stack's resource types. The deployer
changes what computes and what shows: the application, deliveries, tables, alarms, the dashboard,
the code of the transformation. A person changes the rest, with `pulumi up` and their own
credentials:

- what holds data or notifies a person: streams, buckets, log groups, keys, topics and
  subscriptions. The deployer neither makes nor deletes one, and it shortens no retention;
- who can reach data: each bucket's policy, public access, encryption, versioning and lifecycle,
  the topic's policy, and the roles with their trust policies;
- the permissions boundary and the deployer's own role.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from components.base.iam import Grant, Text
from components.base.names import Names
from components.delivery.catalog import WORKGROUP

STREAMS: Final = (
    "kinesis:AddTagsToStream",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:IncreaseStreamRetentionPeriod",
    "kinesis:ListShards",
    "kinesis:ListTagsForStream",
    "kinesis:RemoveTagsFromStream",
)

RESULTS: Final = ("kinesis:GetRecords", "kinesis:GetShardIterator")
"""`release verify` looks for new results. The deployer reads neither trades nor dead letters."""

APPLICATION: Final = (
    "kinesisanalytics:AddApplicationCloudWatchLoggingOption",
    "kinesisanalytics:AddApplicationVpcConfiguration",
    "kinesisanalytics:CreateApplicationSnapshot",
    "kinesisanalytics:DeleteApplicationCloudWatchLoggingOption",
    "kinesisanalytics:DeleteApplicationSnapshot",
    "kinesisanalytics:DeleteApplicationVpcConfiguration",
    "kinesisanalytics:DescribeApplication",
    "kinesisanalytics:DescribeApplicationOperation",
    "kinesisanalytics:DescribeApplicationSnapshot",
    "kinesisanalytics:DescribeApplicationVersion",
    "kinesisanalytics:ListApplicationOperations",
    "kinesisanalytics:ListApplicationSnapshots",
    "kinesisanalytics:ListApplicationVersions",
    "kinesisanalytics:ListTagsForResource",
    "kinesisanalytics:RollbackApplication",
    "kinesisanalytics:StartApplication",
    "kinesisanalytics:StopApplication",
    "kinesisanalytics:TagResource",
    "kinesisanalytics:UntagResource",
    "kinesisanalytics:UpdateApplication",
)

DELIVERY: Final = (
    "firehose:CreateDeliveryStream",
    "firehose:DeleteDeliveryStream",
    "firehose:DescribeDeliveryStream",
    "firehose:ListTagsForDeliveryStream",
    "firehose:TagDeliveryStream",
    "firehose:UntagDeliveryStream",
    "firehose:UpdateDestination",
)

BUCKETS: Final = (
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:PutBucketTagging",
)

RELEASES: Final = (
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:PutObject",
    "s3:PutObjectTagging",
)

LOGS: Final = (
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:ListTagsForResource",
    "logs:TagResource",
    "logs:UntagResource",
)

ALARMS: Final = (
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutCompositeAlarm",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
)

DASHBOARD: Final = (
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:PutDashboard",
)

TOPIC: Final = (
    "sns:GetTopicAttributes",
    "sns:ListTagsForResource",
    "sns:TagResource",
    "sns:UntagResource",
)

ANYWHERE: Final = (
    "chatbot:DescribeSlackChannelConfigurations",
    "chatbot:GetMicrosoftTeamsChannelConfiguration",
    "chatbot:ListTagsForResource",
    "cloudwatch:GetMetricData",  # `release verify` reads the job's metrics
    "kinesis:DisableEnhancedMonitoring",
    "kinesis:EnableEnhancedMonitoring",
    "kinesis:UpdateShardCount",
    "kinesis:UpdateStreamMode",
    "logs:DescribeLogGroups",
)
"""Actions for which IAM supports no resource (service authorization reference)."""

FUNCTION: Final = (
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:DeleteFunctionConcurrency",
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConfiguration",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction",
    "lambda:PutFunctionConcurrency",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)

SECRET: Final = (
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)

TABLES: Final = (
    "glue:CreateDatabase",
    "glue:CreateTable",
    "glue:DeleteDatabase",
    "glue:DeleteTable",
    "glue:GetDatabase",
    "glue:GetPartitionIndexes",
    "glue:GetTable",
    "glue:GetTags",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateDatabase",
    "glue:UpdateTable",
)

QUERY: Final = (
    "athena:CreateNamedQuery",
    "athena:DeleteNamedQuery",
    "athena:GetNamedQuery",
    "athena:UpdateNamedQuery",
)

KEY: Final = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
)

BOUNDED: Final = ("iam:DeleteRolePolicy", "iam:PutRolePolicy")
"""Actions that IAM can allow only for roles with a certain permissions boundary."""

LOOK_AT_ROLE: Final = (
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
)

ROLES: Final = (
    *LOOK_AT_ROLE,
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)


def deploy_grants(names: Names, *, key_arn: Text) -> list[Grant]:
    """Give the grants of the role that the pipeline deploys with."""
    prefix, arn = names.prefix, names.arn
    buckets = [names.bucket_arn("code"), names.bucket_arn("sink")]
    groups = [arn("logs", f"log-group:{group}") for group in names.log_groups]
    topic = arn("sns", names.topic)
    dashboard = names.global_arn("cloudwatch", f"dashboard/{prefix}")
    database = names.database
    return [
        Grant(actions=STREAMS, resources=[arn("kinesis", f"stream/{prefix}-*")]),
        Grant(actions=RESULTS, resources=[arn("kinesis", f"stream/{names.results_stream}")]),
        Grant(
            actions=APPLICATION,
            resources=[arn("kinesisanalytics", f"application/{names.application}")],
        ),
        Grant(actions=DELIVERY, resources=[arn("firehose", f"deliverystream/{prefix}-*")]),
        Grant(actions=BUCKETS, resources=buckets),
        Grant(actions=RELEASES, resources=[f"{names.bucket_arn('code')}/releases/*"]),
        Grant(actions=LOGS, resources=[each for group in groups for each in (group, f"{group}:*")]),
        Grant(actions=ALARMS, resources=[arn("cloudwatch", f"alarm:{prefix}-*")]),
        Grant(actions=DASHBOARD, resources=[dashboard]),
        Grant(actions=TOPIC, resources=[topic]),
        Grant(actions=FUNCTION, resources=[arn("lambda", f"function:{names.transform}")]),
        Grant(actions=SECRET, resources=[arn("secretsmanager", f"secret:{prefix}/sink-*")]),
        Grant(
            actions=TABLES,
            resources=[
                arn("glue", "catalog"),
                arn("glue", f"database/{database}"),
                arn("glue", f"table/{database}/*"),
            ],
        ),
        Grant(actions=QUERY, resources=[arn("athena", f"workgroup/{WORKGROUP}")]),
        Grant(
            actions=ANYWHERE,
            resources=["*"],
            any_resource_because="IAM supports no resource for any of them",
        ),
        *_key_grants(names, key_arn),
        *_role_grants(names),
    ]


def _key_grants(names: Names, key_arn: Text) -> Sequence[Grant]:
    through = names.via("kinesis", "lambda", "s3", "secretsmanager", "sns")
    return (
        Grant(actions=KEY, resources=[key_arn]),
        Grant(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": through}},
        ),
    )


def _role_grants(names: Names) -> Sequence[Grant]:
    """Allow to make roles within the boundary, and to pass each role to its one service."""
    services: Mapping[str, Sequence[str]] = {
        "kinesisanalytics.amazonaws.com": [names.flink_role],
        "firehose.amazonaws.com": [
            names.delivery_role("results"),
            names.delivery_role("dead-letters"),
        ],
        "lambda.amazonaws.com": [names.transform],
    }
    arns = [names.role_arn(role) for roles in services.values() for role in roles]
    return (
        Grant(
            actions=BOUNDED,
            resources=arns,
            conditions={"ArnEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        Grant(actions=ROLES, resources=arns),
        Grant(
            actions=["iam:GetPolicy", "iam:GetPolicyVersion"],
            resources=[names.boundary_arn],
        ),
        # A person makes a chat channel and its role. A refresh only reads them.
        Grant(actions=LOOK_AT_ROLE, resources=[names.role_arn(names.alarms_chat)]),
        *(
            Grant(
                actions=["iam:PassRole"],
                resources=[names.role_arn(role) for role in roles],
                conditions={"StringEquals": {"iam:PassedToService": service}},
            )
            for service, roles in services.items()
        ),
    )
