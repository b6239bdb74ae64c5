"""The reference as Markdown: `python -m components.reference_pages` writes `docs/reference/`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from components import outputs
from components.reference import KINDS, Entry, job_entries, sections
from job.properties import GROUP

DIRECTORY: Final = Path(__file__).parent.parent / "docs" / "reference"

_MADE: Final = "<!-- Made by `make docs-reference` from the code; not to be edited. -->\n"

_CONFIGURATION: Final = (
    "What `Pulumi.<stack>.yaml` may hold, under `stocktrading-analytics:`. A key with a dot is one "
    "in a structured value: `flink.parallelism` is `parallelism:` under "
    "`stocktrading-analytics:flink:`. `[]` stands for each element of a list. An unknown key, or a "
    "value that isn't allowed, is refused by name before anything is made. The same in the "
    "terminal: `stocktrading config flink`."
)

_PROPERTIES: Final = (
    f"The property group `{GROUP}` is all that the job is told. The stack writes it; keys that a "
    "person may set stand under `job` of the stack's configuration. A missing or unknown key, or a "
    "value that isn't allowed, stops the job at its start with one line. The slide divides the "
    "window. The group `kinesis.analytics.flink.run.options` is the service's own: it names what "
    "in the archive to run."
)

_OUTPUTS: Final = (
    "`pulumi stack output --json` prints them; simulator, board and release read nothing else of a "
    "stack."
)


def pages() -> Mapping[str, str]:
    """Give each page's text by its file name."""
    return {
        "configuration.md": _configuration(),
        "properties.md": _properties(),
        "outputs.md": _outputs(),
    }


def write(directory: Path = DIRECTORY) -> None:
    """Write the pages anew."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (directory / name).write_text(text, "utf-8")


def _configuration() -> str:
    lines = [_MADE, "# Configuration", "", _CONFIGURATION]
    for kind in KINDS:
        lines += ["", f"## Kind `{kind}`"]
        for section in sections(kind):
            lines += ["", f"### `{kind}`: {section.title}", "", section.says, ""]
            lines += _table(section.entries)
    return "\n".join(lines) + "\n"


def _properties() -> str:
    table = _table(job_entries(wired=True))
    return "\n".join([_MADE, "# The job's properties", "", _PROPERTIES, "", *table]) + "\n"


def _outputs() -> str:
    lines = [_MADE, "# Stack outputs", "", _OUTPUTS]
    for kind, meanings in (("workload", outputs.WORKLOAD), ("tooling", outputs.TOOLING)):
        lines += ["", f"## Kind `{kind}`", "", "| output | what it is |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(says)} |" for name, says in meanings.items()]
    return "\n".join(lines) + "\n"


def _table(entries: Sequence[Entry]) -> Iterable[str]:
    yield "| key | allowed | default | what it is |"
    yield "|---|---|---|---|"
    for each in entries:
        yield f"| `{each.key}` | {_cell(each.form)} | {_cell(each.default)} | {_cell(each.says)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write()
