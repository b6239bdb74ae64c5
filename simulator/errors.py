"""Errors whose text is one line for the person who started the run."""

from common.errors import UserError


class SimulatorError(UserError):
    """A run can't start or continue. The text is one line that says what to do."""

    def __init__(self, place: str, problem: str) -> None:
        """Take the place, and the problem with its remedy."""
        super().__init__(f"{place}: {problem}")


class OptionError(ValueError):
    """An option, or an argument of the library, is out of its range."""

    def __init__(self, option: str, given: object, allowed: str) -> None:
        """Take what was given, and what is allowed."""
        super().__init__(f"{option}: given {given}; allowed: {allowed}")
