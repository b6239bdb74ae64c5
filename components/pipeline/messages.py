"""The messages for the pipeline's events, as data: for which events, and in which format.

A mail may have any text. A chat client drops a message that is neither an event that it knows nor a
custom notification (Amazon Q Developer in chat applications, administrator guide, "Custom
notifications").
"""

import json
from dataclasses import dataclass
from typing import Final

from components.base.names import Names

PATHS: Final = {
    "pipeline": "$.detail.pipeline",
    "run": "$.detail.execution-id",
    "stage": "$.detail.stage",
    "action": "$.detail.action",
    "time": "$.time",
}
"""Parts of an event that a message may contain. The failure's own text is not among them, because
quotes in it would break the message's JSON."""


@dataclass(frozen=True, kw_only=True)
class News:
    """The message for one kind of event."""

    noun: str
    """Part of the rule's name."""
    description: str
    state: str
    category: str | None = None
    """Category of the action; None for any."""
    title: str
    """Text of the message. `<name>` is replaced by that part of the event; see `PATHS`."""
    steps: tuple[str, ...]
    """What a person does."""

    def pattern(self, names: Names) -> dict[str, object]:
        """Give the event pattern: action events of this pipeline, because they name the stage."""
        kind = {"type": {"category": [self.category]}} if self.category else {}
        return {
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Action Execution State Change"],
            "resources": [names.arn("codepipeline", names.pipeline)],
            "detail": {"pipeline": [names.pipeline], "state": [self.state], **kind},
        }

    def text(self, names: Names) -> str:
        """Give the template of a mail."""
        steps = " ".join(self.steps)
        return json.dumps(f"{self.title} Run <run>, <time>. {steps} {names.pipeline_url}")

    def chat(self, names: Names) -> str:
        """Give the template of a custom notification. Messages of one run share a thread."""
        return json.dumps(
            {
                "version": "1.0",
                "source": "custom",
                "content": {
                    "textType": "client-markdown",
                    "title": self.title,
                    "description": f"Run <run>, <time>. {names.pipeline_url}",
                    "nextSteps": list(self.steps),
                },
                "metadata": {"threadId": "<run>", "summary": self.title},
            }
        )


FAILED: Final = News(
    noun="failed",
    description="A failed stage, which ends its run",
    state="FAILED",
    title="<pipeline>: <stage> failed at <action>.",
    steps=(
        "See the action's log.",
        "A failed roll-out has been rolled back. The log says to which version.",
    ),
)
"""A failed action ends its stage and its run. Nothing is tried again automatically. A run that a
newer run has replaced is SUPERSEDED, which sends no message."""

WAITING: Final = News(
    noun="waiting",
    description="A roll-out that waits for an approval",
    state="STARTED",
    category="Approval",
    title="<pipeline>: <stage> waits for an approval.",
    steps=("Approve or reject it in the pipeline's console.",),
)
"""For a chat only. A mail gets the approval's own message, with the commit and its link."""
