"""The bucket in which Pulumi stores every stack's state, and the key for the state's secrets."""

from collections.abc import Sequence
from typing import Annotated, Final

import pulumi
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import Grant, Statement
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import USE, Key, KeyArgs, KeyUse, administration

PrincipalArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(role|user)/\S+$")]

OPEN_SECRETS: Final = ("kms:Decrypt", "kms:DescribeKey")
"""Actions of `pulumi preview` on the key of an `awskms` secrets provider."""

KEEP_SECRETS: Final = (*OPEN_SECRETS, "kms:Encrypt", "kms:GenerateDataKey")
"""Actions of `pulumi up` on that key."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StateArgs:
    """Who uses the state in addition to the pipeline, and how long old states are kept."""

    operators: Sequence[PrincipalArn] = ()
    """ARNs (`*` allowed) of the roles of people who run Pulumi themselves. Empty: the account's own
    IAM policies decide."""
    history_days: Annotated[int, Field(ge=1)] = 365
    """Days for which a replaced state can be restored."""


class PulumiState(Component):
    """The bucket of an S3 backend, and its key."""

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    backend_url: pulumi.Output[str]
    """For `pulumi login`."""
    secrets_provider: pulumi.Output[str]
    """For `pulumi stack init --secrets-provider`. It has the key's ARN, because an alias is valid
    only in its own account."""

    def __init__(
        self,
        name: str,
        args: StateArgs,
        *,
        key: KeyArgs,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the key, then the bucket."""
        super().__init__("stocktrading:delivery:State", name, opts)
        use = state_key(names, args.operators)
        self._key = Key(f"{name}-key", key, names=names, holds=use, opts=self.child)
        self._bucket = Bucket(
            f"{name}-bucket",
            BucketArgs(noun="state", expire_days={}, noncurrent_days=args.history_days),
            key=self._key,
            names=names,
            opts=self.child,
        )
        region = names.region
        self.bucket = self._bucket.name
        self.key_arn = self._key.arn
        self.backend_url = pulumi.Output.concat("s3://", self.bucket, f"?region={region}")
        self.secrets_provider = pulumi.Output.concat(
            "awskms:///", self.key_arn, f"?region={region}"
        )
        self.publish()

    @property
    def read(self) -> tuple[Grant, ...]:
        """Read every stack's state, including secrets. `pulumi preview` takes no lock."""
        return (
            Grant(actions=["s3:ListBucket"], resources=[self._bucket.arn]),
            *self._bucket.read(""),
            Grant(actions=OPEN_SECRETS, resources=[self.key_arn]),
        )

    @property
    def write(self) -> tuple[Grant, ...]:
        """Write every stack's state. Deleting releases a lock; versions keep what was deleted."""
        objects = pulumi.Output.concat(self._bucket.arn, "/*")
        return (
            Grant(actions=["s3:ListBucket"], resources=[self._bucket.arn]),
            *self._bucket.write(""),
            Grant(actions=["s3:DeleteObject"], resources=[objects]),
            Grant(actions=KEEP_SECRETS, resources=[self.key_arn]),
        )


def state_key(names: Names, operators: Sequence[str]) -> KeyUse:
    """Describe the state's key: deployments use it, previews read with it, operators use it.

    The use is not limited to S3, because Pulumi decrypts an `awskms` secret with the key directly.
    """
    roles = [names.pipeline_deploy_role, names.github_preview_role]
    named = [*(names.role_arn(role) for role in roles), *operators]
    only_named = {"ArnLike": {"aws:PrincipalArn": named}} if operators else {}
    used: Statement = {
        "Sid": "PulumiUses",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": [*USE, "kms:Encrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": names.account_id}, **only_named},
    }
    return KeyUse(
        description=f"Pulumi's state and secrets, of every stack of {names.prefix}",
        alias=f"alias/{names.prefix}-state",
        policy=[administration(names), used],
    )
