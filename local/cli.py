"""`stocktrading local ...` starts the local cloud, works with it, and stops it."""

from typing import Annotated, Literal

import typer

StackName = Literal["sandbox", "tooling"]
EngineName = Literal["in-process", "pulumi"]

app = typer.Typer(
    name="local",
    help="AWS and Managed Flink on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: a free one.")] = 0,
    endpoint: Annotated[
        str, typer.Option(help="Address of a running emulator to use instead.")
    ] = "",
    engine: Annotated[
        EngineName, typer.Option(help="Engine that deploys. pulumi: Pulumi's own (make pulumi).")
    ] = "in-process",
) -> None:
    """Start the emulator, deploy both stacks, run the application.

    Runs until Ctrl-C or `local down`.

    Example: stocktrading local up --port 4566
    """
    from local import commands

    commands.up(port, endpoint, engine)


@app.command()
def deploy(
    stack: Annotated[StackName, typer.Argument(help="Which stack.")] = "sandbox",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="key=value that replaces one in the stack's file. The value is JSON or text.",
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        typer.Option(
            help="Start the job without the old state, from a time (ISO 8601), now or earliest."
        ),
    ] = None,
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Undo changes that others have made.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Deploy a stack again on the local cloud that is up.

    Use it for a new version of the job, or for other settings. If the job
    can't take the old state, it changes nothing and says so. With --start-from,
    the job starts without that state.

    Example: stocktrading local deploy --set stocktrading-analytics:job.WindowSeconds=120
    """
    from local import commands

    commands.deploy(stack, settings or [], refresh=refresh, start_from=start_from, as_json=as_json)


@app.command()
def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what runs.

    Example: stocktrading local status --json
    """
    from local import commands

    commands.status(as_json=as_json)


@app.command("env")
def environment(
    stack: Annotated[StackName, typer.Argument(help="Whose account.")] = "sandbox",
) -> None:
    """Print the environment variables for the local cloud.

    A shell's AWS tools and SDKs then use the local cloud.

    Example: eval "$(stocktrading local env)"
    """
    from local import commands

    commands.environment(stack)


@app.command()
def outputs(
    stack: Annotated[StackName, typer.Argument(help="Which stack.")] = "sandbox",
) -> None:
    """Print a stack's outputs, as `pulumi stack output --json` does."""
    from local import commands

    commands.outputs(stack)


@app.command()
def down() -> None:
    """Stop the running local cloud, and wait until it has stopped."""
    from local import commands

    commands.down()
