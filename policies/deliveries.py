"""Firehose streams."""

from collections.abc import Sequence
from typing import Final

from policies.model import (
    Level,
    Props,
    Resource,
    Violation,
    Violations,
    nested,
    of_kind,
    stack_rule,
)
from policies.streams import STREAM

DELIVERY: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


@stack_rule(
    name="firehose-encrypted",
    controls=["DataFirehose.1", "CKV_AWS_240", "CKV_AWS_241", "KDF1"],
    says=(
        "Firehose holds data that our own key does not encrypt: read an encrypted Kinesis stream, "
        "or set server_side_encryption CUSTOMER_MANAGED_CMK"
    ),
    level=Level.MANDATORY,
    because="data in the buffer is as secret as stored data",
)
def encrypted(resources: Sequence[Resource]) -> Violations:
    """Require encryption of the buffered data.

    With a Kinesis source, the data is in the source stream. Firehose then stores nothing itself,
    and refuses encryption of its own. Otherwise the data is in the delivery stream.
    """
    streams = {
        one.props.get("arn"): one.props.get("encryptionType") for one in of_kind(resources, STREAM)
    }
    for delivery in of_kind(resources, DELIVERY):
        source = nested(delivery.props, "kinesisSourceConfiguration")
        if source:
            arn = source["kinesisStreamArn"]
            if streams.get(arn) != "KMS":
                yield Violation(
                    resource=delivery,
                    message=f"source {arn}: not among this stack's streams with encryptionType KMS",
                )
        elif wrong := _own(delivery.props):
            yield Violation(resource=delivery, message=wrong)


def _own(delivery: Props) -> str | None:
    given = nested(delivery, "serverSideEncryption")
    if not given.get("enabled"):
        return "serverSideEncryption: given none; allowed: enabled, with our own key"
    if given.get("keyType") != "CUSTOMER_MANAGED_CMK" or not given.get("keyArn"):
        return (
            f"serverSideEncryption.keyType: given {given.get('keyType')}; "
            "allowed: CUSTOMER_MANAGED_CMK with keyArn"
        )
    return None


RULES: Final = (encrypted,)
