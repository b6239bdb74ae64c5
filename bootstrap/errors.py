"""What a person is told when a bootstrap can't go on: one line, no traceback."""


class BootstrapError(Exception):
    """A mistake or a failure in one line: what was given, what is wrong, what to do."""
