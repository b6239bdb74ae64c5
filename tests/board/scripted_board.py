"""A board that shows what a file says: `scripted_board.py <descriptor> <outputs> <script>`.

The real server and page show the figures of a real `Model` that is filled with made-up results. So
one page load is enough for many sizes of data and many states. `Script.write` changes what is
shown.
"""

import json
import random
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from board.feed import Health
from board.model import Model
from board.monitor import Snapshot
from board.records import DeadLetter, Result
from board.server import serve
from board.stack import Stack
from board.status import Job, JobState
from common.child import end_with_parent
from job.fields import MEASURES, REASONS, Kind

SLIDE = 30_000
NAMES = ("AMZN", "AZRE", "BABA", "GOOG", "ORCL")
LONG = "WWWWWWWW-LONGEST.TICKER-OF-ALL32"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What the board shows."""

    tickers: int = 5
    extreme: bool = False
    """Prices from 1e-7 to 1e12, and names of 32 characters."""
    windows: int = 24
    answered: float | None = 0.5
    """The age of each source's last answer, in seconds. None if there was none."""
    error: str | None = None
    job: JobState | None = "running"
    behind: int = 6_400
    """Milliseconds from a window's end to its results."""

    def write(self, path: Path) -> None:
        """Let the board show this from its next second on."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), "utf-8")
        partial.replace(path)


def reads(script: Path) -> Script | None:
    """Give the script that the board has read last. None before it has read one."""
    told = _told(script)
    return Script(**json.loads(told.read_text("utf-8"))) if told.exists() else None


def _told(script: Path) -> Path:
    return script.with_name(f"{script.stem}-read.json")


def names(script: Script) -> list[str]:
    """Give the tickers. The first one has the longest name where values are extreme."""
    made = [f"T{number:04}" for number in range(len(NAMES), script.tickers)]
    found = [*NAMES, *made][: script.tickers]
    return [LONG, *found[1:]] if script.extreme and found else found


def _starts(script: Script) -> list[float]:
    extreme = (1e9, 0.0031, 999_999.5, 1e12, 2e-7)
    usual = (65.5, 44.9, 62.8, 260.4, 31.9)
    first = extreme if script.extreme else usual
    more = [20 + 7.3 * (number % 40) for number in range(script.tickers)]
    return [*first, *more][: script.tickers]


def _results(script: Script, last: int) -> list[Result]:
    """Walk each ticker's price. Any measure of the declared list gets a value."""
    chance = random.Random(7)  # noqa: S311 -- no secret
    found: list[Result] = []
    for ticker, start in zip(names(script), _starts(script), strict=True):
        price = start
        for window in range(script.windows):
            price *= 1 + chance.gauss(0, 0.008)
            end = last - (script.windows - 1 - window) * SLIDE
            trades = 1_000 + chance.randrange(300)
            measures = {
                field.name: trades
                if field.kind is Kind.COUNT
                else float(
                    f"{price * (1 - 0.01 * number):.6g}"
                    if start < 1
                    else round(price * (1 - 0.01 * number), 2)
                )
                for number, field in enumerate(MEASURES)
            }
            found.append(Result(ticker, end, measures, window_start=end - 60_000))
    return found


class ScriptedMonitor:
    """Stands in for a `StackMonitor`. It reads the script in place of a stack."""

    def __init__(self, stack: Stack, script: Path) -> None:
        """Set where the script is."""
        self.stack = stack
        self._script = script
        self._made: tuple[str, Script, Model] | None = None

    def start(self) -> None:
        """Do nothing, as there is no source to read."""

    def stop(self) -> None:
        """Do nothing, as nothing was started."""

    def snapshot(self) -> Snapshot:
        """Give what the script says."""
        text = self._script.read_text("utf-8")
        now = round(time.time() * 1000)
        if self._made is None or self._made[0] != text:
            script = Script(**cast("dict[str, Any]", json.loads(text)))
            self._made = (text, script, _model(script, now))
            script.write(_told(self._script))
        _, script, model = self._made
        health = Health(script.answered, script.error, limit=5)
        job = None
        if script.job:
            job = Job(
                state=script.job,
                version="5cfd043e1b0c2f14a9d27aa01e7c7b3b02e7d0aa",
                revision=3,
                checkpoint_at=now - 8_000,
                restarts=0,
                failed_checkpoints=0,
            )
        view = model.view(now)
        return Snapshot(
            view=view,
            job=job,
            delivered=None,
            trade_rate=view.trade_rate,
            trade_note="arriving, over 10 s",
            links=(),
            results_health=health,
            letters_health=health,
            trades_health=health,
            job_health=health,
            delivery_health=None,
        )


def _model(script: Script, now: int) -> Model:
    model = Model()
    last = now // SLIDE * SLIDE
    for result in _results(script, last):
        model.add_results([result], result.window_end + script.behind)
    if script.tickers and script.windows:
        for second in range(300):
            model.add_trades(100 + second % 7, now - second * 1000)
        for number, reason in enumerate(REASONS):
            payload = json.dumps({"TICKER": LONG, "PRICE": -1, "NOTE": "x" * 300})
            letter = DeadLetter(f"k{number}", reason, payload, "utf-8", 360, now, "shard-1", "7")
            model.add_letters([letter], now - number * 9_000)
    return model


def main() -> None:
    """Serve."""
    descriptor, outputs, script = sys.argv[1:]
    monitor: Any = ScriptedMonitor(Stack.of_file(Path(outputs)), Path(script))
    end_with_parent()
    serve(monitor, socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    main()
