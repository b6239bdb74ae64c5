"""The condition of everything that the page shows, in a word and in a sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from board.feed import Health
from board.monitor import Snapshot
from board.status import Job, JobState
from board.wording import STATES, duration

_JOB: Final[Mapping[JobState, str]] = {
    "starting": "The job is starting. Results come when it runs and a window has ended.",
    "updating": "The job is being updated. Results pause until the new version runs.",
    "restarting": "The job is restarting. Results pause until it runs again.",
    "stopping": "The job is stopping. No results come until it is started again.",
    "stopped": "The job is stopped. No results come until it is started again.",
    "failed": "The job has failed, so no results come.",
}
_BUSY: Final = ("starting", "updating", "restarting", "stopping")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How far the page can be relied on."""

    tone: str
    """`good`, `busy`, `warn`, `bad` or `unknown`."""
    word: str
    text: str
    """A sentence or two. Empty while all is well."""


def condition(snapshot: Snapshot) -> Condition:
    """Judge all sources, then the job, then its results. The worst comes first."""
    healths = sources(snapshot)
    old = [name for name, health in healths.items() if not health.fresh]
    if old and all(health.waiting for health in healths.values()):
        return Condition(tone="unknown", word="reading", text="Nothing has been read yet.")
    if len(old) == len(healths):
        return Condition(tone="bad", word="no answer", text=_silence(healths))
    if old:
        text = f"Not up to date: {', '.join(old)}. The rest is."
        return Condition(tone="warn", word="partly old", text=text)
    job = snapshot.job
    if job and job.state in _JOB:
        tone = "busy" if job.state in _BUSY else "bad" if job.state == "failed" else "warn"
        return Condition(tone=tone, word=STATES[job.state].lower(), text=_JOB[job.state])
    if snapshot.view.stalled:
        return Condition(tone="warn", word="overdue", text="Results are overdue.")
    return Condition(tone="good", word="live", text="")


def sources(snapshot: Snapshot) -> dict[str, Health]:
    """Give the health of each source that the stack has."""
    healths = {
        "results": snapshot.results_health,
        "dead letters": snapshot.letters_health,
        "trades": snapshot.trades_health,
        "job": snapshot.job_health,
        "delivery": snapshot.delivery_health,
    }
    return {name: health for name, health in healths.items() if health}


def known_job(snapshot: Snapshot) -> Job | None:
    """Give the job if its state is that of now."""
    return snapshot.job if snapshot.job_health.fresh else None


def no_result(snapshot: Snapshot) -> str:
    """Say why there is no result."""
    health = snapshot.results_health
    if health.waiting:
        return "The results stream has not been read yet."
    if not health.fresh:
        return "The results stream can't be read."
    job = known_job(snapshot)
    if job and job.state != "running":
        return f"No result yet. {_JOB[job.state]}"
    if snapshot.trades_health.fresh and not snapshot.trade_rate:
        return "No result yet, and no trades arrive. `stocktrading simulate` sends some."
    return "No result yet. The first one comes when a window has ended."


def _silence(healths: Mapping[str, Health]) -> str:
    ages = [health.age for health in healths.values() if health.age is not None]
    told = (
        f"No answer for {duration(round(min(ages)))}. The figures are of that time."
        if ages
        else "There is no answer."
    )
    return f"{told} Each part says why. The page goes on by itself when there is an answer."
