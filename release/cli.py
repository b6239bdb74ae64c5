"""`stocktrading package` builds the archive that runs everywhere; `release` rolls it out."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from release.commands.rollout import restores, rollback, verify
from release.commands.running import start, stop
from release.commands.snapshots import list_snapshots, prune, snapshot
from release.commands.store import fetch, publish

release = typer.Typer(
    help="Roll out, verify, roll back, stop and start the job.\n\n"
    "Exit code 0: done, or the check passed. 1: not done, or it failed. 2: a wrong command.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
release.command()(publish)
release.command()(fetch)
release.command()(restores)
release.command()(snapshot)
release.command("snapshots")(list_snapshots)
release.command()(start)
release.command()(stop)
release.command()(verify)
release.command()(rollback)
release.command()(prune)

app = typer.Typer(rich_markup_mode=None)
app.add_typer(release, name="release")


@app.command("package")
def package(
    version: Annotated[
        str | None,
        typer.Option(
            envvar="VERSION",
            help="Version of this build. Default: the Git commit, or a hash of the content.",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest on stdout.")] = False,
) -> None:
    """Build dist/stocktrading-job.zip and its manifest.

    Example: stocktrading package --version 1.4.2
    """
    from release.package import ROOT, PackageError, build
    from terminal.answer import answer
    from terminal.console import stderr

    console = stderr()
    try:
        with console.status("building the job's archive"):
            built = build(version or None)
    except PackageError as error:
        console.message(f"package: {error}", style="red")
        sys.exit(1)
    console.message(f"{built.archive.relative_to(ROOT)}: version {built.manifest['version']}")
    if as_json:
        answer("package", {"archive": str(built.archive), **built.manifest})
