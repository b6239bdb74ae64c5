"""Compares a registration with the existing resource, and creates, updates or replaces it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy import lifecycle
from local.deploy.resources import TYPES
from local.deploy.resources.model import Cloud, Made, Properties, ResourceType
from local.deploy.state import Resource, StackState, encode
from local.errors import LocalError

Action: TypeAlias = Literal["created", "updated", "replaced", "unchanged", "deleted"]
Report: TypeAlias = Callable[[Action, Resource], None]


@dataclass
class Summary:
    """The summary of a run: the number of resources by action, and the records."""

    actions: Counter[Action] = field(default_factory=Counter["Action"])
    records: list[str] = field(default_factory=list[str])
    """Name and type of each resource that the emulator lacks. Only its request was checked."""

    @property
    def changed(self) -> int:
        """The number of changed resources."""
        return self.actions.total() - self.actions["unchanged"]

    def note(self, action: Action, resource: Resource) -> None:
        """Count the action on a resource."""
        self.actions[action] += 1
        if resource.record and action != "deleted":
            self.records.append(f"{resource.name} ({resource.type})")

    def __str__(self) -> str:
        """Give the summary in one line for a person."""
        order: tuple[Action, ...] = ("created", "updated", "replaced", "deleted", "unchanged")
        counts = [f"{self.actions[action]} {action}" for action in order if self.actions[action]]
        line = ", ".join(counts) or "nothing to do"
        return f"{line}; {len(self.records)} kept as records" if self.records else line


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program declares it. The inputs have the provider's names."""

    urn: str
    type: str
    inputs: Properties
    ignored: Sequence[str] = ()
    """Property paths whose changes are ignored (`ignoreChanges`)."""
    retained: bool = False
    """Whether the resource remains when it is no longer declared (`retainOnDelete`)."""
    protected: bool = False
    """Whether a deletion of the resource is refused (`protect`)."""
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The provider's tags, for types with tags. A resource's own tag overrides one of them."""
    secrets: frozenset[str] = frozenset()
    """Inputs that are secret. They are also secret as outputs."""

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
    """Applies registrations to the emulator and to the state."""

    state: StackState
    report: Report
    summary: Summary = field(default_factory=Summary)
    refresh: bool = False
    """Whether to read each resource's current inputs first."""
    check: Check = accept

    def apply(self, wanted: Registration, cloud: Cloud) -> Resource:
        """Create, update or replace a resource, or leave it unchanged.

        Raises `LocalError` with a message of one line that names the resource.
        """
        kind = lifecycle.row(wanted.type, wanted.name, wanted.inputs)
        try:
            self.check(wanted)
            return self._apply(kind, wanted, cloud)
        except lifecycle.FAILURES as error:
            raise lifecycle.failure(wanted.name, wanted.type, error) from error

    def delete(self, resource: Resource, cloud: Cloud) -> None:
        """Delete a resource that is no longer declared."""
        try:
            self._remove(resource, cloud)
        except (ClientError, BotoCoreError) as error:
            raise lifecycle.failure(resource.name, resource.type, error) from error
        self._note("deleted", resource)

    def _apply(self, kind: ResourceType, wanted: Registration, cloud: Cloud) -> Resource:
        old = self._as_it_is(kind, self.state.find(wanted.urn), cloud)
        before = None if old is None else old.inputs
        given = lifecycle.restored(wanted.inputs, before or {}, wanted.ignored)
        inputs = lifecycle.complete(kind, wanted.urn, given, before, wanted.default_tags)
        encoded: Properties = encode(inputs, cloud.project)
        if old is None:
            made = lifecycle.make(kind, cloud, inputs)
            return self._keep("created", wanted, cloud, encoded, made)
        difference = lifecycle.difference(kind, old.inputs, encoded)
        if difference.step == "unchanged":
            kept = replace(old, protected=wanted.protected)
            if kept != self.state.find(wanted.urn):
                self.state.put(kept)
            self._note("unchanged", kept)
            return kept
        if difference.step == "replace":
            self._remove(old, cloud)
            made = lifecycle.make(kind, cloud, inputs)
            return self._keep("replaced", wanted, cloud, encoded, made)
        made = lifecycle.change(kind, cloud, old.existing, inputs, difference)
        return self._keep("updated", wanted, cloud, encoded, made)

    def _as_it_is(self, kind: ResourceType, old: Resource | None, cloud: Cloud) -> Resource | None:
        """With `refresh`, read a resource's current inputs, or forget a resource that is gone."""
        if old is None or not self.refresh:
            return old
        inputs = lifecycle.read(kind, cloud, old.existing)
        if inputs is not None:
            return replace(old, inputs=inputs)
        self.state.remove(old.urn)
        return None

    def _remove(self, old: Resource, cloud: Cloud) -> None:
        refuse_protected([old])
        if not old.retained:
            lifecycle.remove(TYPES[old.type], cloud, old.existing)
        self.state.remove(old.urn)

    def _keep(
        self, action: Action, wanted: Registration, cloud: Cloud, encoded: Properties, made: Made
    ) -> Resource:
        kind = TYPES[wanted.type]
        resource = Resource(
            urn=wanted.urn,
            type=wanted.type,
            id=made.id,
            account=cloud.account,
            region=cloud.region,
            retained=wanted.retained,
            protected=wanted.protected,
            record=kind.record,
            inputs=encoded,
            outputs=lifecycle.completed(kind, cloud, encoded, made),
        )
        self.state.put(resource)
        self._note(action, resource)
        return resource

    def _note(self, action: Action, resource: Resource) -> None:
        self.summary.note(action, resource)
        self.report(action, resource)


def refuse_protected(resources: Iterable[Resource]) -> None:
    """Raise `LocalError` if one of the resources to delete is protected, like Pulumi."""
    held = [resource.name for resource in resources if resource.protected]
    if held:
        raise refused_protected(held)


def refused_protected(names: Sequence[str]) -> LocalError:
    """Give the error that names the protected resources and says what to do."""
    message = f"{', '.join(names)}: protected; deploy without the protection first, then destroy"
    return LocalError(message)
