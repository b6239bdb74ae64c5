"""What can be wrong with a file as a whole, and with one of its rows."""

from pathlib import Path
from typing import NamedTuple

from common.errors import UserError


class FileError(UserError):
    """A file can't be read at all. The text is one line that says what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        """Take the file, and the problem with its remedy."""
        super().__init__(f"{path}: {problem}")


class BadRow(NamedTuple):
    """A row that is not sent."""

    line: int
    """Its line in a text file, or its row in a Parquet file. The first one is 1."""
    reason: str
    """`unreadable`, or one of the job's reasons for a dead letter."""
    detail: str
    """What was given, and what is allowed."""


class ValueProblem(ValueError):  # noqa: N818 -- it makes a row bad, and is no error of the program
    """A value of a row can't be used."""

    def __init__(self, reason: str, detail: str) -> None:
        """Take the reason, as in `BadRow`, and the detail."""
        super().__init__(detail)
        self.reason = reason
