"""`stocktrading operate`: the alarms of a running stack, and the shards of its streams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from release.options import JsonOption, OutputsOption, RoleOption, StackOption

if TYPE_CHECKING:
    from operate.alarms import Alarms
    from operate.streams import Streams

app = typer.Typer(
    name="operate",
    help="Mute alarms; change shards and retention of streams.\n\n"
    "Exit code 0: done. 1: not done. 2: a wrong command.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

StreamName = Literal["ingest", "results", "dead-letter"]
StreamArgument = Annotated[StreamName, typer.Argument(help="Which stream.")]
AlarmArgument = Annotated[
    str, typer.Argument(metavar="ALARM", help="Name of the alarm without the stack's prefix.")
]


@app.command("alarms")
def list_alarms(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the alarms. Those that ring come first, and muted ones are marked.

    Example: stocktrading operate alarms --stack sandbox
    """
    from release.telling import one_line, show_rows

    with one_line("alarms", "operate"):
        found = [vars(each) for each in _alarms(stack, outputs, role_arn).all()]
        show_rows("alarms", found, as_json=as_json)


@app.command("mute")
def mute(
    alarm: AlarmArgument,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Notify nobody of one alarm. All others still notify.

    It doesn't end by itself after a time. It ends with unmute, or with the next
    roll-out of the pipeline, which restores the alarms. needs-a-person mutes all.

    Example: stocktrading operate mute results-stale --stack sandbox
    """
    from release.telling import one_line, tell

    with one_line("mute", "operate"):
        told = _alarms(stack, outputs, role_arn).mute(alarm)
        tell(told, {"alarm": alarm, "muted": True}, as_json=as_json)


@app.command("unmute")
def unmute(
    alarm: AlarmArgument,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Notify of an alarm again.

    If it rings now and needs a person, needs-a-person rings at once.

    Example: stocktrading operate unmute results-stale --stack sandbox
    """
    from release.telling import one_line, tell

    with one_line("unmute", "operate"):
        told = _alarms(stack, outputs, role_arn).unmute(alarm)
        tell(told, {"alarm": alarm, "muted": False}, as_json=as_json)


@app.command("streams")
def list_streams(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the streams with their shards and retention.

    Example: stocktrading operate streams --stack sandbox
    """
    from release.telling import one_line, show_rows

    with one_line("streams", "operate"):
        show_rows("streams", _streams(stack, outputs, role_arn).all(), as_json=as_json)


@app.command("shards")
def shards(  # noqa: PLR0913 -- options of a command
    stream: StreamArgument,
    count: Annotated[
        int, typer.Argument(min=1, max=10_000, help="Number of shards that it shall have.")
    ],
    *,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a stream's number of shards while everything runs.

    AWS doubles or halves the number at most in one step, and takes ten changes a
    day. Set the same number in Pulumi.STACK.yaml, because the next roll-out
    restores what that file says.

    Example: stocktrading operate shards ingest 8 --stack sandbox
    """
    from release.telling import one_line, tell

    with one_line("shards", "operate"):
        told = _streams(stack, outputs, role_arn).change(stream, count)
        tell(told, {"stream": stream, "shards": count}, as_json=as_json)


@app.command("retention")
def retention(  # noqa: PLR0913 -- options of a command
    stream: StreamArgument,
    hours: Annotated[
        int, typer.Argument(min=24, max=8_760, help="Hours for which it shall keep records.")
    ],
    *,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a stream keep all its records longer.

    It never shortens the time. Set the same number in Pulumi.STACK.yaml: until
    then a roll-out fails, because the pipeline may not shorten the time again.

    Example: stocktrading operate retention ingest 72 --stack sandbox
    """
    from release.telling import one_line, tell

    with one_line("retention", "operate"):
        told = _streams(stack, outputs, role_arn).keep(stream, hours)
        tell(told, {"stream": stream, "retention_hours": hours}, as_json=as_json)


def _streams(stack: str | None, outputs: Path | None, role_arn: str | None) -> Streams:
    from operate.streams import Streams
    from release.lookup import deployed
    from release.telling import say

    workload = deployed(stack, outputs, role_arn)
    return Streams(kinesis=workload.kinesis, outputs=workload.outputs, say=say)


def _alarms(stack: str | None, outputs: Path | None, role_arn: str | None) -> Alarms:
    from operate.alarms import Alarms
    from release.errors import ReleaseError
    from release.lookup import deployed

    workload = deployed(stack, outputs, role_arn)
    if workload.outputs.dashboard_name is None:
        message = "the outputs have no dashboard_name, which is the stack's prefix: deploy it again"
        raise ReleaseError(message)
    return Alarms(workload.cloudwatch, workload.outputs.dashboard_name)
