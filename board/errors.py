"""The board's errors."""

from common.errors import UserError


class BoardError(UserError):
    """The board can't start, or a part can't be read.

    The message is one line that says what to do.
    """
