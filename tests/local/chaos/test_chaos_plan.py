"""The plan of a campaign's round: repeatable, complete over some rounds, and within its time."""

from collections import Counter
from itertools import pairwise

import pytest

from local.chaos.faults import FAULTS
from local.chaos.plan import CONTROLLED, KINDS, plan


def test_the_same_seed_gives_the_same_plan() -> None:
    """Another seed gives another one."""
    assert plan(7, seconds=60) == plan(7, seconds=60)
    assert plan(7, seconds=60) != plan(8, seconds=60)


@pytest.mark.parametrize("first", [0, 1, 17, 90_001])
def test_every_kind_occurs_within_twenty_rounds(first: int) -> None:
    """It holds for each first seed, also with the few faults of a short round."""
    kinds = Counter(
        fault.kind for seed in range(first, first + 20) for fault in plan(seed, seconds=20, kinds=2)
    )
    assert set(kinds) == set(KINDS)


def test_each_kind_can_be_injected() -> None:
    """The table of functions has every kind of the plan, and no other."""
    assert set(FAULTS) == set(KINDS)


@pytest.mark.parametrize("seconds", [10.0, 60.0, 300.0])
def test_faults_begin_and_end_in_the_time_of_the_round(seconds: float) -> None:
    """They are in the order of their beginnings."""
    for seed in range(50):
        faults = plan(seed, seconds=seconds)
        assert len(faults) == len({fault.kind for fault in faults}) == 6
        assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
        assert all(each.at >= 0 and each.at + each.seconds <= seconds for each in faults)


def test_faults_overlap_in_most_rounds() -> None:
    """One fault at a time would not find what two together break."""
    rounds = [plan(seed, seconds=60) for seed in range(50)]
    overlapping = [
        faults
        for faults in rounds
        if any(one.at + one.seconds > other.at for one, other in pairwise(faults))
    ]
    assert len(overlapping) > 40


def test_a_round_changes_the_application_once_at_most() -> None:
    """Two changes at a time would only wait for each other."""
    for seed in range(100):
        assert sum(fault.kind in CONTROLLED for fault in plan(seed, seconds=60)) <= 1
