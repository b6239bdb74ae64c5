"""Where the local cloud keeps its files, for those who import nothing else of it."""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
"""The project's own directory, with `Pulumi.yaml`."""

DIRECTORY: Final = PROJECT / ".local"
"""Everything that a run writes goes here: logs, state, outputs."""
