"""The outcome of a run of Pulumi's engine, from the events that it sends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pulumi.automation import events

from local.deploy.plan import Action, Report, Summary
from local.deploy.resources import TYPES
from local.deploy.state import Resource

ACTIONS: Final[Mapping[str, Action]] = {
    "create": "created",
    "update": "updated",
    "create-replacement": "replaced",
    "delete": "deleted",
    "same": "unchanged",
}
"""The engine's steps. Other steps are parts of these, such as the deletion in a replacement."""

COLOURS: Final = re.compile(r"<\{%[^%]*%\}>")
"""The engine's marks for colours in its messages."""


@dataclass
class Outcome:
    """Collects the events of one run."""

    report: Report
    summary: Summary = field(default_factory=Summary)
    errors: list[str] = field(default_factory=list[str])
    """The engine's error messages, each in one line."""

    def hear(self, event: events.EngineEvent) -> None:
        """Process an event."""
        if event.diagnostic_event is not None and event.diagnostic_event.severity == "error":
            text = COLOURS.sub("", event.diagnostic_event.message)
            self.errors.append(" ".join(text.split()).removeprefix("error: "))
        if event.policy_event is not None and event.policy_event.enforcement_level == "mandatory":
            against = event.policy_event
            name = (against.resource_urn or "").rpartition("::")[2]
            text = " ".join(COLOURS.sub("", against.message).split())
            self.errors.append(f"{name}: policy {against.policy_name}: {text}")
        if event.res_outputs_event is not None and not event.res_outputs_event.planning:
            self._done(event.res_outputs_event.metadata)

    def _done(self, step: events.StepEventMetadata) -> None:
        action = ACTIONS.get(str(getattr(step.op, "value", step.op)))
        kind = TYPES.get(step.type)
        if action is None or kind is None:
            return
        told = step.new or step.old
        resource = Resource(
            urn=step.urn,
            type=step.type,
            id=told.id if told else "",
            account="",
            region="",
            retained=False,
            protected=bool(told and told.protect),
            record=kind.record,
            inputs={},
            outputs={},
        )
        self.summary.note(action, resource)
        self.report(action, resource)
