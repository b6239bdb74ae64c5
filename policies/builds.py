"""CodeBuild projects and report groups, CodePipeline pipelines."""

import re
from collections.abc import Iterator
from typing import Final

from policies.model import Level, Messages, Props, each, nested, resource_rule

PROJECT: Final = "aws:codebuild/project:Project"
REPORTS: Final = "aws:codebuild/reportGroup:ReportGroup"
PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"

_CREDENTIALS_IN_URL: Final = re.compile(r"^https?://[^/@]+@")
_SECRET_NAME: Final = re.compile(
    r"AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|.*(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY)",
    re.IGNORECASE,
)


def _sources(project: Props) -> Iterator[Props]:
    if project.get("source"):
        yield project["source"]
    yield from each(project, "secondarySources")


def _artifacts(project: Props) -> Iterator[Props]:
    if project.get("artifacts"):
        yield project["artifacts"]
    yield from each(project, "secondaryArtifacts")


@resource_rule(
    name="codebuild-source-without-credentials",
    kinds=[PROJECT],
    controls=["CodeBuild.1"],
    says="A source's URL contains credentials: use a connection, and a URL without them",
    level=Level.MANDATORY,
    because="everyone who may view the project can read the credentials",
)
def source(project: Props) -> Messages:
    """Refuse a user, a password or a token in any source's URL, for any provider."""
    for one in _sources(project):
        if _CREDENTIALS_IN_URL.match(one.get("location") or ""):
            yield f"source of type {one.get('type')}: given credentials in its location"


@resource_rule(
    name="codebuild-no-secret-in-clear-text",
    kinds=[PROJECT],
    controls=["CodeBuild.2"],
    says="A plain-text variable has a secret: use type SECRETS_MANAGER or PARAMETER_STORE",
    level=Level.MANDATORY,
    because="everyone who may view the project can read it, and a build may log it",
)
def variables(project: Props) -> Messages:
    """Refuse plain-text variables with names of secrets. The control names AWS's keys."""
    for one in each(nested(project, "environment"), "environmentVariables"):
        if one.get("type", "PLAINTEXT") == "PLAINTEXT" and _SECRET_NAME.fullmatch(one["name"]):
            yield f"environment variable {one['name']}: given in plain text"


@resource_rule(
    name="codebuild-stored-logs-encrypted",
    kinds=[PROJECT],
    controls=["CodeBuild.3"],
    says="A build's logs in S3 are not encrypted: leave encryption_disabled unset",
    level=Level.MANDATORY,
    because="logs contain what the build read",
)
def stored_logs(project: Props) -> Messages:
    """Refuse to switch the encryption off."""
    logs = nested(project, "logsConfig", "s3Logs")
    if logs.get("status") == "ENABLED" and logs.get("encryptionDisabled"):
        yield "logsConfig.s3Logs.encryptionDisabled: given true; allowed: false"


@resource_rule(
    name="codebuild-logged",
    kinds=[PROJECT],
    controls=["CodeBuild.4"],
    says="A build has no log: enable cloudwatch_logs or s3_logs in logs_config",
    level=Level.MANDATORY,
    because="a log is needed to find out later what a build did in another account",
)
def logged(project: Props) -> Messages:
    """Require one kind of log, set by the program, because a default could be turned off."""
    stated = [nested(project, "logsConfig", where) for where in ("cloudwatchLogs", "s3Logs")]
    if not any(one and one.get("status", "ENABLED") == "ENABLED" for one in stated):
        yield "logsConfig: given no log that is ENABLED; allowed: cloudwatchLogs, s3Logs or both"


@resource_rule(
    name="codebuild-not-privileged",
    kinds=[PROJECT],
    controls=["CodeBuild.5", "CKV_AWS_316"],
    says="A build runs privileged: leave privileged_mode unset",
    level=Level.MANDATORY,
    because="a privileged build can leave its container, and nothing here builds images",
)
def privileged(project: Props) -> Messages:
    """Refuse privileged mode."""
    if nested(project, "environment").get("privilegedMode"):
        yield "environment.privilegedMode: given true; allowed: false"


@resource_rule(
    name="codebuild-reports-encrypted",
    kinds=[REPORTS],
    controls=["CodeBuild.7"],
    says="Exported test reports are not encrypted: set encryption_key, not encryption_disabled",
    level=Level.MANDATORY,
    because="reports contain what the tests read",
)
def reports(group: Props) -> Messages:
    """Require encryption of exported reports. A report that stays in CodeBuild is encrypted."""
    if nested(group, "exportConfig", "s3Destination").get("encryptionDisabled"):
        yield "exportConfig.s3Destination.encryptionDisabled: given true; allowed: false"


@resource_rule(
    name="codebuild-artifacts-encrypted",
    kinds=[PROJECT],
    controls=["CKV_AWS_78", "CB4"],
    says="A build's output is not encrypted with our own key: set encryption_key",
    level=Level.MANDATORY,
    because="whoever can replace the archive unnoticed can run code in the other account",
)
def artifacts(project: Props) -> Messages:
    """Require a customer-managed key, for the artifacts and for the cache."""
    key = project.get("encryptionKey")
    if not key or "alias/aws/" in key:
        yield f"encryptionKey: given {key}; allowed: the ARN of a customer-managed key"
    if any(one.get("encryptionDisabled") for one in _artifacts(project)):
        yield "artifacts.encryptionDisabled: given true; allowed: false"


@resource_rule(
    name="codebuild-curated-image",
    kinds=[PROJECT],
    controls=["CB5"],
    says="A build's image is not CodeBuild's own: use aws/codebuild/..., or exempt it",
    level=Level.ADVISORY,
    because="another image can be right, but the exemption must say who patches it",
)
def image(project: Props) -> Messages:
    """Advise an image that AWS patches."""
    given = nested(project, "environment").get("image", "")
    if not given.startswith("aws/codebuild/"):
        yield f"environment.image: given {given or 'none'}; allowed: aws/codebuild/..."


@resource_rule(
    name="codepipeline-artifacts-encrypted",
    kinds=[PIPELINE],
    controls=["CKV_AWS_219"],
    says="A pipeline's artifacts are not encrypted with our own key: set encryption_key",
    level=Level.MANDATORY,
    because="whoever can replace the archive unnoticed can run code in the other account",
)
def pipeline(given: Props) -> Messages:
    """Require a customer-managed key for every artifact store."""
    for store in each(given, "artifactStores"):
        key = nested(store, "encryptionKey").get("id")
        if not key or "alias/aws/" in key:
            yield f"artifactStores.encryptionKey: given {key}; allowed: a customer-managed key"


RULES: Final = (
    source,
    variables,
    stored_logs,
    logged,
    privileged,
    reports,
    artifacts,
    image,
    pipeline,
)
