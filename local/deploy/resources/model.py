"""A type of resource in a deployment: how to create, read, update and delete a resource."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

from botocore.exceptions import ClientError

from components.access.provider_calls import Calls
from local.clients import AwsClient, Clients

TAGS: Final = "tagsAll"
"""The provider's name for a resource's own tags together with the provider's default ones."""

Properties: TypeAlias = dict[str, Any]
"""Inputs or outputs with the provider's names (camelCase), as plain JSON values. An asset or an
archive is a Pulumi object."""


@dataclass(frozen=True)
class Cloud:
    """The account and region of a resource, and the project directory for relative paths."""

    clients: Clients
    account: str
    region: str
    project: Path

    def client(self, service: str) -> AwsClient:
        """Give the service's client, which signs for this account."""
        return self.clients.client(service, self.account)


@dataclass(frozen=True)
class Made:
    """A created resource: its physical id and the provider's outputs."""

    id: str
    outputs: Properties = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Existing:
    """A resource of an earlier run. Assets in `inputs` are reduced to their digests."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The tag operations of a service. Services differ in names and shapes of parameters."""

    service: str
    tag: str
    untag: str
    listing: str
    """Operation that returns the tags."""
    target: str
    """Parameter that names the resource."""
    by: str = "arn"
    """Output that is the value of this parameter: `arn`, `id` or a name."""
    shape: Literal["list", "map", "kms", "set"] = "list"
    """`[{Key, Value}]`, `{key: value}`, KMS's `[{TagKey, TagValue}]`, or S3's complete set."""
    tags: str = "Tags"
    keys: str = "TagKeys"

    def apply(
        self, cloud: Cloud, made: Made, old: Mapping[str, str], new: Mapping[str, str]
    ) -> None:
        """Replace the resource's tags by the new ones."""
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
        """Give the resource's tags without those that AWS sets."""
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

    - `create` takes the inputs, complete with a physical name.
    - `update` changes the resource in place and gives its outputs. The resource is deleted and
      created again if `update` is None, or if an input in `fixed` changes.
    - `read` gives the resource's current inputs, because others may have changed it. If it no
      longer exists, `read` gives None or raises AWS's own "not found".
    - `name` is the input that the provider fills with a generated name if none is given.
    - `inputs` are all inputs that the row supports. Another input is refused by name, so no input
      is ignored silently. If `inputs` is None, the API's model gets all inputs, and refuses unknown
      ones.
    - `tagging` is for types whose tags are set after the creation.
    - `calls` are the actions that AWS asks for at each step, on the resources `arns`. If it is
      None, only the root user may deploy the type.
    - `record` means that the emulator lacks the resource. Only its request is checked.
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
    calls: Calls | None = None
    arns: Sequence[str] = ()

    @property
    def takes_tags(self) -> bool:
        """Whether the type has tags."""
        return self.tagging is not None or self.tagged_at_creation

    def unknown(self, given: Iterable[str]) -> list[str]:
        """Give the names of the inputs that the row doesn't support."""
        always = {"region", "tags", TAGS, self.name, f"{self.name}Prefix"}
        return [] if self.inputs is None else sorted(set(given) - self.inputs - always)


def tags_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Give the tags from any service's response, without those that AWS sets."""
    listed = next(answer[key] for key in ("Tags", "tags", "TagSet") if key in answer)
    if isinstance(listed, Mapping):
        tags = cast("Mapping[str, str]", listed)
    else:
        pairs = cast("Sequence[Mapping[str, str]]", listed)
        tags = {_member(pair, "key"): _member(pair, "value") for pair in pairs}
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _member(pair: Mapping[str, str], name: str) -> str:
    """Give a tag's key or value. Services name the key `Key`, `key` or `TagKey`."""
    return next(value for key, value in pair.items() if key.lower().removeprefix("tag") == name)


def knows(*names: str) -> frozenset[str]:
    """Give the set of inputs that a row supports."""
    return frozenset(names)
