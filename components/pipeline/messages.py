"""What the pipeline's events say, as data: which are told, and in whose form.

A mail takes any text. A chat client drops what is neither an event that it knows nor a custom
notification (Amazon Q Developer in chat applications, administrator guide, "Custom notifications").
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
"""Parts of an event that a message names. The failure's own text isn't among them: it may hold
quotes, which would break the message's JSON."""


@dataclass(frozen=True, kw_only=True)
class News:
    """One kind of event: when it comes, and what it means."""

    noun: str
    """Part of the rule's name."""
    description: str
    state: str
    category: str | None = None
    """Category of the action; None where any will do."""
    title: str
    """With `<name>` for a part of the event, a name of `PATHS`."""
    steps: tuple[str, ...]
    """What a person does."""

    def pattern(self, names: Names) -> dict[str, object]:
        """Give the pattern of its events: an action's, which name the stage, of this pipeline."""
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
        """Give the template of a custom notification; a run's messages share a thread."""
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
    description="A stage that failed, and its run with it",
    state="FAILED",
    title="<pipeline>: <stage> failed at <action>.",
    steps=(
        "See the action's log.",
        "A roll-out that failed has been rolled back: the log says to what.",
    ),
)
"""An action that fails ends its stage and its run: nothing is tried again by itself. A run that a
newer one overtook is SUPERSEDED, and no news."""

WAITING: Final = News(
    noun="waiting",
    description="A roll-out that waits for a person's word",
    state="STARTED",
    category="Approval",
    title="<pipeline>: <stage> waits for an approval.",
    steps=("Approve or reject it in the pipeline's console.",),
)
"""For a chat alone: mail gets the approval's own message, with the commit and its link."""
