"""The limit on waiting depends on progress."""

import time

import pytest
from patience import Patience


def test_a_wait_may_be_long_while_there_is_progress_and_fails_without_it() -> None:
    """The limit restarts at each change. The message has the last progress and the load."""
    patience, begun = Patience(0.2), time.monotonic()
    while time.monotonic() < begun + 0.6:
        patience.look(time.monotonic())
    time.sleep(0.01)
    patience.look("7 of 8 tasks run")
    time.sleep(0.3)
    told = r"^nothing has changed for 0\.2 s, at load \d+ on \d+ cores: 7 of 8 tasks run$"
    with pytest.raises(AssertionError, match=told):
        patience.look("7 of 8 tasks run")
