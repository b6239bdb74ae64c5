"""The text for a screen reader: changes of a state, but not the figures of every second. Pure."""

from board.monitor import Snapshot
from board.wording import STATES


def announcement(snapshot: Snapshot) -> str:
    """Return the job's state and the parts that are not up to date, as one text."""
    job = "unknown" if snapshot.job is None else STATES[snapshot.job.state].lower()
    healths = {
        "results": snapshot.results_health,
        "dead letters": snapshot.letters_health,
        "trades": snapshot.trades_health,
        "job": snapshot.job_health,
        "delivery": snapshot.delivery_health,
    }
    old = [name for name, health in healths.items() if health and not health.fresh]
    late = " Results are overdue." if snapshot.view.stalled else ""
    missing = f" Not up to date: {', '.join(old)}." if old else ""
    return f"The job is {job}.{late}{missing}"
