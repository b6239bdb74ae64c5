"""The site builds without a warning, loads only its own files, and agrees with the code."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from built_page import BuiltPage, Copy

from tools.documentation import decision_page, reference, site
from tools.documentation.markdown import table

DOCS = site.ROOT / "docs"


@pytest.fixture(scope="module")
def pages(built_site: Path) -> list[BuiltPage]:
    """Give every page of the site."""
    return [BuiltPage(path) for path in built_site.rglob("*.html") if path.name != "404.html"]


def test_every_link_and_anchor_within_the_site_is_valid(pages: list[BuiltPage]) -> None:
    """This includes links that the theme makes: navigation, contents, next page."""
    anchors = {page.path: page.anchors for page in pages}
    broken = [
        f"{page.path.parent.name}: {link}"
        for page in pages
        for link in [*page.links, *page.loads]
        if not urlsplit(link).scheme
        for path, anchor in [page.target(link)]
        if not path.is_file() or (anchor and anchor not in anchors[path])
    ]
    assert len(pages) > 10
    assert broken == []


def test_a_page_loads_nothing_from_elsewhere(pages: list[BuiltPage]) -> None:
    """Fonts, scripts and pictures are part of the site."""
    assert [load for page in pages for load in page.loads if urlsplit(load).netloc] == []


def test_a_broken_link_or_anchor_fails_the_build(
    copy_of_docs: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output names the place, and has no traceback."""
    root = copy_of_docs()
    page = root / "docs" / "board.md"
    page.write_text(
        page.read_text("utf-8") + "\n[gone](gone.md) [also](pipeline.md#gone)\n", "utf-8"
    )
    assert site.build(root) != 0
    told = capsys.readouterr().err
    assert "page does not exist" in told
    assert "anchor does not exist" in told
    assert "board.md:" in told
    assert "Traceback" not in told
    assert "\x1b" not in told


def test_every_page_is_in_the_navigation_once() -> None:
    """If not, add it to `nav` in zensical.toml. Decision records are in their index."""
    nav = tomllib.loads((site.ROOT / site.CONFIG).read_text("utf-8"))["project"]["nav"]
    there = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    pages = [page for page in there if not re.fullmatch(r"decisions/\d{4}-.*", page)]
    assert sorted(_leaves(nav)) == sorted(pages)


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    """If not, run `make docs-reference`."""
    assert (DOCS / name).read_text("utf-8") == reference.PAGES[name]()


def test_no_page_contains_a_path_of_this_machine() -> None:
    """A default that is a path is shown relative to the project's root."""
    assert [page for page in DOCS.rglob("*.md") if str(site.ROOT) in page.read_text("utf-8")] == []


def test_a_decisions_title_must_begin_with_a_unique_number(tmp_path: Path) -> None:
    """The index refuses other titles and a number that is used twice."""
    (tmp_path / "0001-a.md").write_text("# 1. Kinesis it is\n\nBecause.\n", "utf-8")
    assert "| 1 | [Kinesis it is](0001-a.md) |" in decision_page.page(tmp_path)
    (tmp_path / "0001-b.md").write_text("# 1. Kafka it is\n", "utf-8")
    with pytest.raises(ValueError, match="two records have the same number"):
        decision_page.page(tmp_path)
    (tmp_path / "0001-b.md").write_text("# Kafka it is\n", "utf-8")
    with pytest.raises(ValueError, match=r"allowed: '# 1\. What was decided'"):
        decision_page.page(tmp_path)


def test_a_bar_or_newline_does_not_split_a_cell() -> None:
    """A bar is escaped, and a newline becomes a space."""
    assert table(["a", "b"], [["x|y", "1\n2"]]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 2 |"


def _leaves(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for entry in nav.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _leaves(entry)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(nav, list):
        for entry in nav:  # pyright: ignore[reportUnknownVariableType]
            yield from _leaves(entry)  # pyright: ignore[reportUnknownArgumentType]
