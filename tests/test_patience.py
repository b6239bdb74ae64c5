"""What a waiting test calls progress."""

import time

import pytest
from patience import Patience


def test_what_changes_may_take_any_time_and_what_does_not_change_may_not() -> None:
    """The limit begins anew at each change; the message names what was seen last, and the load."""
    patience, begun = Patience(0.2), time.monotonic()
    while time.monotonic() < begun + 0.6:
        patience.look(time.monotonic())
    time.sleep(0.01)
    patience.look("7 of 8 tasks run")
    time.sleep(0.3)
    told = r"^nothing has changed for 0\.2 s, at load \d+ on \d+ cores: 7 of 8 tasks run$"
    with pytest.raises(AssertionError, match=told):
        patience.look("7 of 8 tasks run")
