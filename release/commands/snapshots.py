"""`stocktrading release`: the commands that take, list and delete snapshots."""

from __future__ import annotations

from typing import Annotated

import typer

from release.options import JsonOption, OutputsOption, PollOption, RoleOption, StackOption
from release.polling import CHANGE_SECONDS


def snapshot(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    poll: PollOption = CHANGE_SECONDS,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take a snapshot of the running version, for a roll-back.

    Run it before an update. A broken job can't take a snapshot, and the update may repair it. So a
    failed snapshot gives only a warning with the reason, and exit code 0.

    Example: stocktrading release snapshot --stack sandbox
    """
    from release import snapshots
    from release.application import describe
    from release.errors import ReleaseError
    from release.lookup import workload_of
    from release.telling import one_line, tell
    from release.verify import now

    with one_line("snapshot"):
        name, why = None, "nothing is deployed yet"
        workload = workload_of(stack, outputs, role_arn)
        found = describe(workload.flink, workload.application) if workload else None
        if workload and found:
            try:
                name = snapshots.take(workload.flink, found, now(), poll_seconds=poll)
            except ReleaseError as error:
                why = str(error)
        message = f"took {name}" if name else f"warning: no snapshot to go back to: {why}"
        tell(message, {"snapshot": name, "why": None if name else why}, as_json=as_json)


def list_snapshots(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the snapshots that the job can start from, newest first.

    Example: stocktrading release snapshots --stack sandbox
    """
    from release.lookup import deployed
    from release.snapshots import describe_all
    from release.telling import one_line, show_rows

    with one_line("snapshots"):
        workload = deployed(stack, outputs, role_arn)
        found = describe_all(workload.flink, workload.application)
        show_rows("snapshots", found, as_json=as_json)


def prune(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    keep: Annotated[int, typer.Option(help="Snapshots of each kind to keep.", min=1, max=900)] = 10,
    *,
    as_json: JsonOption = False,
) -> None:
    """Delete old snapshots.

    It keeps the newest snapshots of releases, the newest automatic ones, and
    all that have names of your own.

    Example: stocktrading release prune --stack sandbox --keep 5
    """
    from release import snapshots
    from release.lookup import deployed
    from release.telling import one_line, tell

    with one_line("prune"):
        workload = deployed(stack, outputs, role_arn)
        gone = snapshots.prune(workload.flink, workload.application, keep)
        tell(f"deleted {len(gone)} snapshots", {"deleted": gone}, as_json=as_json)
