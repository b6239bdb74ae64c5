"""The reference pages of the configuration, the job's properties and the stacks' outputs."""

from collections.abc import Sequence
from typing import Final

from components.config.reference import KINDS, Entry, job_entries, sections
from job.properties import GROUP
from stack import outputs
from tools.documentation.markdown import note, table

CONFIGURATION: Final = """# Configuration

This page lists the keys of `Pulumi.<stack>.yaml`, under `stocktrading-analytics:`. A key with a dot
is part of a structured value: `flink.parallelism` is `parallelism:` under
`stocktrading-analytics:flink:`. `[]` means each element of a list. An unknown key, or a value that
isn't allowed, is refused by name before anything is made. `stocktrading config flink` shows the
same in a terminal."""

PROPERTIES: Final = f"""# The job's properties

The job reads the property group `{GROUP}` and nothing else. The stack writes the group. The keys
that a person may set are under `job` in the stack's [configuration](configuration.md). A missing or
unknown key, or a value that isn't allowed, stops the job at its start with one line. The slide must
divide the window without a remainder. The group `kinesis.analytics.flink.run.options` belongs to
the service. It says which files of the archive to run."""

OUTPUTS: Final = """# Stack outputs

`pulumi stack output --json` prints the outputs. The simulator, the board and the release commands
know a stack by its outputs only."""


def configuration() -> str:
    """Give the page of all keys."""
    parts = [note("the classes that check it"), CONFIGURATION]
    for kind in KINDS:
        parts.append(f"## Kind `{kind}`")
        for section in sections(kind):
            parts += [f"### `{kind}`: {section.title}", section.says, _table(section.entries)]
    return "\n\n".join(parts) + "\n"


def properties() -> str:
    """Give the page of the property group."""
    parts = [note("`job/properties.py`"), PROPERTIES, _table(job_entries(wired=True))]
    return "\n\n".join(parts) + "\n"


def stack_outputs() -> str:
    """Give the page of the outputs."""
    parts = [note("`stack/outputs.py`"), OUTPUTS]
    for kind, meanings in (("workload", outputs.WORKLOAD), ("tooling", outputs.TOOLING)):
        rows = [(f"`{name}`", says) for name, says in meanings.items()]
        parts += [f"## Kind `{kind}`", table(("output", "what it is"), rows)]
    return "\n\n".join(parts) + "\n"


def _table(entries: Sequence[Entry]) -> str:
    rows = [(f"`{each.key}`", each.form, each.default, each.says) for each in entries]
    return table(("key", "allowed", "default", "what it is"), rows)
