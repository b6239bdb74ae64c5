"""The stack's one KMS key: what encrypts the streams, the buckets, the logs and the alerts."""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Final

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component, protected
from components.base.iam import Grant, Statement, document
from components.base.names import Names
from components.base.pydantic_config import STRICT

ADMINISTER: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What the account's administrators may do to the key; none of it reads or writes data."""

USE: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
"""What reading and writing encrypted data needs, as the services call it for their caller."""

LOGS_USE: Final = (*USE, "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeyArgs:
    """How the key is kept."""

    rotation_days: Annotated[int, Field(ge=90, le=2560)] = 365
    """Days between rotations; 90 to 2560 (KMS, RotationPeriodInDays)."""
    deletion_days: Annotated[int, Field(ge=7, le=30)] = 30
    """Days from a deletion until nothing can be read any more; 7 to 30 (KMS)."""


@plain_dataclass(frozen=True, kw_only=True)
class KeyUse:
    """What a key is for, and who may do what with it."""

    description: str
    alias: str
    policy: Sequence[Statement]


class Key(Component):
    """A customer-managed key with rotation, an alias, and a policy that names each user."""

    arn: pulumi.Output[str]
    """ARN; across accounts and in policies an alias does not do."""
    alias: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is for
        self,
        name: str,
        args: KeyArgs,
        *,
        names: Names,
        holds: KeyUse | None = None,
        protect: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the key and its alias; `holds` says what it is for, by default the data plane.

        `protect`: refuse to destroy it, as what it encrypts is kept.
        """
        super().__init__("stocktrading:security:Key", name, opts)
        use = holds or data_plane(names)
        key = aws.kms.Key(
            name,
            description=use.description,
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_days,
            policy=document(use.policy),
            opts=protected(self.child, protect=protect),
        )
        alias = aws.kms.Alias(
            f"{name}-alias", name=use.alias, target_key_id=key.key_id, opts=self.child
        )
        self._names = names
        self.arn = key.arn
        self.alias = alias.name
        self.publish()

    def use(self, *services: str) -> Grant:
        """Read and write data with the key, through `services` such as `s3` alone."""
        return self._through(USE, services)

    def decrypts(self, *services: str) -> Grant:
        """Read data with the key, through `services` alone."""
        return self._through(["kms:Decrypt"], services)

    def encrypts(self, *services: str) -> Grant:
        """Write data with the key, through `services` alone; what was written stays unread."""
        return self._through(["kms:GenerateDataKey"], services)

    def _through(self, actions: Sequence[str], services: Sequence[str]) -> Grant:
        return Grant(
            actions=actions,
            resources=[self.arn],
            conditions={"StringEquals": {"kms:ViaService": self._names.via(*services)}},
        )


def data_plane(names: Names) -> KeyUse:
    """Say that a key is the workload's: its account uses it through services, no other does."""
    via = names.via("kinesis", "s3", "firehose", "sns", "secretsmanager", "lambda")
    used: Statement = {
        "Sid": "AccountUsesThroughServices",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": list(USE),
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:CallerAccount": names.account_id, "kms:ViaService": via}
        },
    }
    return KeyUse(
        description=f"Data of {names.prefix}: streams, buckets, logs, alerts",
        alias=f"alias/{names.prefix}",
        policy=[
            administration(names),
            used,
            encrypts_logs(names),
            publishes("AlarmsPublish", "cloudwatch.amazonaws.com", names),
        ],
    )


def administration(names: Names) -> Statement:
    """Let the account's administrators keep the key.

    A key's own policy is needed before any IAM policy counts. The account's root stands for the
    account: it lets IAM policies of that account speak, and grants nothing to a principal that
    has none.
    """
    return {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": list(ADMINISTER),
        "Resource": "*",  # in a key policy: this key
    }


def encrypts_logs(names: Names) -> Statement:
    """Let CloudWatch Logs encrypt the account's log groups, on nobody's behalf."""
    return {
        "Sid": "LogsEncrypts",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{names.region}.amazonaws.com"},
        "Action": list(LOGS_USE),
        "Resource": "*",
        "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": names.arn("logs", "log-group:*")}
        },
    }


def publishes(sid: str, service: str, names: Names) -> Statement:
    """Let a service of this account publish to an encrypted topic, on nobody's behalf."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": names.account_id}},
    }
