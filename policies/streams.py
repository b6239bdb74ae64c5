"""Kinesis data streams."""

from typing import Final

from policies.model import Level, Messages, Props, resource_rule

STREAM: Final = "aws:kinesis/stream:Stream"

SERVICE_KEY: Final = "alias/aws/kinesis"
"""The service's own key: its policy can't be changed, and it does not work across accounts."""

RETENTION_HOURS: Final = 168
"""Least hours of Kinesis.3, unless the control is given another number (24 to 8760)."""


@resource_rule(
    name="kinesis-stream-encrypted",
    kinds=[STREAM],
    controls=["Kinesis.1", "CKV_AWS_43", "CKV_AWS_185", "KDS1", "KDS3"],
    says="A stream is not encrypted with a key of ours: set encryption_type KMS and kms_key_id",
    level=Level.MANDATORY,
    because="records can be read by whoever reaches the storage, and who may is not ours to say",
)
def encrypted(stream: Props) -> Messages:
    """Demand a customer-managed key."""
    kind, key = stream.get("encryptionType"), stream.get("kmsKeyId")
    if kind != "KMS":
        yield f"encryptionType: given {kind}; allowed: KMS"
    elif not key or SERVICE_KEY in key:
        yield f"kmsKeyId: given {key}; allowed: the ARN of a customer-managed key"


@resource_rule(
    name="kinesis-stream-retention",
    kinds=[STREAM],
    controls=["Kinesis.3"],
    says=f"A stream forgets within a week: set retention_period to {RETENTION_HOURS} hours or more",
    level=Level.ADVISORY,
    because="a week outlasts a weekend's stop, but every hour after the first day is paid for",
)
def retention(stream: Props) -> Messages:
    """Demand the control's week."""
    hours = stream.get("retentionPeriod", 24)
    if hours < RETENTION_HOURS:
        yield f"retentionPeriod: given {hours:g} hours; allowed: {RETENTION_HOURS} to 8760"


RULES: Final = (encrypted, retention)
