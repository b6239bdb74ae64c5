"""What a service or the provider itself refuses, forgets or can't do, as rules over resources.

A published control says what is safe. These rules say what works: a stack that breaks one fails on
AWS, or each preview of it shows a change that is none. The local cloud does not refuse all of it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from policies.builds import PIPELINE, PROJECT
from policies.deliveries import DELIVERY
from policies.model import (
    Level,
    Messages,
    Props,
    Resource,
    Violation,
    Violations,
    each,
    nested,
    of_kind,
    resource_rule,
    stack_rule,
)

DESTINATIONS: Final = (
    "extendedS3Configuration",
    "httpEndpointConfiguration",
    "splunkConfiguration",
    "opensearchConfiguration",
    "redshiftConfiguration",
)

PROCESSOR_DEFAULTS: Final = {
    "NumberOfRetries": "3",
    "BufferIntervalInSeconds": "60",
    "BufferSizeInMBs": "1",
}
"""Parameters of a Lambda processor that the provider sends itself, and leaves out when it reads.

Source: the documentation of `aws_kinesis_firehose_delivery_stream`, "processing_configuration".
"""

SPLUNK_BUFFER: Final = {"BufferSizeInMBs": "0.25"}
"""What differs for Splunk (Firehose developer guide, "Transform source data")."""


@resource_rule(
    name="firehose-redshift-keys",
    kinds=[DELIVERY],
    controls=["CreateDeliveryStream"],
    says="Firehose refuses these object keys before Redshift: a plain prefix, and no error prefix",
    level=Level.MANDATORY,
    because="the service refuses to create or update the delivery stream",
)
def redshift_keys(delivery: Props) -> Messages:
    """Refuse prefix expressions and an error prefix in both buckets of a Redshift destination."""
    for bucket in ("s3Configuration", "s3BackupConfiguration"):
        given = nested(delivery, "redshiftConfiguration", bucket)
        prefix, error_prefix = given.get("prefix") or "", given.get("errorOutputPrefix")
        if "!{" in prefix:
            yield f"{bucket}.prefix: given {prefix}; allowed: a prefix without expressions"
        if error_prefix:
            yield f"{bucket}.errorOutputPrefix: given {error_prefix}; allowed: none"


@resource_rule(
    name="firehose-processor-defaults",
    kinds=[DELIVERY],
    controls=["aws_kinesis_firehose_delivery_stream"],
    says="A processor's parameter has its default, and each preview shows it as new: leave it out",
    level=Level.MANDATORY,
    because="a preview that always shows a change hides the change that matters",
)
def processor_defaults(delivery: Props) -> Messages:
    """Refuse parameters with the values that the provider doesn't keep in its state."""
    for destination in DESTINATIONS:
        settings = nested(delivery, destination)
        defaults: dict[str, object] = {
            **PROCESSOR_DEFAULTS,
            **(SPLUNK_BUFFER if destination == "splunkConfiguration" else {}),
        }
        if settings.get("roleArn"):
            defaults["RoleArn"] = settings["roleArn"]
        for name, value in _parameters(settings):
            if defaults.get(name) == value:
                yield f"{destination}: parameter {name}: given {value}, its default; allowed: none"


def _parameters(destination: Props) -> Iterator[tuple[str, Any]]:
    for processor in each(nested(destination, "processingConfiguration"), "processors"):
        if processor.get("type") == "Lambda":
            for parameter in each(processor, "parameters"):
                yield parameter["parameterName"], parameter["parameterValue"]


@stack_rule(
    name="codebuild-queues",
    controls=["StartBuild"],
    says="CodeBuild refuses a build above a project's limit: let the pipeline's stages queue",
    level=Level.MANDATORY,
    because="a second run fails instead of waiting; a stage of a pipeline runs once at a time",
)
def queues(resources: Sequence[Resource]) -> Violations:
    """Refuse a limit of concurrent builds in a project that a pipeline starts."""
    started = {
        nested(action, "configuration").get("ProjectName")
        for pipeline in of_kind(resources, PIPELINE)
        for stage in each(pipeline.props, "stages")
        for action in each(stage, "actions")
    }
    for project in of_kind(resources, PROJECT):
        limit = project.props.get("concurrentBuildLimit")
        if limit and project.props.get("name") in started:
            message = f"concurrentBuildLimit: given {limit:g}; allowed: none"
            yield Violation(resource=project, message=message)


RULES: Final = (redshift_keys, processor_defaults, queues)
