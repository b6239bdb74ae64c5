"""The state of a job on the local cloud, from its status file, which is newer than any metric."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from common.releases import key_of
from release.errors import ReleaseError


@dataclass(frozen=True, kw_only=True)
class LocalJob:
    """The state of the job at one moment, as the local cloud's Managed Flink writes it.

    The file is a JSON object with at least `state` (`RUNNING`, `RESTARTING`, `FAILED`, ...), `code`
    (the archive's key), `restarts`, `checkpoints_completed`, `checkpoints_failed`, `exception`.
    """

    state: str
    code: str | None
    restarts: int
    checkpoints_completed: int
    checkpoints_failed: int
    exception: str | None

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read the file. None if it doesn't exist yet. Raises `ReleaseError` if it is malformed."""
        try:
            told = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
            return cls(
                state=told["state"],
                code=told.get("code"),
                restarts=int(told["restarts"]),
                checkpoints_completed=int(told["checkpoints_completed"]),
                checkpoints_failed=int(told.get("checkpoints_failed", 0)),
                exception=told.get("exception"),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{path}: no status of a job ({error}); start the local cloud with make demo"
            raise ReleaseError(message) from error

    def runs(self, version: str) -> bool:
        """Whether this is the job of that version."""
        return self.code == key_of(version)
