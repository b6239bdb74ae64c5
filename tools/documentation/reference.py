"""The generated pages. Each is written from the code that it describes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from common.paths import ROOT
from tools.documentation import (
    answer_page,
    command_page,
    configuration_page,
    decision_page,
    metric_page,
    parts_page,
    record_page,
)

DOCS: Final = ROOT / "docs"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "reference/cli.md": command_page.page,
    "reference/json.md": answer_page.page,
    **answer_page.schemas(),
    "reference/configuration.md": configuration_page.configuration,
    "reference/records.md": record_page.page,
    "reference/properties.md": configuration_page.properties,
    "reference/outputs.md": configuration_page.stack_outputs,
    "reference/metrics.md": metric_page.page,
    "reference/parts.md": parts_page.page,
    "decisions/index.md": lambda: decision_page.page(DOCS / "decisions"),
}
"""The function that writes each page, by the page's path under docs/."""


def stale() -> list[str]:
    """Return the paths of the pages that are missing or out of date."""
    return [name for name, page in PAGES.items() if _read(DOCS / name) != page()]


def write() -> list[str]:
    """Write the pages that are out of date, and return their paths."""
    found = stale()
    for name in found:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(PAGES[name](), "utf-8")
    return found


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None
