"""`stocktrading release`: publish, fetch, start and stop, verify, roll back, and snapshots."""

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

app = typer.Typer(
    help="Roll a version of the job out, verify it, or go back.\n\n"
    "Exit code 0: done, or the check passed. 1: not done, or it failed. 2: a wrong command.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def publish(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Put dist/ into the store of releases, once.

    The store has the archive, its bill of materials and its manifest under
    releases/VERSION/. To publish the same bytes again is allowed. To publish
    other bytes under the same version is refused.

    Example: stocktrading release publish --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    from release import store
    from release.lookup import s3
    from release.package import DISTRIBUTION
    from release.telling import one_line, tell
    from release.versions import checked

    with one_line("publish"):
        built = store.Built.read(DISTRIBUTION, checked(version))
        put = store.publish(s3(), bucket, built, store.bill_of(DISTRIBUTION, built))
        tell(
            f"{version} is {put} in {bucket}",
            {"version": version, "bucket": bucket, "put": put},
            as_json=as_json,
        )


@app.command()
def fetch(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Fetch a release into dist/, from which pulumi up deploys it.

    Example: stocktrading release fetch --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    from release import store
    from release.lookup import s3
    from release.package import DISTRIBUTION
    from release.telling import one_line, tell

    with one_line("fetch"):
        store.fetch(s3(), bucket, version, DISTRIBUTION)
        told = {"version": version, "directory": str(DISTRIBUTION)}
        tell(f"{version} is in {DISTRIBUTION}", told, as_json=as_json)


@app.command()
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


@app.command()
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


@app.command("snapshots")
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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
