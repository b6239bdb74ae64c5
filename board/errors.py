"""The board's errors, in one line for a person."""

from common.errors import UserError


class BoardError(UserError):
    """The board can't start, or a part can't be read.

    The message is one line that says what to do.
    """


def one_line(text: object) -> str:
    """Give a text without line breaks and repeated spaces."""
    return " ".join(str(text).split())
