"""The content of a record, a file name or a message is printed and never has an effect."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from cli import app
from terminal.console import Terminal
from terminal.text import visible

HOSTILE = {
    "\x1b[31mred": r"\x1b[31mred",
    "a\rb": r"a\x0db",
    "\x9b2J": r"\x9b2J",
    "AMZN\u202enot": r"AMZN\u202enot",
    "one\u2028two": r"one\u2028two",
    "\x07bell": r"\x07bell",
}
"""Texts with an effect on a terminal, and how they are printed."""

MARKUP = ("v1[/b]", "[red]x[/red]", "[link=file:///etc/passwd]x[/link]", ":warning:", "a[0]")
"""Texts that Rich would interpret as markup or as an emoji's code."""


def printed(renderable: str | Text | Table) -> str:
    """Print on a terminal of 100 columns, and give the output."""
    file = io.StringIO()
    Terminal(file=file, width=100, force_terminal=False).message(renderable)
    return file.getvalue()


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_a_control_character_is_printed_as_an_escape(text: str, shown: str) -> None:
    """This holds for a plain string, a styled text and a table's cell."""
    table = Table("ticker")
    table.add_row(text)
    assert printed(text) == f"{shown}\n"
    assert shown in printed(table)
    # Rich itself removes some of them from a styled text.
    assert printed(Text(text)).rstrip("\n") in {shown, text.translate(dict.fromkeys(range(32)))}


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_printed_unchanged(text: str) -> None:
    """Rich's own console raises an error for the first text and removes parts of the others."""
    table = Table("version")
    table.add_row(text)
    assert printed(text) == f"{text}\n"
    assert text in printed(table)


def test_richs_own_console_sends_control_characters_to_the_terminal() -> None:
    """This shows that the tests above can fail."""
    file = io.StringIO()
    Console(file=file, width=100).print("[red]x[/red]\x1b[2J")
    assert file.getvalue() == "x\x1b[2J\n"


@given(st.text())
def test_visible_text_has_no_control_character(text: str) -> None:
    """The check uses Unicode's categories. Only a line feed is kept."""
    shown = visible(text).replace("\n", "")
    assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Zl", "Zp"}]
    assert not [char for char in shown if unicodedata.bidirectional(char) in BIDI_CONTROLS]


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["package", "--version", "v1[/b]"],
        ["release", "fetch", "--version", "v1[/b]", "--bucket", "none"],
        ["simulate", "--outputs", "[/b]\x1b[2J.json", "--count", "1"],
        ["board", "--outputs", "[/b]\x1b[2J.json"],
        ["config", "[/b]\x1b[2J"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_error_for_a_value_with_brackets_is_one_line(arguments: list[str]) -> None:
    """There is no traceback. The message has the given value unchanged."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code in {1, 2}, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert "[/b]" in result.output
    assert "\x1b" not in result.output
