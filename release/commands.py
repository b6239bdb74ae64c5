"""`stocktrading release`: publish, fetch, snapshot, verify, roll back, prune."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from release import snapshots, store
from release.application import describe
from release.errors import ReleaseError
from release.evidence import Check, Expected, State
from release.options import (
    BucketOption,
    JsonOption,
    OutputsOption,
    RoleOption,
    StackOption,
    VersionOption,
    deployed,
    s3,
    workload_of,
)
from release.package import ARCHIVE
from release.rollback import Control
from release.telling import console, one_line, say, tell
from release.verify import Watch, Witness, now
from release.versions import checked

app = typer.Typer(
    help="Roll a version of the job out: what the pipeline runs, and a person can.\n\n"
    "Exit codes: 0 it is so; 1 it is not so, or could not be done; 2 a mistake in the command.",
    no_args_is_help=True,
)

DISTRIBUTION: Final = ARCHIVE.parent
MARKS: Final[Mapping[State, tuple[str, str]]] = {
    "yes": ("ok", "green"),
    "no": ("FAILED", "red"),
    "not yet": ("waiting", "yellow"),
    "not told": ("-", "dim"),
}


@app.command()
def publish(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Put dist/ into the store of releases, once.

    It holds the archive and its manifest under releases/VERSION/. Publishing
    the same bytes again is no mistake; other bytes under a published version
    are.

    Example: stocktrading release publish --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    with one_line("publish"):
        built = store.Built.read(DISTRIBUTION, checked(version))
        put = store.publish(s3(), bucket, built)
        tell(
            f"{version} is {put} in {bucket}",
            {"version": version, "bucket": bucket, "put": put},
            as_json=as_json,
        )


@app.command()
def fetch(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Fetch a release into dist/, where pulumi up takes it from.

    Example: stocktrading release fetch --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    with one_line("fetch"):
        store.fetch(s3(), bucket, version, DISTRIBUTION)
        told = {"version": version, "directory": str(DISTRIBUTION)}
        tell(f"{version} is in {DISTRIBUTION}", told, as_json=as_json)


@app.command()
def snapshot(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take a snapshot of what runs, to go back to; do it before an update.

    What runs may be broken, and an update its cure: where no snapshot comes
    to be, a warning says why, and the exit code is 0.

    Example: stocktrading release snapshot --stack sandbox
    """
    with one_line("snapshot"):
        name, why = None, "nothing is deployed yet"
        workload = workload_of(stack, outputs, role_arn)
        found = describe(workload.flink, workload.application) if workload else None
        if workload and found:
            try:
                name = snapshots.take(workload.flink, found, now())
            except ReleaseError as error:
                why = str(error)
        message = f"took {name}" if name else f"warning: no snapshot to go back to: {why}"
        tell(message, {"snapshot": name, "why": None if name else why}, as_json=as_json)


@app.command()
def verify(  # noqa: PLR0913, PLR0917 -- options of a command
    version: VersionOption,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    minutes: Annotated[
        float, typer.Option(help="How long it may take to show that it works.", min=0.1, max=45)
    ] = 15,
    restarts: Annotated[
        int, typer.Option(help="Restarts of the job that are no failure.", min=0)
    ] = 0,
    status: Annotated[
        Path | None,
        typer.Option(
            envvar="JOB_STATUS_FILE",
            help="Status file of a job without metrics; the local cloud's is found.",
        ),
    ] = None,
    *,
    require_trades: Annotated[
        bool, typer.Option("--require-trades", help="Fail where no trade arrives to judge by.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch a roll-out until it has shown that it works, or hasn't in time.

    It works when the operation on the application succeeded, VERSION runs,
    the job doesn't restart, a checkpoint has completed, trades are read and
    results written. Evidence is the service's own record and CloudWatch's
    metrics; for the local cloud, the job's status file and the streams.

    Example: stocktrading release verify --stack sandbox --version 3f2c9d1 --minutes 10
    """
    with one_line("verify"):
        workload = deployed(stack, outputs, role_arn)
        watch = Watch(deadline=timedelta(minutes=minutes), report=_show)
        witness = Witness(workload=workload, version=checked(version), status_file=status)
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
                typer.echo(json.dumps(told))
            raise ReleaseError(verdict.message)
        tell(verdict.message, told, as_json=as_json)


@app.command()
def rollback(
    version: VersionOption,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    role_arn: RoleOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Go back from VERSION to the version before and its snapshot.

    Its archive, its properties and its configuration come back; trades that
    arrived since the snapshot are read again. Where VERSION doesn't run,
    nothing is done. Pulumi's state still says VERSION afterwards: the next
    pulumi up --refresh sees what is.

    Example: stocktrading release rollback --stack sandbox --version 3f2c9d1
    """
    with one_line("rollback"):
        workload = workload_of(stack, outputs, role_arn)
        if workload is None:
            tell("nothing is deployed: nothing to roll back", {"done": None}, as_json=as_json)
            return
        control = Control(flink=workload.flink, application=workload.application, say=say)
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

    The newest of the releases' own and of the automatic ones stay, and so
    do those under names of your own.

    Example: stocktrading release prune --stack sandbox --keep 5
    """
    with one_line("prune"):
        workload = deployed(stack, outputs, role_arn)
        gone = snapshots.prune(workload.flink, workload.application, keep)
        tell(f"deleted {len(gone)} snapshots", {"deleted": gone}, as_json=as_json)


def _show(checks: Sequence[Check]) -> None:
    """Show where a roll-out stands, one line a check."""
    stamp = f"{now():%H:%M:%S}"
    for check in checks:
        mark, style = MARKS[check.state]
        console.print(
            Text.assemble(
                (f"{stamp} ", "dim"), (f"{mark:8}", style), f"{check.name:11}{check.words}"
            )
        )
