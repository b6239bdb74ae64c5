"""Finds the commands on a page, and checks whether they can be typed."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cli import app
from tools.documentation.site import ROOT

FENCE: Final = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INDENTED: Final = re.compile(
    r"^(?: {4,}|\t)((?:make|stocktrading|pulumi|uv run) .*)$", re.MULTILINE
)
INLINE: Final = re.compile(r"(?<!`)`((?:make|stocktrading) [^`]+)`(?!`)")
SUBSTITUTED: Final = re.compile(r"\$\(((?:stocktrading|pulumi) [^)]*)\)")
PLACEHOLDER: Final = re.compile(r"\.\.\.|\$|<|\{")
"""Marks of a placeholder. A command with one can't be typed as it is."""

LEFT_OUT: Final = ("MissingParameter", "BadOptionUsage")
"""Names of the parser's errors for a missing argument. The classes are private."""


def told(page: Path) -> list[list[str]]:
    """Give the commands of a page's shell blocks, each as its words."""
    text = page.read_text("utf-8")
    blocks = [block for _, block in FENCE.findall(text)]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += INDENTED.findall(FENCE.sub("", text).replace("\\\n", " "))
    return [words for line in lines for words in _commands(line)]


def mentioned(page: Path) -> list[list[str]]:
    """Give the commands within a page's sentences."""
    found = [" ".join(each.split()) for each in INLINE.findall(page.read_text("utf-8"))]
    return [shlex.split(each) for each in found if not PLACEHOLDER.search(each)]


def problem(words: list[str], *, whole: bool = True) -> str | None:
    """Say why a command can't be typed as it is; None if it can.

    A command that isn't `whole` is part of a sentence. Required arguments may be missing there.
    """
    program, *arguments = words
    if program == "make":
        return _make_problem(arguments)
    if program == "stocktrading":
        return _stocktrading_problem(arguments, whole=whole)
    if words[:2] == ["uv", "run"]:
        there = (ROOT / ".venv" / "bin" / words[2]).exists()
        return None if there else f"{words[2]} is not in the environment"
    if program == "source":
        return None if (ROOT / words[1]).exists() else f"{words[1]} is not there"
    return None


def _commands(line: str) -> Iterator[list[str]]:
    for inner in SUBSTITUTED.findall(line):
        yield shlex.split(inner)
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), "&&"]:
        if word not in {"&&", "||", "|", ";", "&"}:
            words.append(word)
        elif words:
            yield words
            words = []


@cache
def _makefile() -> dict[str, str]:
    """Give each target's line of help, by its name."""
    text = (ROOT / "Makefile").read_text("utf-8")
    return dict(re.findall(r"^([a-z-]+):.*?## (.*)$", text, re.MULTILINE))


def _make_problem(arguments: list[str]) -> str | None:
    for argument in arguments:
        name, is_variable, _ = argument.partition("=")
        if not is_variable and name not in _makefile():
            return f"make has no target {name}"
        if is_variable and not any(f"{name}=" in line for line in _makefile().values()):
            return f"no target's help names {name}"
    return None


def _stocktrading_problem(arguments: list[str], *, whole: bool) -> str | None:
    """Parse the arguments as the command would, without running it."""
    command, path, rest = get_group(app), "stocktrading", list(arguments)
    context = typer.Context(command, info_name=path)
    while isinstance(command, TyperGroup):
        if not rest or rest[0].startswith("--"):
            known = {"--help", "--install-completion", "--show-completion"}
            return None if {*rest} <= known else f"{path} takes no {rest[0]}"
        found = command.get_command(context, rest[0])
        if found is None:
            return f"{path} has no command {rest[0]}"
        command, path, rest = found, f"{path} {rest[0]}", rest[1:]
    if rest == ["--help"]:
        return None
    try:
        command.make_context(path, rest)
    except Exception as error:  # noqa: BLE001 -- any error of the parser is the answer
        if whole or type(error).__name__ not in LEFT_OUT:
            return f"{path}: {error or type(error).__name__}"
    return None
