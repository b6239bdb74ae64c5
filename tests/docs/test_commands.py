"""Every command and every link in the documentation is valid."""

import re
from pathlib import Path

import pytest
from commands import mentioned, problem, told

from tools.documentation.site import ROOT

PAGES = [
    page
    for pattern in ("*.md", ".github/*.md", "docs/**/*.md", "policies/*.md")
    for page in ROOT.glob(pattern)
    if page.name != "CHANGELOG.md"
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    """The parsers know its target and variables, or its command and options."""
    problems = [
        *(problem(words) for words in told(page)),
        *(problem(words, whole=False) for words in mentioned(page)),
    ]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_is_valid(page: Path) -> None:
    """GitHub resolves links in this way. The build of the site also checks anchors."""
    links = re.findall(r"\]\((?!https?:|#|\$)([^)\s#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (["make", "demos"], "make has no target demos"),
        (["make", "demo", "FROM=90"], "no target's help names FROM"),
        (["stocktrading", "simulat"], "stocktrading has no command simulat"),
        (["stocktrading", "--loud"], "stocktrading takes no --loud"),
        (["stocktrading", "release", "fetch", "--version", "a"], "release fetch: Missing"),
        (["stocktrading", "local", "up", "--prot", "1"], "No such option"),
        (["stocktrading", "simulate", "--rate", "fast"], "unable to parse string as a number"),
        (["uv", "run", "pre-comit"], "pre-comit is not in the environment"),
        (["source", "venv/bin/activate"], "venv/bin/activate is not there"),
    ],
)
def test_an_unknown_command_is_reported(words: list[str], because: str) -> None:
    """The check above can fail and gives the reason."""
    assert because in (problem(words) or "")


def test_commands_are_found_in_every_place(tmp_path: Path) -> None:
    """They may be in a fence, indented, joined, continued, nested, or in a sentence."""
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nmake package && stocktrading local deploy  # both\n"
        'eval "$(stocktrading local env)"\nstocktrading simulate \\\n  --rate 5\n```\n\n'
        "    make demo FOR=90\n\nSay `make test`, or `stocktrading release fetch --version ...`.\n",
        "utf-8",
    )
    assert told(page) == [
        ["make", "package"],
        ["stocktrading", "local", "deploy"],
        ["stocktrading", "local", "env"],
        ["eval", "$(stocktrading local env)"],
        ["stocktrading", "simulate", "--rate", "5"],
        ["make", "demo", "FOR=90"],
    ]
    assert mentioned(page) == [["make", "test"]]
