"""One resource at a time: what a registration asks for, held against what stands."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy.resources import TYPES
from local.deploy.resources.model import TAGS, Cloud, Made, Properties, ResourceType
from local.deploy.resources.shapes import ShapeError
from local.deploy.state import Resource, State, encode
from local.errors import LocalError

Action: TypeAlias = Literal["created", "updated", "replaced", "unchanged", "deleted"]
Report: TypeAlias = Callable[[Action, Resource], None]


@dataclass
class Summary:
    """What a run did: resources by action, and those that are only records."""

    actions: Counter[Action] = field(default_factory=Counter["Action"])
    records: list[str] = field(default_factory=list[str])
    """Name and type of each resource that the emulator lacks: its request was checked, no more."""

    @property
    def changed(self) -> int:
        """How many resources aren't as they were."""
        return self.actions.total() - self.actions["unchanged"]

    def __str__(self) -> str:
        """One line a person reads."""
        order: tuple[Action, ...] = ("created", "updated", "replaced", "deleted", "unchanged")
        counts = [f"{self.actions[action]} {action}" for action in order if self.actions[action]]
        line = ", ".join(counts) or "nothing to do"
        return f"{line}; {len(self.records)} kept as records" if self.records else line


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program declares it; inputs under the provider's names."""

    urn: str
    type: str
    inputs: Properties
    ignored: Sequence[str] = ()
    """Property paths (`ignoreChanges`) in which a change is none."""
    retained: bool = False
    """Whether it outlives its declaration (`retainOnDelete`)."""
    protected: bool = False
    """Whether nothing deletes it (`protect`)."""
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The provider's tags, for types that take tags; the resource's own win."""
    secrets: frozenset[str] = frozenset()
    """Inputs that are secret, and so stay secret as outputs."""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]


Check: TypeAlias = Callable[[Registration], None]
"""Refuses a registration by raising `LocalError`."""


def accept(_: Registration) -> None:
    """Refuse nothing."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Makes what is registered so, on the emulator and in the state."""

    state: State
    report: Report
    summary: Summary = field(default_factory=Summary)
    refresh: bool = False
    """Whether to ask first how a resource is, where its type can tell."""
    check: Check = accept

    def apply(self, wanted: Registration, cloud: Cloud) -> Resource:
        """Create, update, replace or leave a resource.

        Raises `LocalError` in one line that names the resource.
        """
        kind = TYPES.get(wanted.type)
        if kind is None:
            message = f"{wanted.name}: the local cloud knows no resource type {wanted.type}"
            raise LocalError(message)
        unknown = kind.unknown(wanted.inputs)
        if unknown:
            message = f"the local cloud doesn't know its input {', '.join(unknown)}"
            raise failure(wanted.name, wanted.type, LocalError(message))
        try:
            self.check(wanted)
            return self._apply(kind, wanted, cloud)
        except (ClientError, BotoCoreError, ShapeError, LocalError) as error:
            raise failure(wanted.name, wanted.type, error) from error

    def delete(self, resource: Resource, cloud: Cloud) -> None:
        """Delete a resource that nothing declares any more."""
        try:
            self._remove(resource, cloud)
        except (ClientError, BotoCoreError) as error:
            raise failure(resource.name, resource.type, error) from error
        self._note("deleted", resource)

    def _apply(self, kind: ResourceType, wanted: Registration, cloud: Cloud) -> Resource:
        old = self.state.find(wanted.urn)
        if old is not None and self.refresh and kind.refresh is not None:
            old = replace(old, inputs=kind.refresh(cloud, old.existing))
        inputs = _complete(wanted, kind, old)
        encoded: Properties = encode(inputs, cloud.project)
        if old is None:
            made = self._make(kind, cloud, inputs)
            return self._keep("created", wanted, cloud, encoded, made)
        changed = {key for key in encoded.keys() | old.inputs.keys() if _differ(key, encoded, old)}
        if not changed:
            kept = replace(old, protected=wanted.protected)
            if kept != old:
                self.state.put(kept)
            self._note("unchanged", kept)
            return kept
        retagged = changed == {TAGS} and kind.tagging is not None
        if changed & kind.fixed or (kind.update is None and not retagged):
            self._remove(old, cloud)
            made = self._make(kind, cloud, inputs)
            return self._keep("replaced", wanted, cloud, encoded, made)
        made = Made(old.id, dict(old.outputs))
        if kind.update is not None and not retagged:
            made.outputs.update(kind.update(cloud, old.existing, inputs))
        if kind.tagging is not None:
            kind.tagging.apply(cloud, made, old.inputs.get(TAGS, {}), inputs[TAGS])
        return self._keep("updated", wanted, cloud, encoded, made)

    def _make(self, kind: ResourceType, cloud: Cloud, inputs: Properties) -> Made:
        made = kind.create(cloud, inputs)
        if kind.tagging is not None:
            kind.tagging.apply(cloud, made, {}, inputs[TAGS])
        return made

    def _remove(self, old: Resource, cloud: Cloud) -> None:
        refuse_protected([old])
        if not old.retained:
            try:
                TYPES[old.type].delete(cloud, old.existing)
            except ClientError as error:
                if not _is_gone(error):
                    raise
        self.state.remove(old.urn)

    def _keep(
        self, action: Action, wanted: Registration, cloud: Cloud, encoded: Properties, made: Made
    ) -> Resource:
        completed = {key: encoded[key] for key in (TAGS, TYPES[wanted.type].name) if key in encoded}
        resource = Resource(
            urn=wanted.urn,
            type=wanted.type,
            id=made.id,
            account=cloud.account,
            region=cloud.region,
            retained=wanted.retained,
            protected=wanted.protected,
            record=TYPES[wanted.type].record,
            inputs=encoded,
            outputs={"region": cloud.region, **completed, **made.outputs},
        )
        self.state.put(resource)
        self._note(action, resource)
        return resource

    def _note(self, action: Action, resource: Resource) -> None:
        self.summary.actions[action] += 1
        if resource.record and action != "deleted":
            self.summary.records.append(f"{resource.name} ({resource.type})")
        self.report(action, resource)


