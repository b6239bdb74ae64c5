"""Access to S3 outside a bucket's own controls: the account, access points, other accounts."""

from typing import Final

from policies.buckets import CLOSED, POLICY
from policies.documents import statements
from policies.model import Level, Messages, Props, nested, resource_rule

ACCOUNT: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
ACCESS_POINT: Final = "aws:s3/accessPoint:AccessPoint"
MULTI_REGION: Final = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"

NEVER_GRANTED: Final = frozenset(
    {
        "s3:deletebucketpolicy",
        "s3:putbucketacl",
        "s3:putbucketpolicy",
        "s3:putencryptionconfiguration",
        "s3:putobjectacl",
    }
)
"""Actions that S3.6 forbids for other accounts."""


def _open(block: Props, *, unset: bool) -> list[str]:
    return [switch for switch in CLOSED if block.get(switch, unset) is not True]


@resource_rule(
    name="s3-account-closed",
    kinds=[ACCOUNT],
    controls=["S3.1"],
    says="The account's public access block is not complete: set all four switches",
    level=Level.MANDATORY,
    because=(
        "the block covers every bucket of the account; a stack without it is not checked, "
        "because no stack of this project owns the account"
    ),
)
def account(block: Props) -> Messages:
    """Require all four switches. An unset switch means off here."""
    for switch in _open(block, unset=False):
        yield f"{switch}: given false; allowed: true"


@resource_rule(
    name="s3-access-point-closed",
    kinds=[ACCESS_POINT],
    controls=["S3.19"],
    says="An access point could become public: leave its public access block on",
    level=Level.MANDATORY,
    because="the block can't be changed after the access point is created",
)
def access_point(given: Props) -> Messages:
    """Require all four switches. An unset switch means on here."""
    for switch in _open(nested(given, "publicAccessBlockConfiguration"), unset=True):
        yield f"publicAccessBlockConfiguration.{switch}: given false; allowed: true"


@resource_rule(
    name="s3-multi-region-access-point-closed",
    kinds=[MULTI_REGION],
    controls=["S3.24"],
    says="A multi-region access point could become public: leave its public access block on",
    level=Level.MANDATORY,
    because="the block can't be changed after the access point is created",
)
def multi_region(given: Props) -> Messages:
    """Require all four switches. An unset switch means on here."""
    block = nested(given, "details", "publicAccessBlock")
    for switch in _open(block, unset=True):
        yield f"details.publicAccessBlock.{switch}: given false; allowed: true"


@resource_rule(
    name="s3-bucket-policy-keeps-control",
    kinds=[POLICY],
    controls=["S3.6"],
    says="A bucket's policy gives others control over the bucket: grant only data actions",
    level=Level.MANDATORY,
    because="who can change the policy can do everything; our own account needs no bucket policy",
)
def control(given: Props) -> Messages:
    """Refuse the control's five actions, and patterns of actions, for any principal."""
    for one in statements(given.get("policy")):
        if not one.allows:
            continue
        asked = [
            action
            for action in one.actions
            if action.lower() in NEVER_GRANTED or "*" in action or "?" in action
        ]
        if asked or one.not_actions:
            yield f"policy, {one.label}: given {', '.join(asked or ['all but some actions'])}"


RULES: Final = (account, access_point, multi_region, control)
