"""KMS keys and their policies."""

from typing import Final

from policies.documents import EVERYONE, statements
from policies.model import Level, Messages, Props, resource_rule

KEY: Final = "aws:kms/key:Key"

DELETION_DAYS: Final = 30
"""Longest wait before a key is gone (KMS); its default too."""

SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
"""The only spec that KMS rotates by itself."""


@resource_rule(
    name="kms-key-rotates",
    kinds=[KEY],
    controls=["KMS.4", "CKV_AWS_7", "KMS5"],
    says="A key does not rotate: set enable_key_rotation",
    level=Level.MANDATORY,
    because="rotation costs nothing and asks nothing of who uses the key",
)
def rotates(key: Props) -> Messages:
    """Demand rotation where KMS can rotate."""
    symmetric = key.get("customerMasterKeySpec", SYMMETRIC) == SYMMETRIC
    if symmetric and not key.get("enableKeyRotation"):
        yield "enableKeyRotation: given false; allowed: true"


@resource_rule(
    name="kms-key-enabled",
    kinds=[KEY],
    controls=["CKV_AWS_227"],
    says="A key is switched off: leave is_enabled unset, or take the key out of the program",
    level=Level.MANDATORY,
    because="all that is encrypted with it can be neither read nor written",
)
def enabled(key: Props) -> Messages:
    """Refuse a disabled key."""
    if key.get("isEnabled", True) is False:
        yield "isEnabled: given false; allowed: true"


@resource_rule(
    name="kms-key-deletion",
    kinds=[KEY],
    controls=["KMS.3"],
    says=f"A key deleted by mistake is soon gone: set deletion_window_in_days to {DELETION_DAYS}",
    level=Level.ADVISORY,
    because=(
        "the control sees only a key that is on its way out; the window is what a program can do, "
        "and in a stack whose data can be made again a short one saves a month's price"
    ),
)
def deletion(key: Props) -> Messages:
    """Ask for the longest window in which a deletion can be taken back."""
    days = key.get("deletionWindowInDays", DELETION_DAYS)
    if days < DELETION_DAYS:
        yield f"deletionWindowInDays: given {days:g}; allowed: {DELETION_DAYS}"


@resource_rule(
    name="kms-key-names-its-users",
    kinds=[KEY],
    controls=["KMS.5", "CKV_AWS_33", "CKV2_AWS_64"],
    says="A key's policy is missing, or lets everyone in: give a policy that names each principal",
    level=Level.MANDATORY,
    because="a key's policy is the one that counts, whatever IAM says",
)
def policy(key: Props) -> Messages:
    """Demand a policy, and principals in it; no condition makes `*` a name."""
    if not key.get("policy"):
        yield "policy: given none, so that KMS's own gives the account every action"
        return
    for one in statements(key["policy"]):
        if one.allows and (EVERYONE in one.principals or one.not_principals):
            yield f"policy, {one.label}: given everyone; allowed: principals by name"


RULES: Final = (rotates, enabled, deletion, policy)
