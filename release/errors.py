"""The error that a person sees when a release can't go on. It is one line without a traceback."""

from common.errors import UserError


class ReleaseError(UserError):
    """A mistake or a failure in one line: what was given, what is wrong, what to do."""
