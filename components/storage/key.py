"""The stack's KMS key, which encrypts the streams, the buckets, the logs and the alarm topic."""

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
"""What the account's administrators may do with the key. None of it reads or writes data."""

USE: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
"""Actions to read and write encrypted data. The services call them for their caller."""

LOGS_USE: Final = (*USE, "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeyArgs:
    """The key's rotation and deletion."""

    rotation_days: Annotated[int, Field(ge=90, le=2560)] = 365
    """Days between rotations; 90 to 2560 (KMS, RotationPeriodInDays)."""
    deletion_days: Annotated[int, Field(ge=7, le=30)] = 30
    """Days from a deletion until nothing can be decrypted any more; 7 to 30 (KMS)."""


@plain_dataclass(frozen=True, kw_only=True)
class KeyUse:
    """A key's purpose and the statements of its policy."""

    description: str
    alias: str
    policy: Sequence[Statement]


class Key(Component):
    """A customer-managed key with rotation, an alias, and a policy that names each user."""

    arn: pulumi.Output[str]
    """ARN of the key. An alias can't be used in policies or from other accounts."""
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
        """Make the key and its alias; `holds` is its purpose, by default the workload's data.

        `protect`: refuse to destroy the key, because the data that it encrypts is kept.
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
        """Read and write data with the key, only through `services` such as `s3`."""
        return self._through(USE, services)

    def decrypts(self, *services: str) -> Grant:
        """Read data with the key, only through `services`."""
        return self._through(["kms:Decrypt"], services)

    def encrypts(self, *services: str) -> Grant:
        """Write data with the key, only through `services`. The grant does not allow to read."""
        return self._through(["kms:GenerateDataKey"], services)

    def _through(self, actions: Sequence[str], services: Sequence[str]) -> Grant:
        return Grant(
            actions=actions,
            resources=[self.arn],
            conditions={"StringEquals": {"kms:ViaService": self._names.via(*services)}},
        )


def data_plane(names: Names) -> KeyUse:
    """Describe the workload's key: only its own account uses it, through services."""
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
    """Let the account's administrators manage the key.

    IAM policies have no effect unless the key's own policy allows them. The principal is the
    account's root, which means the whole account. The statement lets the account's IAM policies
    allow these actions. It grants nothing to an identity without such a policy.
    """
    return {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": list(ADMINISTER),
        "Resource": "*",  # in a key policy, * means this key
    }


def encrypts_logs(names: Names) -> Statement:
    """Let CloudWatch Logs encrypt the account's log groups. It calls KMS for no other principal."""
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
    """Let a service publish to an encrypted topic for this account, not for another principal."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": names.account_id}},
    }
