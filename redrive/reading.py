"""What `list`, `show` and `export` read: chosen letters, and the records behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from oracle.dead_letters import DeadLetter
from redrive.behind import RecordFinder
from redrive.sources import read_letters
from simulator.errors import OptionError
from stack.clients import client
from terminal.console import stderr

if TYPE_CHECKING:
    from oracle.verdict import Rules
    from redrive.chosen import Chosen
    from redrive.rejection import Rejection
    from stack.outputs import Outputs


class Reading:
    """Reads a stack's dead letters, and says on standard error what could not be read."""

    def __init__(
        self, outputs: Outputs, source: str, chosen: Chosen, rules: Callable[[], Rules]
    ) -> None:
        """Take the stack, the place of the letters, the choice, and what gives the job's rules."""
        self._outputs = outputs
        self._source = source
        self._chosen = chosen
        self._rules = rules
        self.complete = True
        """Whether every letter could be read, and every record behind them was found."""

    def letters(self) -> list[DeadLetter]:
        """Give the chosen letters, each once. Raises `UserError` and botocore's errors."""
        read = read_letters(self._outputs, self._source, self._chosen.since)
        for problem in read.malformed:
            self._say(problem)
        return [letter for letter in dict.fromkeys(read.letters) if self._chosen.has(letter)]

    def records(self, letters: Sequence[DeadLetter]) -> list[Rejection]:
        """Give the chosen records behind letters, in the order of their arrival."""
        kinesis = client(self._outputs, "kinesis")
        behind = RecordFinder(kinesis, self._outputs.ingest_stream, self._rules).find(letters)
        for missing in behind.missing:
            self._say(str(missing))
        found = [each for each in behind.found if self._chosen.has_key(each)]
        return sorted(
            found, key=lambda each: (each.arrival_time, each.shard, int(each.sequence_number))
        )

    def _say(self, problem: str) -> None:
        self.complete = False
        stderr().message(f"dead-letters: {problem}", style="red")


def is_about(letter: DeadLetter, identity: str) -> bool:
    """Tell whether a letter is about a record: shard and sequence number, with / between."""
    shard, number = identity.split("/")[:2]
    first = letter.identity.sequence_number
    last = letter.last or first
    return letter.identity.shard == shard and int(first) <= int(number) <= int(last)


def is_one(rejection: Rejection, identity: str) -> bool:
    """Tell whether a record has an id, or is at this shard and sequence number."""
    shard, number, *digest = identity.split("/")
    if digest:
        return rejection.id == identity
    return (rejection.shard, int(rejection.sequence_number)) == (shard, int(number))


def check_id(identity: str) -> None:
    """Raise `OptionError` if a text is no id, and no shard with a sequence number."""
    if not re.fullmatch(r"[^/]+/[0-9]+(?:/.+)?", identity, re.ASCII):
        allowed = "the id of an export, or a shard and a sequence number with / between"
        raise OptionError(option="ID", given=repr(identity), allowed=allowed)
