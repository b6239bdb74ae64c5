"""What a person is told when a release can't go on: one line, no traceback."""


class ReleaseError(Exception):
    """A mistake or a failure in one line: what was given, what is wrong, what to do."""
