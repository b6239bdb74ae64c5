"""What an attacker in the pipeline would try as the deployer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_world import document

from local.accounts import WORKLOAD

SINK = f"stocktrading-sink-{WORKLOAD}-us-east-1"

ROLE = "stocktrading-deliver-results"

FOREIGN = "arn:aws:iam::999999999999:root"

EVERYTHING = {
    "Effect": "Allow",
    "Principal": {"AWS": FOREIGN},
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{SINK}", f"arn:aws:s3:::{SINK}/*"],
}

TRUST = {"Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Action": "sts:AssumeRole"}

DOORS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "open the sink to another account": (
        "s3",
        "put_bucket_policy",
        {"Bucket": SINK, "Policy": document(EVERYTHING)},
    ),
    "drop the sink's policy": ("s3", "delete_bucket_policy", {"Bucket": SINK}),
    "let the sink be public": (
        "s3",
        "put_public_access_block",
        {"Bucket": SINK, "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}},
    ),
    "expire what is stored": (
        "s3",
        "put_bucket_lifecycle_configuration",
        {
            "Bucket": SINK,
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "ID": "all",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "Expiration": {"Days": 1},
                    }
                ]
            },
        },
    ),
    "stop keeping versions": (
        "s3",
        "put_bucket_versioning",
        {"Bucket": SINK, "VersioningConfiguration": {"Status": "Suspended"}},
    ),
    "encrypt the sink with another key": (
        "s3",
        "put_bucket_encryption",
        {
            "Bucket": SINK,
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        },
    ),
    "read what is stored": ("s3", "get_object", {"Bucket": SINK, "Key": "results/one"}),
    "delete what is stored": ("s3", "delete_object", {"Bucket": SINK, "Key": "results/one"}),
    "hand a service's role to another account": (
        "iam",
        "update_assume_role_policy",
        {"RoleName": ROLE, "PolicyDocument": document(TRUST)},
    ),
    "delete a role, to make it anew": ("iam", "delete_role", {"RoleName": ROLE}),
    "make a role that another account may assume": (
        "iam",
        "create_role",
        {
            "RoleName": "stocktrading-transform",
            "AssumeRolePolicyDocument": document(TRUST),
            "PermissionsBoundary": f"arn:aws:iam::{WORKLOAD}:policy/stocktrading-boundary",
        },
    ),
    "take the boundary from a role": (
        "iam",
        "delete_role_permissions_boundary",
        {"RoleName": ROLE},
    ),
    "shorten how long trades are kept": (
        "kinesis",
        "decrease_stream_retention_period",
        {"StreamName": "stocktrading-ingest-stream", "RetentionPeriodHours": 24},
    ),
    "shorten how long a log is kept": (
        "logs",
        "put_retention_policy",
        {"logGroupName": "/aws/kinesis-analytics/stocktrading-analytics", "retentionInDays": 1},
    ),
    "open the topic of the alarms": (
        "sns",
        "set_topic_attributes",
        {
            "TopicArn": f"arn:aws:sns:us-east-1:{WORKLOAD}:stocktrading-alarms",
            "AttributeName": "Policy",
            "AttributeValue": document(TRUST),
        },
    ),
    "publish to another topic by an alarm": (
        "cloudwatch",
        "put_composite_alarm",
        {
            "AlarmName": "stocktrading-extra",
            "AlarmRule": "TRUE",
            "AlarmActions": [f"arn:aws:sns:us-east-1:{WORKLOAD}:elsewhere"],
        },
    ),
    "invoke a function by an alarm": (
        "cloudwatch",
        "put_metric_alarm",
        {
            "AlarmName": "stocktrading-extra",
            "Namespace": "n",
            "MetricName": "m",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "LessThanThreshold",
            "OKActions": [f"arn:aws:lambda:us-east-1:{WORKLOAD}:function:payroll"],
        },
    ),
    "read trades": (
        "kinesis",
        "get_shard_iterator",
        {
            "StreamName": "stocktrading-ingest-stream",
            "ShardId": "shardId-000000000000",
            "ShardIteratorType": "TRIM_HORIZON",
        },
    ),
}
"""Requests that an attacker in the pipeline would try: service, method and arguments of each."""
