"""What becomes of one resource, whichever engine asks: completed, compared, made, read, deleted."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy.resources import TYPES
from local.deploy.resources.model import TAGS, Cloud, Existing, Made, Properties, ResourceType
from local.deploy.resources.shapes import ShapeError
from local.errors import LocalError

Step: TypeAlias = Literal["unchanged", "update", "replace"]

FAILURES: Final = (ClientError, BotoCoreError, ShapeError, LocalError)
"""What a row of the table may raise that is a person's to read."""


ONLY_TAGS: Final = frozenset({TAGS})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs between a resource as it stands and as it is wanted."""

    changed: frozenset[str] = frozenset()
    """Names of inputs."""
    replacing: frozenset[str] = frozenset()
    """Those of them that only a new resource can have."""

    @property
    def step(self) -> Step:
        """What has to be done."""
        if self.replacing:
            return "replace"
        return "update" if self.changed else "unchanged"


def row(kind: str, name: str, given: Properties) -> ResourceType:
    """Find the row of a type. Raises `LocalError` where there is none, or it knows an input not."""
    found = TYPES.get(kind)
    if found is None:
        message = f"{name}: the local cloud knows no resource type {kind}"
        raise LocalError(message)
    unknown = found.unknown(given)
    if unknown:
        message = f"the local cloud doesn't know its input {', '.join(unknown)}"
        raise failure(name, kind, LocalError(message))
    return found


def complete(
    kind: ResourceType,
    urn: str,
    given: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    default_tags: Mapping[str, str],
) -> Properties:
    """Give the inputs as the provider completes them: with a name, and with all their tags."""
    inputs = dict(given)
    if kind.name is not None and not inputs.get(kind.name):
        # Seven hex digits, as the engine appends; out of the URN, so that a run can be repeated.
        prefix = inputs.pop(f"{kind.name}Prefix", None) or f"{urn.rpartition('::')[2]}-"
        own = prefix + sha256(urn.encode()).hexdigest()[:7]
        inputs[kind.name] = own if old is None else old.get(kind.name, own)
    if kind.takes_tags:
        inputs[TAGS] = {**default_tags, **inputs.pop("tags", {})}
    return inputs


def difference(kind: ResourceType, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare encoded inputs."""
    changed = frozenset(key for key in new.keys() | old.keys() if new.get(key) != old.get(key))
    retagged = changed == ONLY_TAGS and kind.tagging is not None
    replacing = changed & kind.fixed
    if kind.update is None and not retagged:
        replacing = changed
    return Difference(changed=changed, replacing=replacing)


def make(kind: ResourceType, cloud: Cloud, inputs: Properties) -> Made:
    """Create a resource, with its tags."""
    made = kind.create(cloud, inputs)
    if kind.tagging is not None:
        kind.tagging.apply(cloud, made, {}, inputs[TAGS])
    return made


def change(
    kind: ResourceType, cloud: Cloud, old: Existing, inputs: Properties, difference: Difference
) -> Made:
    """Change a resource in place, and its tags."""
    made = Made(old.id, dict(old.outputs))
    if kind.update is not None and difference.changed != ONLY_TAGS:
        made.outputs.update(kind.update(cloud, old, inputs))
    if kind.tagging is not None:
        kind.tagging.apply(cloud, made, old.inputs.get(TAGS, {}), inputs[TAGS])
    return made


def read(kind: ResourceType, cloud: Cloud, old: Existing) -> Properties | None:
    """Give the inputs that a resource has by now, with its tags; None where it is gone."""
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
    """Delete a resource; one that is gone already is no failure."""
    try:
        kind.delete(cloud, old)
    except ClientError as error:
        if not is_gone(error):
            raise


def completed(kind: ResourceType, cloud: Cloud, inputs: Properties, made: Made) -> Properties:
    """Give the outputs: what the provider fills in among the inputs, and what it knows besides."""
    filled = {key: inputs[key] for key in (TAGS, kind.name) if key in inputs}
    return {"region": cloud.region, **filled, **made.outputs}


def restored(inputs: Properties, old: Mapping[str, Any], ignored: Sequence[str]) -> Properties:
    """Put the old value back at each property path such as `a.b.c`, where both have it."""
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
    """Tell in one line which resource failed, and what AWS said."""
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        reason = f"{error.operation_name}: {told.get('Code')}: {told.get('Message')}"
    else:
        reason = str(error)
    message = f"{name} ({kind}): {' '.join(reason.split())}"
    return LocalError(message)


def is_gone(error: ClientError) -> bool:
    """Tell whether AWS says that there is no such resource."""
    told = error.response.get("Error", {})
    code = told.get("Code", "")
    if code == "InvalidRequestException":  # Athena's word for it
        return "not found" in told.get("Message", "")
    return code == "404" or any(word in code for word in ("NotFound", "NoSuch"))
