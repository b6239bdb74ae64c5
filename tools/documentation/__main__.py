"""`make docs`, `make docs-serve` and `make docs-reference` run `python -m tools.documentation`."""

from typing import Annotated

import typer

from tools.documentation import reference, site

app = typer.Typer(
    help="Build the documentation.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.command()
def build() -> None:
    """Build the site into site/. A broken link or anchor is an error."""
    _refuse_stale()
    raise typer.Exit(site.build())


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Serve the site on this machine only, and rebuild it after each change. Ctrl-C ends it."""
    raise typer.Exit(site.serve(port))


@app.command("reference")
def write_reference() -> None:
    """Write the generated pages again where they are out of date."""
    for path in reference.write():
        typer.echo(f"wrote {path}")


def _refuse_stale() -> None:
    stale = reference.stale()
    if stale:
        typer.echo(f"out of date: {', '.join(stale)}; run make docs-reference", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m tools.documentation")
