"""Recorded stacks in a policy's view: with outputs, and with ARNs in AWS's format."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from recorder import PROJECT, ROOT, Recorder, Secret, stack_config

from policies.model import Resource

ARNS: Final[Mapping[str, str]] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "arn:aws:cloudwatch:{place}:alarm:",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{place}:log-group:",
    "aws:cloudwatch/logStream:LogStream": "arn:aws:logs:{place}:log-group:group:log-stream:",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{place}:alarm:",
    "aws:codebuild/project:Project": "arn:aws:codebuild:{place}:project/",
    "aws:codebuild/reportGroup:ReportGroup": "arn:aws:codebuild:{place}:report-group/",
    "aws:codeconnections/connection:Connection": "arn:aws:codeconnections:{place}:connection/",
    "aws:codepipeline/pipeline:Pipeline": "arn:aws:codepipeline:{place}:",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "arn:aws:iam::{account}:oidc-provider/",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "arn:aws:firehose:{place}:deliverystream/"
    ),
    "aws:kinesis/stream:Stream": "arn:aws:kinesis:{place}:stream/",
    "aws:kinesisanalyticsv2/application:Application": (
        "arn:aws:kinesisanalytics:{place}:application/"
    ),
    "aws:kms/key:Key": "arn:aws:kms:{place}:key/",
    "aws:lambda/function:Function": "arn:aws:lambda:{place}:function:",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::",
    "aws:secretsmanager/secret:Secret": "arn:aws:secretsmanager:{place}:secret:",
    "aws:sns/topic:Topic": "arn:aws:sns:{place}:",
}
"""Beginning of AWS's ARN, which replaces the recorder's `arn:test:<type>:`."""


Configured: TypeAlias = tuple[str, Mapping[str, object]]
"""A stack's name, and the changes of its configuration."""

_VPC: Final = {"subnet_ids": ["subnet-0a"], "security_group_ids": ["sg-0b"]}
_DOMAIN: Final = "arn:aws:es:us-east-1:222222222222:domain/desk"
_ON_DEMAND: Final = {"mode": "on_demand"}

_SLACK: Final = {"kind": "slack", "team_id": "T0000DESK", "channel_id": "C0000DESK"}

_REFERENCE: Final = "arn:aws:secretsmanager:us-east-1:222222222222:secret:desk-AbCdEf"
_JDBC: Final = "jdbc:redshift://desk.abc123.us-east-1.redshift.amazonaws.com:5439/desk"

SINKS: Final[Mapping[str, Mapping[str, object]]] = {
    "s3": {"kind": "s3"},
    "http": {"kind": "http", "url": "https://desk.example.com", "backup": "all"},
    "datadog": {"kind": "datadog", "secret_arn": _REFERENCE},
    "splunk": {"kind": "splunk", "url": "https://hec.example.com:8088", "secret_arn": _REFERENCE},
    "opensearch": {"kind": "opensearch", "domain_arn": _DOMAIN},
    "redshift": {"kind": "redshift", "jdbc_url": _JDBC, "secret_arn": _REFERENCE, "backup": "all"},
}
"""A destination of each kind. Results pass through the function first."""

VARIANTS: Final[Mapping[str, Configured]] = {
    **{
        f"sandbox, sink {kind}": ("sandbox", {"sink": {"destination": sink, "transform": {}}})
        for kind, sink in SINKS.items()
    },
    "sandbox, sink of another kind": (
        "sandbox",
        {"sink": {"destination": SINKS["http"], "previous": SINKS["opensearch"]}},
    ),
    "sandbox, chat": ("sandbox", {"alarms": {"chat": _SLACK}}),
    "tooling, chat": ("tooling", {"notifications": {"chat": _SLACK}}),
    "sandbox, on demand": (
        "sandbox",
        {
            "streams": {
                "ingest": _ON_DEMAND,
                "results": _ON_DEMAND,
                "dead_letter": _ON_DEMAND,
            }
        },
    ),
    "sandbox, job and sink in a VPC": (
        "sandbox",
        {
            "flink": {"vpc": _VPC},
            "sink": {
                "destination": {"kind": "opensearch", "domain_arn": _DOMAIN, "vpc": _VPC},
                "transform": {},
            },
        },
    ),
    "sandbox, production's switches": (
        "sandbox",
        {
            "flink": {"autoscaling": False, "keep_code_on_destroy": True},
            "producer": {"trusted": ["arn:aws:iam::333333333333:role/desk"]},
            "sink": {"compression": "UNCOMPRESSED"},
            "alarms": {"subscriptions": [{"protocol": "email", "endpoint": "on-call@example.com"}]},
        },
    ),
}
"""Other configurations of the repository's stacks. They must keep the same rules."""


def stacks() -> dict[str, Configured]:
    """Give every stack with a file in the repository, and its variants."""
    names = sorted(file.stem.removeprefix("Pulumi.") for file in ROOT.glob("Pulumi.*.yaml"))
    shipped: dict[str, Configured] = {name: (name, {}) for name in names}
    return shipped | dict(VARIANTS)


def resources(recorder: Recorder, stack: str) -> list[Resource]:
    """Give a stack's resources as the policy engine gives them after an update."""
    config = stack_config(stack)
    account, region = config[f"{PROJECT}:account_id"], config["aws:region"]
    arns = {
        f"arn:test:{kind}:": arn.format(place=f"{region}:{account}", account=account)
        for kind, arn in ARNS.items()
    }
    found: list[Resource] = []
    for one in recorder.resources:
        named = one.inputs.get("name") or one.inputs.get("bucket") or one.name
        props = {"arn": f"arn:test:{one.kind}:{named}"} | dict(one.inputs)
        props = cast("dict[str, Any]", _real(props, arns))
        found.append(Resource(kind=one.kind, name=one.name, props=props))
    return found


def _real(value: object, arns: Mapping[str, str]) -> object:
    match value:
        case str():
            for test, real in arns.items():
                value = value.replace(test, real)
            return value
        case dict():
            return {
                key: _real(each, arns) for key, each in cast("dict[str, object]", value).items()
            }
        case list():
            return [_real(each, arns) for each in cast("list[object]", value)]
        case Secret():
            return _real(value.value, arns)
        case _:
            return value
