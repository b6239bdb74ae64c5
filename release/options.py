"""Options that the commands share."""

from pathlib import Path
from typing import Annotated

import typer

VersionOption = Annotated[
    str,
    typer.Option("--version", help="Version of the job: the Git commit from which it was built."),
]
BucketOption = Annotated[
    str, typer.Option("--bucket", help="The tooling stack's output artifact_bucket.")
]
StackOption = Annotated[
    str | None, typer.Option("--stack", help="Pulumi stack whose outputs say where the job runs.")
]
OutputsOption = Annotated[
    Path | None,
    typer.Option("--outputs", help="File of those outputs instead. Default: the local cloud's."),
]
RoleOption = Annotated[
    str | None,
    typer.Option("--role-arn", help="Role of the workload account to assume first."),
]
PollOption = Annotated[
    float,
    typer.Option(
        "--poll", envvar="RELEASE_POLL_SECONDS", help="Seconds between two checks.", min=0.2, max=60
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON object on standard output.")
]
