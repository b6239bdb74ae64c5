"""The IAM actions behind each call that the AWS provider makes, by resource type and step.

The deployer's grants are made from this table. The local cloud holds a role to it: it reads a
resource only if the role may do every action that AWS would ask for.

The source is the code of terraform-provider-aws 6, which pulumi-aws 7 wraps: for each type the
functions that create, read, update and delete (`internal/service/<service>/<type>.go`). Every
creation and every update ends with a read. Tags are set at the creation, because every stack has
default tags.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Step: TypeAlias = Literal["create", "read", "update", "delete"]


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The actions of each step of one resource type. An update makes only the calls it needs."""

    create: tuple[str, ...]
    read: tuple[str, ...]
    update: tuple[str, ...]
    delete: tuple[str, ...]

    def of(self, *steps: Step) -> list[str]:
        """Give the actions of these steps, each once, in order of name."""
        made: dict[Step, tuple[str, ...]] = {
            "create": self.create,
            "read": self.read,
            "update": self.update,
            "delete": self.delete,
        }
        return sorted({action for step in steps for action in made[step]})


def _calls(service: str, *, create: str, read: str, update: str = "", delete: str = "") -> Calls:
    """Give the calls from names of actions with blanks between them."""

    def actions(names: str) -> tuple[str, ...]:
        return tuple(f"{service}:{name}" for name in names.split())

    return Calls(
        create=actions(create), read=actions(read), update=actions(update), delete=actions(delete)
    )


def _control(put: str, get: str) -> Calls:
    """Give the calls of a bucket's setting, which S3 also deletes with the permission to put."""
    return _calls("s3", create=put, read=f"{get} ListBucket", update=put, delete=put)


