"""The exit codes of all commands."""

from collections.abc import Mapping
from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

EXIT_CODES: Final[Mapping[int, str]] = {
    DONE: "Done, and everything that the command checks is right.",
    FAILED: "Not done, or a check failed. The last lines of stderr say why and what to do.",
    USAGE: "A wrong command or option. Nothing was done.",
    INTERRUPTED: "Interrupted by Ctrl-C before the result. A command that runs until Ctrl-C ends "
    "with 0 or 1 instead.",
}
"""The meaning of each code."""
