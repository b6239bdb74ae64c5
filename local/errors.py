"""What a person using the local cloud is told when something is wrong: one line, no traceback."""

from common.errors import UserError


class LocalError(UserError):
    """A mistake or a failure to report in one line: what was given, what is wrong, what to do."""