PROVIDER_CALLS: Final[Mapping[str, Calls]] = {
    "aws:athena/namedQuery:NamedQuery": _calls(
        "athena",
        create="CreateNamedQuery",
        read="GetNamedQuery",
        update="UpdateNamedQuery",
        delete="DeleteNamedQuery",
    ),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _calls(
        "chatbot",
        create="CreateSlackChannelConfiguration TagResource",
        read="DescribeSlackChannelConfigurations ListTagsForResource",
        update="TagResource UntagResource UpdateSlackChannelConfiguration",
        delete="DeleteSlackChannelConfiguration",
    ),
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": _calls(
        "chatbot",
        create="CreateMicrosoftTeamsChannelConfiguration TagResource",
        read="GetMicrosoftTeamsChannelConfiguration ListTagsForResource",
        update="TagResource UntagResource UpdateMicrosoftTeamsChannelConfiguration",
        delete="DeleteMicrosoftTeamsChannelConfiguration",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _calls(
        "cloudwatch",
        create="PutCompositeAlarm TagResource",
        read="DescribeAlarms ListTagsForResource",
        update="PutCompositeAlarm TagResource UntagResource",
        delete="DeleteAlarms",
    ),
    "aws:cloudwatch/dashboard:Dashboard": _calls(
        "cloudwatch",
        create="PutDashboard",
        read="GetDashboard",
        update="PutDashboard",
        delete="DeleteDashboards",
    ),
    "aws:cloudwatch/logGroup:LogGroup": _calls(
        "logs",
        create="CreateLogGroup PutRetentionPolicy TagResource",
        read="DescribeLogGroups ListTagsForResource",
        update="AssociateKmsKey DeleteRetentionPolicy DisassociateKmsKey PutRetentionPolicy "
        "TagResource UntagResource",
        delete="DeleteLogGroup",
    ),
    "aws:cloudwatch/logStream:LogStream": _calls(
        "logs", create="CreateLogStream", read="DescribeLogStreams", delete="DeleteLogStream"
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _calls(
        "cloudwatch",
        create="PutMetricAlarm TagResource",
        read="DescribeAlarms ListTagsForResource",
        update="PutMetricAlarm TagResource UntagResource",
        delete="DeleteAlarms",
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": _calls(
        "glue",
        create="CreateDatabase TagResource",
        read="GetDatabase GetTags",
        update="TagResource UntagResource UpdateDatabase",
        delete="DeleteDatabase",
    ),
    "aws:glue/catalogTable:CatalogTable": _calls(
        "glue",
        create="CreateTable",
        read="GetPartitionIndexes GetTable",
        update="UpdateTable",
        delete="DeleteTable",
    ),
    "aws:iam/policy:Policy": _calls(
        "iam",
        create="CreatePolicy TagPolicy",
        read="GetPolicy GetPolicyVersion ListPolicyTags",
        update="CreatePolicyVersion DeletePolicyVersion ListPolicyVersions TagPolicy UntagPolicy",
        delete="DeletePolicy DeletePolicyVersion ListPolicyVersions",
    ),
    "aws:iam/role:Role": _calls(
        "iam",
        create="CreateRole PutRolePermissionsBoundary TagRole",
        read="GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags",
        update="AttachRolePolicy DeleteRolePermissionsBoundary DetachRolePolicy "
        "PutRolePermissionsBoundary TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
        "UpdateRoleDescription",
        delete="DeleteRole DetachRolePolicy ListInstanceProfilesForRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": _calls(
        "iam",
        create="PutRolePolicy",
        read="GetRolePolicy",
        update="PutRolePolicy",
        delete="DeleteRolePolicy",
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _calls(
        "firehose",
        create="CreateDeliveryStream TagDeliveryStream",
        read="DescribeDeliveryStream ListTagsForDeliveryStream",
        update="StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream "
        "UntagDeliveryStream UpdateDestination",
        delete="DeleteDeliveryStream",
    ),
    "aws:kinesis/stream:Stream": _calls(
        "kinesis",
        create="AddTagsToStream CreateStream IncreaseStreamRetentionPeriod StartStreamEncryption",
        read="DescribeStreamSummary ListTagsForStream",
        update="AddTagsToStream DecreaseStreamRetentionPeriod DisableEnhancedMonitoring "
        "EnableEnhancedMonitoring IncreaseStreamRetentionPeriod RemoveTagsFromStream "
        "StartStreamEncryption StopStreamEncryption UpdateMaxRecordSize UpdateShardCount "
        "UpdateStreamMode",
        delete="DeleteStream",
    ),
    "aws:kinesisanalyticsv2/application:Application": _calls(
        "kinesisanalytics",
        create="CreateApplication DescribeApplicationOperation StartApplication TagResource",
        read="DescribeApplication ListTagsForResource",
        update="AddApplicationCloudWatchLoggingOption AddApplicationVpcConfiguration "
        "DeleteApplicationCloudWatchLoggingOption DeleteApplicationVpcConfiguration "
        "DescribeApplicationOperation StartApplication StopApplication TagResource "
        "UntagResource UpdateApplication",
        delete="DeleteApplication DescribeApplicationOperation StopApplication",
    ),
    "aws:kms/alias:Alias": _calls(
        "kms",
        create="CreateAlias",
        read="ListAliases",
        update="UpdateAlias",
        delete="DeleteAlias",
    ),
    "aws:kms/key:Key": _calls(
        "kms",
        create="CreateKey EnableKeyRotation TagResource",
        read="DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        update="DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy "
        "TagResource UntagResource UpdateKeyDescription",
        delete="ScheduleKeyDeletion",
    ),
    "aws:lambda/function:Function": _calls(
        "lambda",
        create="CreateFunction TagResource",
        read="GetFunction GetFunctionCodeSigningConfig ListTags ListVersionsByFunction",
        update="DeleteFunctionConcurrency GetFunctionConfiguration PutFunctionConcurrency "
        "TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration",
        delete="DeleteFunction",
    ),
    "aws:s3/bucket:Bucket": _calls(
        "s3",
        create="CreateBucket PutBucketTagging TagResource",
        read="GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation "
        "GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy "
        "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite "
        "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration "
        "ListBucket ListTagsForResource",
        update="PutBucketTagging TagResource UntagResource",
        delete="DeleteBucket",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _control(
        "PutLifecycleConfiguration", "GetLifecycleConfiguration"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _control(
        "PutBucketOwnershipControls", "GetBucketOwnershipControls"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _calls(
        "s3",
        create="PutBucketPolicy",
        read="GetBucketPolicy ListBucket",
        update="PutBucketPolicy",
        delete="DeleteBucketPolicy",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _control(
        "PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _control("PutEncryptionConfiguration", "GetEncryptionConfiguration")
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _control(
        "PutBucketVersioning", "GetBucketVersioning"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": _calls(
        "s3",
        create="PutObject PutObjectTagging",
        read="GetObject GetObjectTagging",
        update="PutObject PutObjectTagging",
        delete="DeleteObject DeleteObjectVersion ListBucketVersions",
    ),
    "aws:secretsmanager/secret:Secret": _calls(
        "secretsmanager",
        create="CreateSecret TagResource",
        read="DescribeSecret GetResourcePolicy",
        update="DeleteResourcePolicy PutResourcePolicy TagResource UntagResource UpdateSecret",
        delete="DeleteSecret",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": _calls(
        "secretsmanager",
        create="PutSecretValue",
        read="GetSecretValue",
        update="ListSecretVersionIds UpdateSecretVersionStage",
        delete="UpdateSecretVersionStage",
    ),
    "aws:sns/topic:Topic": _calls(
        "sns",
        create="CreateTopic SetTopicAttributes TagResource",
        read="GetTopicAttributes ListTagsForResource",
        update="SetTopicAttributes TagResource UntagResource",
        delete="DeleteTopic",
    ),
    "aws:sns/topicPolicy:TopicPolicy": _calls(
        "sns",
        create="SetTopicAttributes",
        read="GetTopicAttributes",
        update="SetTopicAttributes",
        delete="SetTopicAttributes",
    ),
    "aws:sns/topicSubscription:TopicSubscription": _calls(
        "sns",
        create="Subscribe",
        read="GetSubscriptionAttributes",
        update="SetSubscriptionAttributes",
        delete="Unsubscribe",
    ),
}
"""The calls by Pulumi's type token: every type of a workload stack."""

ANYWHERE: Final = frozenset(
    {
        "chatbot:DescribeSlackChannelConfigurations",
        "chatbot:GetMicrosoftTeamsChannelConfiguration",
        "chatbot:ListTagsForResource",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutCompositeAlarm",
        "kinesis:DisableEnhancedMonitoring",
        "kinesis:EnableEnhancedMonitoring",
        "kinesis:UpdateShardCount",
        "kinesis:UpdateStreamMode",
        "kms:ListAliases",
        "logs:DescribeLogGroups",
        "sns:GetSubscriptionAttributes",
    }
)
"""Actions of a deployment that AWS allows only on `*` (service authorization reference).

The two of CloudWatch have a resource there, but CloudWatch describes and puts composite alarms only
by a permission on `*` (API references of DescribeAlarms and PutCompositeAlarm).
"""
