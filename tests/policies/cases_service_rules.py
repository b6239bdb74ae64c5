"""Cases of the rules about what a service or the provider can't do."""

from typing import Any

from cases import Case, one

from policies.builds import PIPELINE, PROJECT
from policies.deliveries import DELIVERY
from policies.model import Resource

ROLE = "arn:aws:iam::222222222222:role/delivery"


def _redshift(**bucket: str) -> Resource:
    return one(DELIVERY, redshiftConfiguration={"s3Configuration": bucket})


def _transformed(destination: str, **parameters: str) -> Resource:
    given = [{"parameterName": name, "parameterValue": parameters[name]} for name in parameters]
    processors = [{"type": "Lambda", "parameters": given}]
    settings: dict[str, Any] = {"processingConfiguration": {"processors": processors}}
    if destination != "splunkConfiguration":  # the only one without a role of its own
        settings["roleArn"] = ROLE
    return one(DELIVERY, **{destination: settings})


def _pipeline(project: str) -> Resource:
    action: dict[str, Any] = {"name": "Deploy", "configuration": {"ProjectName": project}}
    return one(PIPELINE, stages=[{"name": "Deploy", "actions": [action]}])


CASES = (
    Case(
        rule="firehose-redshift-keys",
        what="a plain prefix, and expressions for another destination",
        resources=[
            _redshift(prefix="results/"),
            one(DELIVERY, extendedS3Configuration={"prefix": "results/!{timestamp:yyyy}/"}),
        ],
    ),
    Case(
        rule="firehose-redshift-keys",
        what="expressions and an error prefix",
        resources=[
            _redshift(prefix="results/!{timestamp:yyyy}/", errorOutputPrefix="errors/"),
            one(
                DELIVERY,
                redshiftConfiguration={"s3BackupConfiguration": {"errorOutputPrefix": "errors/"}},
            ),
        ],
        says=[
            (
                "s3Configuration.prefix: given results/!{timestamp:yyyy}/; "
                "allowed: a prefix without expressions"
            ),
            "s3Configuration.errorOutputPrefix: given errors/; allowed: none",
            "s3BackupConfiguration.errorOutputPrefix: given errors/; allowed: none",
        ],
    ),
    Case(
        rule="firehose-processor-defaults",
        what="the function alone, other values, and Splunk's own default elsewhere",
        resources=[
            _transformed("extendedS3Configuration", LambdaArn="arn:f:$LATEST"),
            _transformed("extendedS3Configuration", NumberOfRetries="5", BufferSizeInMBs="0.25"),
            _transformed("splunkConfiguration", BufferSizeInMBs="1"),
            one(DELIVERY, extendedS3Configuration={"prefix": "results/"}),
        ],
    ),
    Case(
        rule="firehose-processor-defaults",
        what="defaults",
        resources=[
            _transformed(
                "httpEndpointConfiguration",
                NumberOfRetries="3",
                BufferIntervalInSeconds="60",
                BufferSizeInMBs="1",
                RoleArn=ROLE,
            ),
            _transformed("splunkConfiguration", BufferSizeInMBs="0.25"),
        ],
        says=[
            *(
                f"httpEndpointConfiguration: parameter {name}: given {value}, its default; "
                "allowed: none"
                for name, value in (
                    ("NumberOfRetries", "3"),
                    ("BufferIntervalInSeconds", "60"),
                    ("BufferSizeInMBs", "1"),
                    ("RoleArn", ROLE),
                )
            ),
            (
                "splunkConfiguration: parameter BufferSizeInMBs: given 0.25, its default; "
                "allowed: none"
            ),
        ],
    ),
    Case(
        rule="codebuild-queues",
        what="no limit, and a limit of a project that no pipeline starts",
        resources=[
            _pipeline("deploy"),
            one(PROJECT, name="deploy"),
            one(PROJECT, name="nightly", concurrentBuildLimit=1),
        ],
    ),
    Case(
        rule="codebuild-queues",
        what="a limit of a pipeline's project",
        resources=[_pipeline("deploy"), one(PROJECT, name="deploy", concurrentBuildLimit=1)],
        says=["concurrentBuildLimit: given 1; allowed: none"],
    ),
)
