"""What a type of resource is to the deployment: how to create, update and delete one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

from botocore.exceptions import ClientError

from local.clients import AwsClient, Clients

TAGS: Final = "tagsAll"
"""The provider's name for a resource's own tags together with the provider's default ones."""

Properties: TypeAlias = dict[str, Any]
"""Inputs or outputs under the provider's own names (camelCase), as plain JSON values; an asset or
an archive is Pulumi's own object."""


@dataclass(frozen=True)
class Cloud:
    """Where a resource is made: whose account, which region, and the project that paths are of."""

    clients: Clients
    account: str
    region: str
    project: Path

    def client(self, service: str) -> AwsClient:
        """Give the service's client, signing for this account."""
        return self.clients.client(service, self.account)


@dataclass(frozen=True)
class Made:
    """A resource that exists: its physical id, and what the provider would know about it."""

    id: str
    outputs: Properties = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Existing:
    """A resource of an earlier run; assets in `inputs` are reduced to their digests."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a service tags: its operations' parameters differ in name and shape, not in kind."""

    service: str
    tag: str
    untag: str
    listing: str
    """Operation that tells the tags."""
    target: str
    """Parameter that names the resource."""
    by: str = "arn"
    """Output that it takes: `arn`, `id` or a name."""
    shape: Literal["list", "map", "kms", "set"] = "list"
    """`[{Key, Value}]`, `{key: value}`, KMS's `[{TagKey, TagValue}]`, or S3's whole set at once."""
    tags: str = "Tags"
    keys: str = "TagKeys"

    def apply(
        self, cloud: Cloud, made: Made, old: Mapping[str, str], new: Mapping[str, str]
    ) -> None:
        """Make the resource's tags the new ones."""
        client = cloud.client(self.service)
        target = {self.target: made.id if self.by == "id" else made.outputs[self.by]}
        gone = [key for key in old if key not in new]
        if gone and self.shape == "set":
            getattr(client, self.untag)(**target)
        elif gone:
            getattr(client, self.untag)(**target, **{self.keys: gone})
        if new and dict(new) != dict(old):
            getattr(client, self.tag)(**target, **{self.tags: self._shaped(new)})

    def read(self, cloud: Cloud, made: Made) -> dict[str, str]:
        """Give the resource's tags, but for those that AWS itself sets."""
        target = {self.target: made.id if self.by == "id" else made.outputs[self.by]}
        try:
            answer = getattr(cloud.client(self.service), self.listing)(**target)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchTagSet":
                return {}
            raise
        return tags_of(answer)

    def _shaped(self, tags: Mapping[str, str]) -> object:
        if self.shape == "map":
            return dict(tags)
        prefix = "Tag" if self.shape == "kms" else ""
        pairs = [{f"{prefix}Key": key, f"{prefix}Value": tags[key]} for key in tags]
        return {"TagSet": pairs} if self.shape == "set" else pairs


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One row of the table.

    `create` takes the inputs, complete with a physical name. `update` changes the resource in place
    and gives its outputs; without it, or where an input in `fixed` changes, the resource is deleted
    and made again. `read` gives the inputs as the resource has them now, as others may have changed
    it, or None (or AWS's own "not found") where it is gone. `name` is the input that the provider
    fills with a name of its own where none is given. `inputs` are all that the row knows what to do
    with: another is refused by name, so that nothing is dropped in silence; a row without hands all
    it gets to the API's model, which refuses what it doesn't know. `tagging` is for types that take
    tags afterwards. A `record` has no counterpart on the emulator: only its request was checked.
    """

    create: Callable[[Cloud, Properties], Made]
    delete: Callable[[Cloud, Existing], None]
    read: Callable[[Cloud, Existing], Properties | None]
    update: Callable[[Cloud, Existing, Properties], Properties] | None = None
    name: str | None = None
    fixed: frozenset[str] = frozenset()
    inputs: frozenset[str] | None = None
    tagging: Tagging | None = None
    tagged_at_creation: bool = False
    record: bool = False

    @property
    def takes_tags(self) -> bool:
        """Whether it has tags at all."""
        return self.tagging is not None or self.tagged_at_creation

    def unknown(self, given: Iterable[str]) -> list[str]:
        """Name the inputs that the row would drop."""
        always = {"region", "tags", TAGS, self.name, f"{self.name}Prefix"}
        return [] if self.inputs is None else sorted(set(given) - self.inputs - always)


def tags_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Give the tags out of any service's answer, but for those that AWS itself sets."""
    listed = next(answer[key] for key in ("Tags", "tags", "TagSet") if key in answer)
    if isinstance(listed, Mapping):
        tags = cast("Mapping[str, str]", listed)
    else:
        pairs = cast("Sequence[Mapping[str, str]]", listed)
        tags = {_member(pair, "key"): _member(pair, "value") for pair in pairs}
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _member(pair: Mapping[str, str], name: str) -> str:
    """Give a tag's key or value: services call it `Key`, `key` or `TagKey`."""
    return next(value for key, value in pair.items() if key.lower().removeprefix("tag") == name)


def knows(*names: str) -> frozenset[str]:
    """Name the inputs that a row knows what to do with."""
    return frozenset(names)
