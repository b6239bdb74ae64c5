"""A start or a part that fails, in one line for the person who reads it."""

from common.errors import UserError


class BoardError(UserError):
    """A board that can't begin, or a part that can't be read: one line that says what to do."""


def one_line(text: object) -> str:
    """Give a text without line breaks and repeated spaces."""
    return " ".join(str(text).split())
