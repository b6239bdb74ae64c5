"""`stocktrading release`: the commands before and after a roll-out, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from release.options import (
    BucketOption,
    JsonOption,
    OutputsOption,
    PollOption,
    RoleOption,
    StackOption,
    VersionOption,
)
from release.polling import CHANGE_SECONDS, VERDICT_SECONDS


def restores(  # noqa: PLR0913 -- options of a command
    version: VersionOption,
    bucket: BucketOption,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say whether VERSION can restore the running version's state.

    Run it before an update. The manifests of both versions say what their
    operators keep, and the stack's file says how long windows are. If VERSION
    can't restore the state, the update would fail at its start. The command
    changes nothing, and its message says what to do. If the running version
    has no manifest, the command can't tell and passes.

    Example: stocktrading release restores --stack sandbox --version 3f2c9d1 --bucket stocktrad...
    """
    from release import store
    from release.application import describe
    from release.errors import ReleaseError
    from release.lookup import s3, workload_of
    from release.restores import advice, asked_of, other_windows, still_lost, verdict
    from release.telling import one_line, tell
    from release.versions import checked

    with one_line("restores"):
        workload = workload_of(stack, outputs, role_arn)
        found = describe(workload.flink, workload.application) if workload else None
        running = found.version if found else None
        new = store.manifest(s3(), bucket, checked(version))
        old = store.manifest(s3(), bucket, running) if running else None
        words, lost = verdict(version, running, new, old)
        file = Path(f"Pulumi.{stack}.yaml")
        if found and running and stack and file.exists():
            lost = [*lost, *other_windows(found.properties, asked_of(file, "job"))]
        told = {"version": version, "running": running, "lost": lost}
        lost = still_lost(lost, asked_of(file) if stack else {})
        if lost:
            raise ReleaseError(advice(version, running or "", lost, stack or "STACK"))
        tell(words, told, as_json=as_json)


def verify(  # noqa: PLR0913, PLR0917 -- options of a command
    version: VersionOption,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    minutes: Annotated[
        float,
        typer.Option(help="Minutes within which it must show that it works.", min=0.1, max=45),
    ] = 15,
    restarts: Annotated[
        int, typer.Option(help="Number of restarts of the job that are allowed.", min=0)
    ] = 0,
    poll: PollOption = VERDICT_SECONDS,
    *,
    require_trades: Annotated[
        bool, typer.Option("--require-trades", help="Fail if no trade arrives.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch a roll-out until it works or the time is over.

    It works if the operation on the application succeeded, VERSION runs, the
    job does not restart, a checkpoint has completed, trades are read, and
    results are written. The evidence is the service's own record and
    CloudWatch's metrics since the operation's end. If flink.start in
    Pulumi.STACK.yaml is false, VERSION must be deployed and stopped.

    Example: stocktrading release verify --stack sandbox --version 3f2c9d1 --minutes 10
    """
    from datetime import timedelta

    from release.errors import ReleaseError
    from release.evidence import Expected
    from release.lookup import deployed
    from release.restores import asked_of
    from release.telling import one_line, show, tell, tell_program
    from release.verify import Watch, Witness
    from release.versions import checked

    with one_line("verify"):
        workload = deployed(stack, outputs, role_arn)
        watch = Watch(deadline=timedelta(minutes=minutes), poll_seconds=poll, report=show)
        witness = Witness(workload=workload, version=checked(version))
        asked: Mapping[str, Any] = asked_of(Path(f"Pulumi.{stack}.yaml")) if stack else {}
        if asked.get("start") is False:
            told = witness.stopped()
            tell(told, {"version": version, "works": True, "stopped": True}, as_json=as_json)
            return
        expected = Expected(
            version=version, restarts_allowed=restarts, traffic_required=require_trades
        )
        verdict = watch.until_known(witness.look, expected)
        told = {
            "version": version,
            "works": verdict.works,
            "seconds": verdict.seconds,
            "checks": [vars(check) for check in verdict.checks],
        }
        if not verdict.works:
            if as_json:
                tell_program(told)
            raise ReleaseError(verdict.message)
        tell(verdict.message, told, as_json=as_json)


def rollback(  # noqa: PLR0913 -- options of a command
    version: VersionOption,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    poll: PollOption = CHANGE_SECONDS,
    *,
    as_json: JsonOption = False,
) -> None:
    """Go back from VERSION to the previous version and its snapshot.

    It restores the previous version's archive, properties and configuration.
    Trades that arrived since the snapshot are read again. If VERSION does not
    run, the command does nothing. Pulumi's state still has VERSION afterwards;
    the next pulumi up --refresh corrects it.

    Example: stocktrading release rollback --stack sandbox --version 3f2c9d1
    """
    from release.lookup import workload_of
    from release.rollback import Control
    from release.telling import one_line, say, tell
    from release.versions import checked

    with one_line("rollback"):
        workload = workload_of(stack, outputs, role_arn)
        if workload is None:
            tell("nothing is deployed: nothing to roll back", {"done": None}, as_json=as_json)
            return
        control = Control(
            flink=workload.flink,
            application=workload.application,
            say=say,
            poll_seconds=poll,
        )
        done = control.roll_back(checked(version))
        tell(done, {"done": done}, as_json=as_json)
