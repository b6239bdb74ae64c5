"""Managed Flink applications."""

from typing import Final

from policies.model import Level, Messages, Props, nested, resource_rule

APPLICATION: Final = "aws:kinesisanalyticsv2/application:Application"


@resource_rule(
    name="flink-checkpoints",
    kinds=[APPLICATION],
    controls=["KDA3"],
    says="A Flink application takes no checkpoints: set checkpointing_enabled",
    level=Level.MANDATORY,
    because="without a stored state, a restart counts trades twice or not at all",
)
def checkpoints(application: Props) -> Messages:
    """Require checkpoints. The service's defaults have them."""
    if not application.get("runtimeEnvironment", "").startswith("FLINK"):
        return
    given = nested(
        application,
        "applicationConfiguration",
        "flinkApplicationConfiguration",
        "checkpointConfiguration",
    )
    if given.get("configurationType") == "CUSTOM" and not given.get("checkpointingEnabled"):
        yield "checkpointingEnabled: given false; allowed: true"


RULES: Final = (checkpoints,)
