"""`stocktrading release`: the commands that start and stop the application."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from release.options import JsonOption, OutputsOption, PollOption, RoleOption, StackOption
from release.polling import CHANGE_SECONDS


def start(  # noqa: PLR0913 -- options of a command
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    from_snapshot: Annotated[
        str | None, typer.Option(metavar="NAME", help="Go back to this snapshot.")
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Start without state and read again from a time (ISO 8601), now or earliest.",
        ),
    ] = None,
    *,
    poll: PollOption = CHANGE_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Start a stopped application from its latest snapshot.

    pulumi up doesn't start an application that is stopped. This command does,
    and waits until it runs. If Pulumi.STACK.yaml sets flink.restore, it starts
    from that state instead. If the application runs, it does nothing.

    With --from-snapshot, it goes back to a snapshot: trades since then are read
    again. With --from-time, results of windows since that time come a second
    time, and the first windows have only their trades from then on. The next
    pulumi up --refresh sets job.InitialPosition back to the stack's file.

    Example: stocktrading release start --stack sandbox
    """
    from release.lookup import deployed
    from release.position import find_position
    from release.restores import asked_of
    from release.start import Start
    from release.telling import one_line, say, tell
    from release.waiting import Waiting

    if from_snapshot and from_time:
        message = "--from-snapshot and --from-time both given; allowed: one of them"
        raise typer.BadParameter(message)
    with one_line("start"):
        position = find_position("--from-time", from_time) if from_time else None
        workload = deployed(stack, outputs, role_arn)
        waiting = Waiting(flink=workload.flink, application=workload.application, poll_seconds=poll)
        asked: Mapping[str, Any] = asked_of(Path(f"Pulumi.{stack}.yaml")) if stack else {}
        done = Start(
            waiting=waiting, flink=asked, snapshot=from_snapshot, position=position, say=say
        ).run()
        tell(done, {"done": done}, as_json=as_json)


def stop(  # noqa: PLR0913 -- options of a command
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    poll: PollOption = CHANGE_SECONDS,
    *,
    drain: Annotated[
        bool, typer.Option("--drain", help="First wait until all trades of before are read.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Take no snapshot. For a job that can't take one.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop the running application, and keep its state in a snapshot.

    With --drain, it first waits until the job has read all trades that arrived
    before the command. That takes a minute or two, because metrics come once a
    minute. Windows that have not ended are in the snapshot. They end after the
    next start.

    Example: stocktrading release stop --stack sandbox --drain
    """
    from release.lookup import deployed
    from release.stop import Stop
    from release.telling import one_line, say, tell
    from release.waiting import Waiting

    if drain and force:
        message = "--drain and --force both given; allowed: one of them"
        raise typer.BadParameter(message)
    with one_line("stop"):
        workload = deployed(stack, outputs, role_arn)
        waiting = Waiting(flink=workload.flink, application=workload.application, poll_seconds=poll)
        done = Stop(workload=workload, waiting=waiting, drain=drain, force=force, say=say).run()
        tell(done, {"done": done}, as_json=as_json)
