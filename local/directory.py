"""The directory of the local cloud's files. A separate module, so that its import costs little."""

from typing import Final

from common.paths import LOCAL, ROOT

PROJECT: Final = ROOT
"""The project's own directory, with `Pulumi.yaml`."""

DIRECTORY: Final = LOCAL
"""The directory for all files of a run: logs, state, outputs."""
