"""One resource of every type that the emulator supports, and a change that others make to it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Client: TypeAlias = Callable[[str], Any]
"""Gives the client of a service in the account of the resources."""


def document(action: str, **more: object) -> str:
    """Give a policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def program(account: str) -> tuple[str, ...]:
    """Give a program that declares one resource of each type."""
    root = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **root}],
        }
    )
    bucket = f"every-{account}"
    return (
        f"key = aws.kms.Key('key', description='one', policy={document('kms:*', **root)!r},",
        "    enable_key_rotation=True, rotation_period_in_days=365, deletion_window_in_days=7)",
        "alias = aws.kms.Alias('alias', name='alias/one', target_key_id=key.id)",
        "stream = aws.kinesis.Stream('stream', name='one', shard_count=1, retention_period=48,",
        "    encryption_type='KMS', kms_key_id=key.arn, tags={'a': 'b'})",
        f"bucket = aws.s3.Bucket('bucket', bucket={bucket!r}, force_destroy=True)",
        "aws.s3.BucketVersioning('versioning', bucket=bucket.id,",
        "    versioning_configuration={'status': 'Enabled'})",
        "aws.s3.BucketPublicAccessBlock('block', bucket=bucket.id, block_public_acls=True,",
        "    block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True)",
        "aws.s3.BucketServerSideEncryptionConfiguration('encryption', bucket=bucket.id, rules=[{",
        "    'apply_server_side_encryption_by_default': {'sse_algorithm': 'aws:kms',",
        "        'kms_master_key_id': key.arn}, 'bucket_key_enabled': True}])",
        "aws.s3.BucketOwnershipControls('ownership', bucket=bucket.id,",
        "    rule={'object_ownership': 'BucketOwnerEnforced'})",
        "aws.s3.BucketPolicy('bucket-policy', bucket=bucket.id,",
        f"    policy={document('s3:ListBucket', **root)!r})",
        "aws.s3.BucketLifecycleConfiguration('lifecycle', bucket=bucket.id, rules=[{'id': 'old',",
        "    'status': 'Enabled', 'filter': {'prefix': ''}, 'expiration': {'days': 30}}])",
        "aws.s3.BucketLogging('logging', bucket=bucket.id, target_bucket=bucket.id,",
        "    target_prefix='logs/')",
        "code = aws.s3.BucketObjectv2('object', bucket=bucket.id, key='one.txt', content='one')",
        f"role = aws.iam.Role('role', name='one', assume_role_policy={trust!r}, description='one')",
        "aws.iam.RolePolicy('role-policy', name='grants', role=role.name,",
        f"    policy={document('s3:GetObject')!r})",
        f"policy = aws.iam.Policy('policy', name='one', policy={document('s3:GetObject')!r})",
        "aws.iam.RolePolicyAttachment('attachment', role=role.name, policy_arn=policy.arn)",
        "aws.iam.OpenIdConnectProvider('issuer', url='https://token.example',",
        "    client_id_lists=['sts.amazonaws.com'], thumbprint_lists=['a' * 40])",
        "group = aws.cloudwatch.LogGroup('group', name='/one', retention_in_days=30)",
        "log = aws.cloudwatch.LogStream('log', name='one', log_group_name=group.name)",
        "alarm = aws.cloudwatch.MetricAlarm('alarm', name='one', namespace='AWS/Kinesis',",
        "    metric_name='IteratorAge', dimensions={'StreamName': 'one'}, statistic='Maximum',",
        "    period=60, evaluation_periods=3, threshold=60000, treat_missing_data='breaching',",
        "    comparison_operator='GreaterThanThreshold')",
        "aws.cloudwatch.CompositeAlarm('composite', alarm_name='any',",
        "    alarm_rule=pulumi.Output.format('ALARM({0})', alarm.name))",
        "aws.cloudwatch.Dashboard('dashboard', dashboard_name='one',",
        """    dashboard_body='{"widgets": []}')""",
        "topic = aws.sns.Topic('topic', name='one', display_name='one')",
        "aws.sns.TopicPolicy('topic-policy', arn=topic.arn,",
        f"    policy={document('sns:Publish', **root)!r})",
        "aws.sns.TopicSubscription('subscription', topic=topic.arn, protocol='email',",
        "    endpoint='a@b.example')",
        "aws.kinesisanalyticsv2.Application('application', name='one',",
        "    runtime_environment='FLINK-1_20', service_execution_role=role.arn,",
        "    application_configuration={",
        "        'application_code_configuration': {'code_content_type': 'ZIPFILE',",
        "            'code_content': {'s3_content_location': {'bucket_arn': bucket.arn,",
        "                'file_key': code.key}}},",
        "        'environment_properties': {'property_groups': [",
        "            {'property_group_id': 'g', 'property_map': {'a': '1'}}]},",
        "        'flink_application_configuration': {",
        "            'parallelism_configuration': {'configuration_type': 'CUSTOM',",
        "                'parallelism': 2, 'parallelism_per_kpu': 1,",
        "                'auto_scaling_enabled': False}}})",
        "aws.kinesis.FirehoseDeliveryStream('delivery', name='one', destination='extended_s3',",
        "    extended_s3_configuration={'role_arn': role.arn, 'bucket_arn': bucket.arn,",
        "        'buffering_interval': 60, 'buffering_size': 64, 'prefix': 'one/'})",
        "function = aws.lambda_.Function('function', name='one', role=role.arn,",
        "    runtime='python3.11', handler='one.handler', timeout=60, code=pulumi.AssetArchive(",
        "        {'one.py': pulumi.StringAsset('def handler(event, context): ...')}))",
        "aws.lambda_.Permission('permission', statement_id='one', function=function.name,",
        "    action='lambda:InvokeFunction', principal='events.amazonaws.com')",
        "secret = aws.secretsmanager.Secret('secret', name='one', description='one')",
        "held = aws.secretsmanager.Secret('held', name='two')",
        "aws.secretsmanager.SecretVersion('version', secret_id=held.id, secret_string='quiet')",
        "rule = aws.cloudwatch.EventRule('rule', name='one',",
        """    event_pattern='{"source": ["aws.codepipeline"]}')""",
        "aws.cloudwatch.EventTarget('target', rule=rule.name, arn=topic.arn, target_id='topic')",
        "aws.codebuild.Project('project', name='one', service_role=role.arn, build_timeout=20,",
        "    artifacts={'type': 'NO_ARTIFACTS'}, environment={'type': 'LINUX_CONTAINER',",
        "        'compute_type': 'BUILD_GENERAL1_SMALL', 'image': 'aws/codebuild/standard:7.0'},",
        "    source={'type': 'NO_SOURCE', 'buildspec': 'version: 0.2'})",
        "database = aws.glue.CatalogDatabase('database', name='one', description='one')",
        "aws.glue.CatalogTable('table', name='one', database_name=database.name,",
        "    table_type='EXTERNAL_TABLE', parameters={'classification': 'json'},",
        "    storage_descriptor={'location': 's3://x/', 'columns': [",
        "        {'name': 'ticker', 'type': 'string'}]})",
        "aws.athena.NamedQuery('query', name='one', database=database.name, query='SELECT 1')",
    )


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A change that somebody makes to a resource, and what a refresh then finds."""

    do: Callable[[Client, str], object]
    """Makes the change, with the clients and the account."""
    seen: str | None
    """The changed input. None means that the resource no longer exists."""


def _open(client: Client, account: str) -> object:
    keys = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return client("s3").put_public_access_block(
        Bucket=f"every-{account}", PublicAccessBlockConfiguration=dict.fromkeys(keys, False)
    )


def _plain_encryption(client: Client, account: str) -> object:
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return client("s3").put_bucket_encryption(
        Bucket=f"every-{account}", ServerSideEncryptionConfiguration={"Rules": [default]}
    )


def _sooner(client: Client, account: str) -> object:
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 1},
    }
    return client("s3").put_bucket_lifecycle_configuration(
        Bucket=f"every-{account}", LifecycleConfiguration={"Rules": [rule]}
    )


def _other_key(client: Client, _: str) -> object:
    other = client("kms").create_key()["KeyMetadata"]["KeyId"]
    return client("kms").update_alias(AliasName="alias/one", TargetKeyId=other)


def _scale(client: Client, _: str) -> object:
    flink = client("kinesisanalyticsv2")
    version = flink.describe_application(ApplicationName="one")["ApplicationDetail"]
    update = {
        "FlinkApplicationConfigurationUpdate": {
            "ParallelismConfigurationUpdate": {"ParallelismUpdate": 4}
        }
    }
    return flink.update_application(
        ApplicationName="one",
        CurrentApplicationVersionId=version["ApplicationVersionId"],
        ApplicationConfigurationUpdate=update,
    )


def _slower(client: Client, _: str) -> object:
    firehose = client("firehose")
    told = firehose.describe_delivery_stream(DeliveryStreamName="one")["DeliveryStreamDescription"]
    return firehose.update_destination(
        DeliveryStreamName="one",
        CurrentDeliveryStreamVersionId=told["VersionId"],
        DestinationId=told["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"BufferingHints": {"IntervalInSeconds": 900, "SizeInMBs": 64}},
    )


def _wake_later(client: Client, _: str) -> object:
    return client("cloudwatch").put_metric_alarm(
        AlarmName="one",
        Namespace="AWS/Kinesis",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "StreamName", "Value": "one"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=1,
        TreatMissingData="breaching",
        ComparisonOperator="GreaterThanThreshold",
    )


def _unsubscribe(client: Client, account: str) -> object:
    topic = f"arn:aws:sns:us-east-1:{account}:one"
    listed = client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return [client("sns").unsubscribe(SubscriptionArn=one["SubscriptionArn"]) for one in listed]


def _forget_query(client: Client, _: str) -> object:
    athena = client("athena")
    return [
        athena.delete_named_query(NamedQueryId=one)
        for one in athena.list_named_queries()["NamedQueryIds"]
    ]


def _other_table(client: Client, _: str) -> object:
    table: dict[str, Any] = {
        "Name": "one",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "json"},
        "StorageDescriptor": {"Location": "s3://elsewhere/", "Columns": []},
    }
    return client("glue").update_table(DatabaseName="one", TableInput=table)


def _grant_more(client: Client, account: str) -> object:
    return client("iam").create_policy_version(
        PolicyArn=f"arn:aws:iam::{account}:policy/one",
        PolicyDocument=document("s3:*"),
        SetAsDefault=True,
    )


def _describe_key(client: Client, _: str) -> object:
    target = client("kms").describe_key(KeyId="alias/one")["KeyMetadata"]["KeyId"]
    return client("kms").update_key_description(KeyId=target, Description="another")


def _topic_attribute(name: str, value: str) -> Callable[[Client, str], object]:
    return lambda client, account: client("sns").set_topic_attributes(
        TopicArn=f"arn:aws:sns:us-east-1:{account}:one", AttributeName=name, AttributeValue=value
    )


DRIFTS: Final[Mapping[str, Drift]] = {
    "key": Drift(do=_describe_key, seen="description"),
    "alias": Drift(do=_other_key, seen="targetKeyId"),
    "stream": Drift(
        do=lambda client, _: client("kinesis").increase_stream_retention_period(
            StreamName="one", RetentionPeriodHours=72
        ),
        seen="retentionPeriod",
    ),
    "bucket": Drift(
        do=lambda client, account: client("s3").put_bucket_tagging(
            Bucket=f"every-{account}", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
        ),
        seen="tagsAll",
    ),
    "versioning": Drift(
        do=lambda client, account: client("s3").put_bucket_versioning(
            Bucket=f"every-{account}", VersioningConfiguration={"Status": "Suspended"}
        ),
        seen="versioningConfiguration",
    ),
    "block": Drift(do=_open, seen="blockPublicAcls"),
    "encryption": Drift(do=_plain_encryption, seen="rules"),
    "ownership": Drift(
        do=lambda client, account: client("s3").put_bucket_ownership_controls(
            Bucket=f"every-{account}",
            OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        ),
        seen="rule",
    ),
    "bucket-policy": Drift(
        do=lambda client, account: client("s3").put_bucket_policy(
            Bucket=f"every-{account}", Policy=document("s3:*", Principal="*")
        ),
        seen="policy",
    ),
    "lifecycle": Drift(do=_sooner, seen="rules"),
    "logging": Drift(
        do=lambda client, account: client("s3").put_bucket_logging(
            Bucket=f"every-{account}", BucketLoggingStatus={}
        ),
        seen=None,
    ),
    "object": Drift(
        do=lambda client, account: client("s3").put_object(
            Bucket=f"every-{account}", Key="one.txt", Body=b"another"
        ),
        seen="sourceHash",
    ),
    "role": Drift(
        do=lambda client, _: client("iam").put_role_permissions_boundary(
            RoleName="one", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
        ),
        seen="permissionsBoundary",
    ),
    "role-policy": Drift(
        do=lambda client, _: client("iam").put_role_policy(
            RoleName="one", PolicyName="grants", PolicyDocument=document("s3:*")
        ),
        seen="policy",
    ),
    "policy": Drift(do=_grant_more, seen="policy"),
    "attachment": Drift(
        do=lambda client, account: client("iam").detach_role_policy(
            RoleName="one", PolicyArn=f"arn:aws:iam::{account}:policy/one"
        ),
        seen=None,
    ),
    "issuer": Drift(
        do=lambda client, account: client("iam").delete_open_id_connect_provider(
            OpenIDConnectProviderArn=f"arn:aws:iam::{account}:oidc-provider/token.example"
        ),
        seen=None,
    ),
    "group": Drift(
        do=lambda client, _: client("logs").put_retention_policy(
            logGroupName="/one", retentionInDays=1
        ),
        seen="retentionInDays",
    ),
    "log": Drift(
        do=lambda client, _: client("logs").delete_log_stream(
            logGroupName="/one", logStreamName="one"
        ),
        seen=None,
    ),
    "alarm": Drift(do=_wake_later, seen="threshold"),
    "composite": Drift(
        do=lambda client, _: client("cloudwatch").put_composite_alarm(
            AlarmName="any", AlarmRule="OK(one)"
        ),
        seen="alarmRule",
    ),
    "dashboard": Drift(
        do=lambda client, _: client("cloudwatch").put_dashboard(
            DashboardName="one", DashboardBody='{"widgets": [], "start": "-PT1H"}'
        ),
        seen="dashboardBody",
    ),
    "topic": Drift(do=_topic_attribute("DisplayName", "another"), seen="displayName"),
    "topic-policy": Drift(
        do=_topic_attribute("Policy", document("sns:Publish", Principal="*")), seen="policy"
    ),
    "subscription": Drift(do=_unsubscribe, seen=None),
    "application": Drift(do=_scale, seen="applicationConfiguration"),
    "delivery": Drift(do=_slower, seen="extendedS3Configuration"),
    "function": Drift(
        do=lambda client, _: client("lambda").update_function_configuration(
            FunctionName="one", Timeout=3
        ),
        seen="timeout",
    ),
    "permission": Drift(
        do=lambda client, _: client("lambda").remove_permission(
            FunctionName="one", StatementId="one"
        ),
        seen=None,
    ),
    "secret": Drift(
        do=lambda client, _: client("secretsmanager").update_secret(
            SecretId="one", Description="another"
        ),
        seen="description",
    ),
    "version": Drift(
        do=lambda client, _: client("secretsmanager").delete_secret(
            SecretId="two", ForceDeleteWithoutRecovery=True
        ),
        seen=None,
    ),
    "rule": Drift(
        do=lambda client, _: client("events").put_rule(
            Name="one", EventPattern='{"source": ["aws.s3"]}'
        ),
        seen="eventPattern",
    ),
    "target": Drift(
        do=lambda client, _: client("events").remove_targets(Rule="one", Ids=["topic"]),
        seen=None,
    ),
    "project": Drift(
        do=lambda client, _: client("codebuild").update_project(name="one", timeoutInMinutes=30),
        seen="buildTimeout",
    ),
    "database": Drift(
        do=lambda client, _: client("glue").update_database(
            Name="one", DatabaseInput={"Name": "one", "Description": "another"}
        ),
        seen="description",
    ),
    "table": Drift(do=_other_table, seen="storageDescriptor"),
    "query": Drift(do=_forget_query, seen=None),
}
"""By the logical name of the resource."""
