"""The error of the local cloud that is printed as one line, without a traceback."""

from common.errors import UserError


class LocalError(UserError):
    """An error to print in one line: what was given, what is wrong, what to do."""
