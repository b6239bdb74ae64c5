"""KMS keys and their policies."""

from typing import Final

from policies.documents import EVERYONE, statements
from policies.model import Level, Messages, Props, resource_rule

KEY: Final = "aws:kms/key:Key"

DELETION_DAYS: Final = 30
"""Longest wait before KMS deletes a key. It is also KMS's default."""

SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
"""The only key spec that KMS rotates automatically."""


@resource_rule(
    name="kms-key-rotates",
    kinds=[KEY],
    controls=["KMS.4", "CKV_AWS_7", "KMS5"],
    says="A key does not rotate: set enable_key_rotation",
    level=Level.MANDATORY,
    because="rotation costs nothing, and users of the key notice nothing",
)
def rotates(key: Props) -> Messages:
    """Require rotation for keys that KMS can rotate."""
    symmetric = key.get("customerMasterKeySpec", SYMMETRIC) == SYMMETRIC
    if symmetric and not key.get("enableKeyRotation"):
        yield "enableKeyRotation: given false; allowed: true"


@resource_rule(
    name="kms-key-enabled",
    kinds=[KEY],
    controls=["CKV_AWS_227"],
    says="A key is disabled: leave is_enabled unset, or remove the key from the program",
    level=Level.MANDATORY,
    because="data under a disabled key can be neither read nor written",
)
def enabled(key: Props) -> Messages:
    """Refuse a disabled key."""
    if key.get("isEnabled", True) is False:
        yield "isEnabled: given false; allowed: true"


@resource_rule(
    name="kms-key-deletion",
    kinds=[KEY],
    controls=["KMS.3"],
    says=f"A deleted key is soon lost: set deletion_window_in_days to {DELETION_DAYS}",
    level=Level.ADVISORY,
    because=(
        "the control checks only keys that are being deleted, and a program can only set the "
        "window; if a stack's data can be created again, a short window saves a month's price"
    ),
)
def deletion(key: Props) -> Messages:
    """Advise the longest window in which a deletion can be cancelled."""
    days = key.get("deletionWindowInDays", DELETION_DAYS)
    if days < DELETION_DAYS:
        yield f"deletionWindowInDays: given {days:g}; allowed: {DELETION_DAYS}"


@resource_rule(
    name="kms-key-names-its-users",
    kinds=[KEY],
    controls=["KMS.5", "CKV_AWS_33", "CKV2_AWS_64"],
    says="A key's policy is missing or allows everyone: give a policy that names each principal",
    level=Level.MANDATORY,
    because="IAM policies give access only if the key's own policy allows it",
)
def policy(key: Props) -> Messages:
    """Require a policy with named principals. A condition does not make `*` acceptable."""
    if not key.get("policy"):
        yield "policy: given none; KMS's default gives the account every action"
        return
    for one in statements(key["policy"]):
        if one.allows and (EVERYONE in one.principals or one.not_principals):
            yield f"policy, {one.label}: given everyone; allowed: principals by name"


RULES: Final = (rotates, enabled, deletion, policy)
