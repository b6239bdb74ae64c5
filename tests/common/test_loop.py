"""A loop calls its step until it is stopped."""

import threading
import time

from common.loop import Loop


def test_the_step_is_called_again_until_the_block_ends() -> None:
    """After the block no further call is made."""
    calls: list[float] = []
    third = threading.Event()

    def step() -> None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            third.set()

    with Loop("test", step, 0.01):
        assert third.wait(20)
    made = len(calls)
    time.sleep(0.05)
    assert len(calls) == made


def test_a_step_can_return_the_pause() -> None:
    """The second call would come an hour later. `stop` doesn't wait for it."""
    called = threading.Event()

    def step() -> float:
        called.set()
        return 3600

    begun = time.monotonic()
    with Loop("test", step):
        assert called.wait(20)
    assert time.monotonic() - begun < 20


def test_stopping_waits_for_a_call_in_progress() -> None:
    """The call has ended when `stop` returns."""
    entered, done = threading.Event(), threading.Event()

    def step() -> None:
        entered.set()
        time.sleep(0.2)
        done.set()

    with Loop("test", step):
        assert entered.wait(20)
    assert done.is_set()


def test_a_step_may_end_the_loop() -> None:
    """It doesn't wait for its own thread."""
    calls: list[int] = []

    def step() -> None:
        calls.append(1)
        loop.end()

    loop = Loop("test", step)
    loop.start()
    assert loop.join(20)
    assert calls == [1]
