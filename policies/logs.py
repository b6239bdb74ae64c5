"""CloudWatch log groups."""

from typing import Final

from policies.model import Level, Messages, Props, resource_rule

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"


@resource_rule(
    name="log-group-encrypted",
    kinds=[LOG_GROUP],
    controls=["CKV_AWS_158"],
    says="A log group is not encrypted with a key of ours: set kms_key_id",
    level=Level.MANDATORY,
    because="logs repeat what the data holds, in error messages and in stack traces",
)
def encrypted(group: Props) -> Messages:
    """Demand a key."""
    if not group.get("kmsKeyId"):
        yield "kmsKeyId: given none; allowed: the ARN of a customer-managed key"


@resource_rule(
    name="log-group-expires",
    kinds=[LOG_GROUP],
    controls=["CKV_AWS_66"],
    says="A log group keeps its events for ever: set retention_in_days",
    level=Level.MANDATORY,
    because="the bill of a log that never ends is seen too late, and so is what it still holds",
)
def expires(group: Props) -> Messages:
    """Demand an end; 0 means none."""
    if not group.get("retentionInDays"):
        yield "retentionInDays: given none; allowed: 1 to 3653, as CloudWatch Logs lists them"


RULES: Final = (encrypted, expires)
