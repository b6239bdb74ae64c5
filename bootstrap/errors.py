"""The error of a bootstrap that can't continue: one line, no traceback."""


class BootstrapError(Exception):
    """A mistake or a failure in one line: what was given, what is wrong, what to do."""
