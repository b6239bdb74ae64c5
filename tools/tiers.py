"""Run the Makefile's tiers one after the other, and print one summary of all.

Usage: python -m tools.tiers TIER...
Each tier is a target of the Makefile; `setup` and `package` must have run. A tier that fails does
not stop the next one: one run shows all that fails. The exit code is 1 if any tier failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

COUNTS: Final = re.compile(
    r"\d+ (?:Java tests )?(?:passed|failed|skipped|xfailed|xpassed|errors?)\b"
)
"""The counts in the last line of pytest, of the Java target and of the type checker."""

BUSY: Final = 1.5
"""Load for each core above which the summary says that the machine is busy."""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One tier that has run."""

    name: str
    seconds: float
    code: int
    counts: Sequence[str]

    def line(self) -> str:
        """Return the tier's line of the summary."""
        verdict = "failed" if self.code else "ok"
        return (
            f"{verdict:<8}{self.name:<16}{self.seconds:>7.0f} s  {', '.join(self.counts)}".rstrip()
        )


def run(name: str) -> Tier:
    """Run one tier, and pass on each line that it prints at once."""
    begin, counts = time.monotonic(), list[str]()
    # `-o` skips two targets that `make test` has already run once for all tiers.
    command = ["make", "--no-print-directory", "-o", "setup", "-o", "package", name]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            counts = COUNTS.findall(line) or counts
        code = process.wait()
    return Tier(name=name, seconds=time.monotonic() - begin, code=code, counts=counts)


def main(names: Sequence[str]) -> int:
    """Run the tiers, print the summary, and return the exit code."""
    done = [run(name) for name in names]
    total = sum(tier.seconds for tier in done)
    load = os.getloadavg()[1]
    sys.stdout.write("\n" + "".join(tier.line() + "\n" for tier in done))
    failed = [tier.name for tier in done if tier.code]
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    busy = load > BUSY * (os.cpu_count() or 1)
    note = f"; the machine is busy: load {load:.0f} on {os.cpu_count()} cores" if busy else ""
    sys.stdout.write(f"{verdict} in {total:.0f} s{note}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
