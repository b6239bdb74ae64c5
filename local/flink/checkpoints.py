"""The state that a job has left on disk."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

COMPLETE: Final = "_metadata"
"""Flink writes this file last: a checkpoint or savepoint that has it is whole."""


def newest_state(checkpoints: Path, job: str | None, known: str | None) -> str | None:
    """Give the URI of the newest state of a job that has ended; None where there is none.

    `known` is the last checkpoint or savepoint that was heard of. It may be gone: Flink deletes a
    checkpoint once the next is complete, which nobody may have seen when the job died.
    """
    found = [] if job is None else list(checkpoints.glob(f"{job}/chk-*/{COMPLETE}"))
    if known is not None:
        found += Path(unquote(urlsplit(known).path)).glob(COMPLETE)
    newest = max(found, key=lambda file: file.stat().st_mtime_ns, default=None)
    return newest.parent.as_uri() if newest else None
