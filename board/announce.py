"""The text for a screen reader: changes of a state, but not the figures of every second. Pure."""

from board.condition import known_job, sources
from board.monitor import Snapshot
from board.wording import STATES


def announcement(snapshot: Snapshot) -> str:
    """Return the job's state and the parts that are not up to date, as one text."""
    known = known_job(snapshot)
    job = "unknown" if known is None else STATES[known.state].lower()
    old = [name for name, health in sources(snapshot).items() if not health.fresh]
    late = " Results are overdue." if snapshot.view.stalled else ""
    missing = f" Not up to date: {', '.join(old)}." if old else ""
    return f"The job is {job}.{late}{missing}"
