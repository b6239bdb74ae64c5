"""CloudWatch log groups."""

from typing import Final

from policies.model import Level, Messages, Props, resource_rule

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"


@resource_rule(
    name="log-group-encrypted",
    kinds=[LOG_GROUP],
    controls=["CKV_AWS_158"],
    says="A log group is not encrypted with our own key: set kms_key_id",
    level=Level.MANDATORY,
    because="error messages and stack traces in logs can contain data",
)
def encrypted(group: Props) -> Messages:
    """Require a key."""
    if not group.get("kmsKeyId"):
        yield "kmsKeyId: given none; allowed: the ARN of a customer-managed key"


@resource_rule(
    name="log-group-expires",
    kinds=[LOG_GROUP],
    controls=["CKV_AWS_66"],
    says="A log group keeps its events for ever: set retention_in_days",
    level=Level.MANDATORY,
    because="a log that never expires costs more each month, and keeps data that nobody expects",
)
def expires(group: Props) -> Messages:
    """Require a retention period. 0 means none."""
    if not group.get("retentionInDays"):
        yield "retentionInDays: given none; allowed: 1 to 3653, as CloudWatch Logs lists them"


RULES: Final = (encrypted, expires)
