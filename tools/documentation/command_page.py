"""The reference page of the command line, generated from the commands."""

import inspect
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from cli import app
from common.exit_codes import EXIT_CODES
from common.paths import ROOT
from tools.documentation.markdown import note, table

Command: TypeAlias = TyperCommand | TyperGroup

LIMITS: Final = re.compile(r"(?P<words>.*?)(?:\s*\[(?P<limits>[^\]]*)\])?", re.DOTALL)
"""An option's help, and the limits that Typer adds after it in brackets."""

INTRODUCTION: Final = """# Command line

Run `source .venv/bin/activate` first, or use `uv run stocktrading ...`. `stocktrading
--install-completion` sets up completion in your shell. A command writes its result to stdout and
its progress to stderr. Only a terminal gets colours. A mistake gives one line that says what was
given and what is allowed. Each command's `--help` shows the same text as this page. The page
[JSON output](json.md) has what commands print with `--json`."""


def page() -> str:
    """Give the page."""
    command = get_group(app)
    parts = [
        note("the commands"),
        INTRODUCTION,
        *_exit_codes(),
        *_command(command, "stocktrading", 1),
    ]
    return "\n\n".join(parts).replace(f"{ROOT}/", "") + "\n"


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes"
    yield table(["code", "meaning"], [(str(code), says) for code, says in EXIT_CODES.items()])
    yield "## Commands"


def _command(command: Command, path: str, depth: int) -> Iterator[str]:
    context = typer.Context(command, info_name=path)
    if depth > 1:
        yield f"{'#' * depth} {path}"
        yield from _prose(command.help or "")
    if not isinstance(command, TyperGroup):
        yield from _options(command, context)
        return
    found = [command.get_command(context, name) for name in command.list_commands(context)]
    named = {f"{path} {one.name}": one for one in found if isinstance(one, Command)}
    yield table(["command", "what it does"], [_entry(name, one) for name, one in named.items()])
    for name, one in named.items():
        yield from _command(one, name, depth + 1)


def _entry(path: str, command: Command) -> tuple[str, str]:
    first = " ".join((command.help or "").partition("\n\n")[0].split())
    return f"[`{path}`](#{path.replace(' ', '-')})", first


def _prose(text: str) -> Iterator[str]:
    """Yield a docstring's paragraphs. The example becomes a block of code."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        example = paragraph.removeprefix("Example: ")
        yield paragraph if example == paragraph else f"```sh\n{example}\n```"


def _options(command: Command, context: typer.Context) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [_option(*record) for record in records if record]
    if rows:
        yield table(["option", "meaning", "default and limits"], rows)


def _option(name: str, text: str) -> tuple[str, str, str]:
    """Separate an option's help from the limits that Typer adds after it in brackets."""
    found = LIMITS.fullmatch(text.strip())
    words, limits = (found["words"], found["limits"]) if found else (text, None)
    return f"`{name.strip()}`", words.strip(), f"`{limits}`" if limits else ""
