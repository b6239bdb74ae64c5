"""A built page, read as a browser would."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

Copy = Callable[[], Path]
"""Copies the sources of the site, and gives the copy's directory."""


class BuiltPage(HTMLParser):
    """A page's links, the files that it loads, and its anchors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.anchors.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") in {"icon", "stylesheet"}:
            self.loads.append(found["href"])
        elif "src" in found:
            self.loads.append(found["src"])

    def target(self, link: str) -> tuple[Path, str]:
        """Give the file that a relative link means, and its anchor."""
        parts = urlsplit(link)
        path = (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path
        return (path / "index.html" if path.is_dir() else path), unquote(parts.fragment)
