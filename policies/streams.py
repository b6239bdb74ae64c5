"""Kinesis data streams."""

from typing import Final

from policies.model import Level, Messages, Props, resource_rule

STREAM: Final = "aws:kinesis/stream:Stream"

SERVICE_KEY: Final = "alias/aws/kinesis"
"""The service's own key. Its policy can't be changed, and other accounts can't use it."""

RETENTION_HOURS: Final = 168
"""Default minimum of Kinesis.3, in hours. The control accepts 24 to 8760."""


@resource_rule(
    name="kinesis-stream-encrypted",
    kinds=[STREAM],
    controls=["Kinesis.1", "CKV_AWS_43", "CKV_AWS_185", "KDS1", "KDS3"],
    says="A stream is not encrypted with our own key: set encryption_type KMS and kms_key_id",
    level=Level.MANDATORY,
    because="without our own key, we can't decide who may read the stored records",
)
def encrypted(stream: Props) -> Messages:
    """Require a customer-managed key."""
    kind, key = stream.get("encryptionType"), stream.get("kmsKeyId")
    if kind != "KMS":
        yield f"encryptionType: given {kind}; allowed: KMS"
    elif not key or SERVICE_KEY in key:
        yield f"kmsKeyId: given {key}; allowed: the ARN of a customer-managed key"


@resource_rule(
    name="kinesis-stream-retention",
    kinds=[STREAM],
    controls=["Kinesis.3"],
    says=f"A stream keeps less than a week: set retention_period to {RETENTION_HOURS} or more",
    level=Level.ADVISORY,
    because="a week covers a stop over a weekend, but every hour after the first day costs money",
)
def retention(stream: Props) -> Messages:
    """Advise the control's minimum, a week."""
    hours = stream.get("retentionPeriod", 24)
    if hours < RETENTION_HOURS:
        yield f"retentionPeriod: given {hours:g} hours; allowed: {RETENTION_HOURS} to 8760"


RULES: Final = (encrypted, retention)
