"""The faults of a round, as data. The same seed gives the same plan."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "TaskManager killed",
    "TaskManager frozen",
    "JobManager killed",
    "emulator paused",
    "writes throttled",
    "reads throttled",
    "server errors",
    "connections cut",
    "answers lost",
    "slow answers",
    "shard split",
    "rescaled",
    "shards merged",
    "updated",
    "rolled back",
    "clock ahead",
    "clock behind",
    "poison",
    "flood of poison",
    "malformed packs",
    "shard silent",
    "shard of pings",
]
"""A kind of fault. `local.chaos.faults` says what each does."""

KINDS: Final[Sequence[Kind]] = get_args(Kind)

SURE: Final = 2
"""Kinds of each round that follow from the seed's position. So eleven seeds in a row have all."""

MORE: Final = 4
"""Kinds of each round that are drawn."""

CONTROLLED: Final = frozenset[Kind]({"rescaled", "updated", "rolled back"})
"""Kinds that change the application. Each takes the job down for a while, so a round has one."""

SECONDS: Final = (6.0, 20.0)
"""Shortest and longest duration of a fault that has a duration."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault of a round."""

    kind: Kind
    at: float
    """Seconds from the beginning of the round to the fault."""
    seconds: float
    """Duration. Faults that happen at once ignore it."""
    draw: float
    """A number from 0 to 1 that chooses, for example, the shard, the share or the number."""


def plan(seed: int, *, seconds: float, kinds: int = SURE + MORE) -> tuple[Fault, ...]:
    """Give the faults of a round in the order of their times.

    All begin in `seconds`. Faults overlap: each lasts a part of that time.
    """
    draws = random.Random(f"{seed}/chaos")  # noqa: S311 -- repeatable, not secret
    longest = min(SECONDS[1], seconds / 2)
    faults = [
        Fault(
            kind=kind,
            at=round(draws.uniform(0, seconds - longest), 1),
            seconds=round(draws.uniform(min(SECONDS[0], longest), longest), 1),
            draw=round(draws.random(), 3),
        )
        for kind in _choose(seed, kinds, draws)
    ]
    return tuple(sorted(faults, key=lambda fault: fault.at))


def _choose(seed: int, number: int, draws: random.Random) -> Iterator[Kind]:
    sure = [KINDS[(SURE * seed + place) % len(KINDS)] for place in range(SURE)]
    others = draws.sample([kind for kind in KINDS if kind not in sure], len(KINDS) - len(sure))
    controlled = False
    for kind in (*sure, *others):
        if number and not (controlled and kind in CONTROLLED):
            controlled = controlled or kind in CONTROLLED
            number -= 1
            yield kind
