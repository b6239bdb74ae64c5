"""What goes wrong, in one line for the person who started the run."""


class SimulatorError(Exception):
    """A run that can't begin or go on; its text is one line that says what to do."""

    def __init__(self, place: str, problem: str) -> None:
        """Say where, and what is wrong and helps."""
        super().__init__(f"{place}: {problem}")


class OptionError(ValueError):
    """An option, or an argument of the library, that is out of its range."""

    def __init__(self, option: str, given: object, allowed: str) -> None:
        """Say what was given, and what is allowed."""
        super().__init__(f"{option}: given {given}; allowed: {allowed}")
