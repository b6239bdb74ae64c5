"""The steps for one resource, for both engines: complete, compare, create, read, delete."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy.resources import TYPES
from local.deploy.resources.model import TAGS, Cloud, Existing, Made, Properties, ResourceType
from local.deploy.resources.permissions import require_reading
from local.deploy.resources.shapes import ShapeError
from local.errors import LocalError

Step: TypeAlias = Literal["unchanged", "update", "replace"]

FAILURES: Final = (ClientError, BotoCoreError, ShapeError, LocalError)
"""The exceptions of a row of the table that become an error message for a person."""


ONLY_TAGS: Final = frozenset({TAGS})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The differences between an existing resource and its declaration."""

    changed: frozenset[str] = frozenset()
    """Names of changed inputs."""
    replacing: frozenset[str] = frozenset()
    """The changed inputs that need a new resource."""

    @property
    def step(self) -> Step:
        """The necessary step."""
        if self.replacing:
            return "replace"
        return "update" if self.changed else "unchanged"


def row(kind: str, name: str, given: Properties) -> ResourceType:
    """Find the row of a type. Raises `LocalError` for an unknown type or an unknown input."""
    found = TYPES.get(kind)
    if found is None:
        message = f"{name}: the local cloud doesn't support the resource type {kind}"
        raise LocalError(message)
    unknown = found.unknown(given)
    if unknown:
        message = f"the local cloud doesn't support the input {', '.join(unknown)}"
        raise failure(name, kind, LocalError(message))
    return found


def complete(
    kind: ResourceType,
    urn: str,
    given: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    default_tags: Mapping[str, str],
) -> Properties:
    """Complete the inputs like the provider: with a name and with all tags."""
    inputs = dict(given)
    if kind.name is not None and not inputs.get(kind.name):
        # Seven hex digits, like those of the engine. They come from the URN, so a second run gives
        # the same name.
        prefix = inputs.pop(f"{kind.name}Prefix", None) or f"{urn.rpartition('::')[2]}-"
        own = prefix + sha256(urn.encode()).hexdigest()[:7]
        inputs[kind.name] = own if old is None else old.get(kind.name, own)
    if kind.takes_tags:
        inputs[TAGS] = {**default_tags, **inputs.pop("tags", {})}
    return inputs


def difference(kind: ResourceType, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare the old inputs with the new ones. Both are encoded."""
    changed = frozenset(key for key in new.keys() | old.keys() if new.get(key) != old.get(key))
    retagged = changed == ONLY_TAGS and kind.tagging is not None
    replacing = changed & kind.fixed
    if kind.update is None and not retagged:
        replacing = changed
    return Difference(changed=changed, replacing=replacing)


def make(kind: ResourceType, cloud: Cloud, inputs: Properties) -> Made:
    """Create a resource with its tags.

    The provider reads what it has created. Here a role that may not read it creates nothing.
    """
    require_reading(kind, cloud, inputs)
    made = kind.create(cloud, inputs)
    if kind.tagging is not None:
        kind.tagging.apply(cloud, made, {}, inputs[TAGS])
    return made


def change(
    kind: ResourceType, cloud: Cloud, old: Existing, inputs: Properties, difference: Difference
) -> Made:
    """Change a resource and its tags in place. The provider reads what it has changed."""
    require_reading(kind, cloud, {**old.outputs, **inputs})
    made = Made(old.id, dict(old.outputs))
    if kind.update is not None and difference.changed != ONLY_TAGS:
        made.outputs.update(kind.update(cloud, old, inputs))
    if kind.tagging is not None:
        kind.tagging.apply(cloud, made, old.inputs.get(TAGS, {}), inputs[TAGS])
    return made


def read(kind: ResourceType, cloud: Cloud, old: Existing) -> Properties | None:
    """Give the current inputs of a resource, with its tags. None if it no longer exists."""
    require_reading(kind, cloud, {**old.outputs, **old.inputs})
    try:
        inputs = kind.read(cloud, old)
        if inputs is not None and kind.tagging is not None:
            inputs[TAGS] = kind.tagging.read(cloud, Made(old.id, dict(old.outputs)))
    except ClientError as error:
        if not is_gone(error):
            raise
        return None
    return inputs


def remove(kind: ResourceType, cloud: Cloud, old: Existing) -> None:
    """Delete a resource. It is no error if the resource no longer exists."""
    try:
        kind.delete(cloud, old)
    except ClientError as error:
        if not is_gone(error):
            raise


def completed(kind: ResourceType, cloud: Cloud, inputs: Properties, made: Made) -> Properties:
    """Give the outputs: the inputs, with what the provider fills in, and the other outputs."""
    filled = {key: inputs[key] for key in (TAGS, kind.name) if key in inputs}
    return {"region": cloud.region, **filled, **made.outputs}


def restored(inputs: Properties, old: Mapping[str, Any], ignored: Sequence[str]) -> Properties:
    """Restore the old value at each property path such as `a.b.c`, if old and new have the path."""
    inputs = dict(inputs)
    for path in ignored:
        _restore(inputs, old, path)
    return inputs


def _restore(inputs: Properties, old: Mapping[str, Any], path: str) -> None:
    steps = path.split(".")
    place: Any = inputs
    source: Any = old
    for step in steps[:-1]:
        if not isinstance(place, dict) or not isinstance(source, Mapping):
            return
        if step not in place or step not in source:
            return
        place[step] = place = deepcopy(place[step])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- JSON of any shape
        source = source[step]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(place, dict) and isinstance(source, Mapping) and steps[-1] in source:
        place[steps[-1]] = source[steps[-1]]


def failure(name: str, kind: str, error: Exception) -> LocalError:
    """Give an error of one line that names the resource and contains AWS's message."""
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        reason = f"{error.operation_name}: {told.get('Code')}: {told.get('Message')}"
    else:
        reason = str(error)
    message = f"{name} ({kind}): {' '.join(reason.split())}"
    return LocalError(message)


def is_gone(error: ClientError) -> bool:
    """Return whether AWS's error means that the resource doesn't exist."""
    told = error.response.get("Error", {})
    code = told.get("Code", "")
    if code == "InvalidRequestException":  # Athena's code for it
        return "not found" in told.get("Message", "")
    return code == "404" or any(word in code for word in ("NotFound", "NoSuch"))
