"""The settings of the local cloud in a campaign: short windows, so that a round is short too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from local.accounts import NAMESPACE

OVERRIDES: Final[Mapping[str, object]] = {
    f"{NAMESPACE}:job.InitialPosition": "TRIM_HORIZON",
    f"{NAMESPACE}:job.WindowSeconds": 10,
    f"{NAMESPACE}:job.SlideSeconds": 5,
    f"{NAMESPACE}:job.WatermarkDelaySeconds": 4,
    f"{NAMESPACE}:job.IdleTimeoutSeconds": 5,
    f"{NAMESPACE}:flink.checkpoint_seconds": 5,
    f"{NAMESPACE}:flink.checkpoint_pause_seconds": 1,
}

QUIET_SECONDS: Final = 18.0
"""How long trades are sent after the last fault. Event time then passes the last window in which a
fault was: the window and the delay, 14 s, and the time until the oracle counts a silent shard as
idle, 10 s after its last trade, with a margin for the next window."""
