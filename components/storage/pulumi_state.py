"""The bucket in which Pulumi stores every stack's state, and each stack's key for its secrets.

A role reaches the state of single stacks. The keys of a stack's objects in the bucket are those of
Pulumi's S3 backend (`pkg/backend/diy`, state of version 1).
"""

from collections.abc import Mapping, Sequence
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


META: Final = ".pulumi/meta.yaml"
"""Object with the version of the backend's layout. Each command reads it."""


class PulumiState(Component):
    """The bucket of an S3 backend, its key, and a key for the secrets of each target's stack.

    The bucket's key also encrypts the secrets of the stack that makes all this.
    """

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    backend_url: pulumi.Output[str]
    """For `pulumi login`."""
    secrets_providers: Mapping[str, pulumi.Output[str]]
    """By stack, for `pulumi stack init --secrets-provider`. It has the key's ARN, because an alias
    is valid only in its own account."""

    def __init__(  # noqa: PLR0913 -- name, arguments, options and who uses it
        self,
        name: str,
        args: StateArgs,
        *,
        key: KeyArgs,
        users: Mapping[str, Sequence[str]],
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the keys, then the bucket.

        `users` has the names of the roles that use a target's secrets, by the target's stack.
        """
        super().__init__("stocktrading:delivery:State", name, opts)
        use = state_key(names, users, args.operators)
        self._key = Key(f"{name}-key", key, names=names, holds=use, opts=self.child)
        self._keys = {pulumi.get_stack(): self._key}
        for stack, roles in users.items():
            use = secrets_key(names, stack, roles, args.operators)
            self._keys[stack] = Key(
                f"{name}-{stack}-key", key, names=names, holds=use, opts=self.child
            )
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
        self.secrets_providers = {
            stack: pulumi.Output.concat("awskms:///", each.arn, f"?region={region}")
            for stack, each in self._keys.items()
        }
        self.publish()

    def read(self, stack: str) -> tuple[Grant, ...]:
        """Read one stack's state, including secrets. `pulumi preview` takes no lock."""
        return (
            self._list,
            *self._bucket.read(META, *objects_of(stack)),
            Grant(actions=OPEN_SECRETS, resources=[self._keys[stack].arn]),
        )

    def write(self, stack: str) -> tuple[Grant, ...]:
        """Write one stack's state. Deleting releases a lock; versions keep what was deleted."""
        places = objects_of(stack)
        return (
            self._list,
            *self._bucket.read(META),
            *self._bucket.write(*places),
            Grant(actions=["s3:DeleteObject"], resources=self._bucket.objects(*places)),
            Grant(actions=KEEP_SECRETS, resources=[self._keys[stack].arn]),
        )

    @property
    def _list(self) -> Grant:
        """List the whole bucket, which shows the names of stacks and nothing of their states.

        S3 says that an object is missing only to a caller with this permission and without a
        condition on it. Pulumi looks for objects that a stack may not have, such as tags.
        """
        return Grant(actions=["s3:ListBucket"], resources=[self._bucket.arn])


def objects_of(stack: str) -> tuple[str, ...]:
    """Give the prefixes of a stack's objects: state and tags, history, backups, locks."""
    project = pulumi.get_project()
    return (
        f".pulumi/stacks/{project}/{stack}.",
        f".pulumi/history/{project}/{stack}/",
        f".pulumi/backups/{project}/{stack}/",
        f".pulumi/locks/organization/{project}/{stack}/",
    )


def state_key(names: Names, users: Mapping[str, Sequence[str]], operators: Sequence[str]) -> KeyUse:
    """Describe the key of the bucket, and of the secrets of the stack that makes the bucket.

    Deployments use it only through S3 (`Bucket.write`). Previews also open that stack's secrets.
    """
    deploys = [names.pipeline_deploy_role(stack) for stack in users]
    return KeyUse(
        description=f"Pulumi's state of every stack of {names.prefix}, and the pipeline's secrets",
        alias=f"alias/{names.prefix}-state",
        policy=_used_by(names, [*deploys, names.github_preview_role], operators),
    )


def secrets_key(names: Names, stack: str, roles: Sequence[str], operators: Sequence[str]) -> KeyUse:
    """Describe the key of one stack's secrets: its deployment and its operators use it."""
    return KeyUse(
        description=f"Pulumi's secrets of the stack {stack}",
        alias=f"alias/{names.prefix}-state-{stack}",
        policy=_used_by(names, roles, operators),
    )


def _used_by(names: Names, roles: Sequence[str], operators: Sequence[str]) -> list[Statement]:
    """Let roles and operators use a key.

    The use is not limited to S3, because Pulumi decrypts an `awskms` secret with the key directly.
    """
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
    return [administration(names), used]
