"""The directory of the local cloud's files. A separate module, so that its import costs little."""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
"""The project's own directory, with `Pulumi.yaml`."""

DIRECTORY: Final = PROJECT / ".local"
"""The directory for all files of a run: logs, state, outputs."""
