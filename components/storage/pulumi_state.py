"""Where Pulumi keeps the state of every stack, and the key that its secrets are encrypted with."""

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
"""What `pulumi preview` asks of the key of an `awskms` secrets provider."""

KEEP_SECRETS: Final = (*OPEN_SECRETS, "kms:Encrypt", "kms:GenerateDataKey")
"""What `pulumi up` asks of it."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StateArgs:
    """Who beside the pipeline works on the state, and how long an old one is kept."""

    operators: Sequence[PrincipalArn] = ()
    """ARNs (`*` allowed) of the people's roles that run Pulumi themselves. None given: whoever the
    account's own IAM policies allow."""
    history_days: Annotated[int, Field(ge=1)] = 365
    """Days that a state can be fetched back after it was replaced."""


class State(Component):
    """The bucket of an S3 backend, and its key."""

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    backend_url: pulumi.Output[str]
    """For `pulumi login`."""
    secrets_provider: pulumi.Output[str]
    """For `pulumi stack init --secrets-provider`; the key by its ARN, as an alias is its account's
    alone."""

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
        """Read every stack's state, secrets included; `pulumi preview` takes no lock."""
        return (
            Grant(actions=["s3:ListBucket"], resources=[self._bucket.arn]),
            *self._bucket.read(""),
            Grant(actions=OPEN_SECRETS, resources=[self.key_arn]),
        )

    @property
    def write(self) -> tuple[Grant, ...]:
        """Keep every stack's state; a deletion is a lock's end, and leaves a version behind."""
        objects = pulumi.Output.concat(self._bucket.arn, "/*")
        return (
            Grant(actions=["s3:ListBucket"], resources=[self._bucket.arn]),
            *self._bucket.write(""),
            Grant(actions=["s3:DeleteObject"], resources=[objects]),
            Grant(actions=KEEP_SECRETS, resources=[self.key_arn]),
        )


def state_key(names: Names, operators: Sequence[str]) -> KeyUse:
    """Say that a key is the state's: deployments use it, previews read with it, people as named.

    Not through S3 alone: Pulumi opens an `awskms` secret with the key itself.
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