def refuse_protected(resources: Iterable[Resource]) -> None:
    """Raise `LocalError` where a resource that is to go is protected, as Pulumi refuses it."""
    held = [resource.name for resource in resources if resource.protected]
    if held:
        message = f"{', '.join(held)}: protected; deploy without the protection first, then destroy"
        raise LocalError(message)


def failure(name: str, kind: str, error: Exception) -> LocalError:
    """Tell in one line which resource failed, and what AWS said."""
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        reason = f"{error.operation_name}: {told.get('Code')}: {told.get('Message')}"
    else:
        reason = str(error)
    message = f"{name} ({kind}): {' '.join(reason.split())}"
    return LocalError(message)


def _complete(wanted: Registration, kind: ResourceType, old: Resource | None) -> Properties:
    """Give the inputs as the provider completes them: with a name, and with all their tags."""
    inputs = dict(wanted.inputs)
    if old is not None:
        for path in wanted.ignored:
            _restore(inputs, old.inputs, path)
    if kind.name is not None and not inputs.get(kind.name):
        # Seven hex digits, as the engine appends; out of the URN, so that a run can be repeated.
        prefix = inputs.pop(f"{kind.name}Prefix", None) or f"{wanted.name}-"
        own = prefix + sha256(wanted.urn.encode()).hexdigest()[:7]
        inputs[kind.name] = old.inputs.get(kind.name, own) if old is not None else own
    if kind.takes_tags:
        inputs[TAGS] = {**wanted.default_tags, **inputs.pop("tags", {})}
    return inputs


def _differ(key: str, encoded: Mapping[str, Any], old: Resource) -> bool:
    return encoded.get(key) != old.inputs.get(key)


def _restore(inputs: Properties, old: Mapping[str, Any], path: str) -> None:
    """Put the old value back at a property path such as `a.b.c`, where both have it."""
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


def _is_gone(error: ClientError) -> bool:
    code = error.response.get("Error", {}).get("Code", "")
    return any(word in code for word in ("NotFound", "NoSuch"))
