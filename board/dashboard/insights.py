"""Logs Insights queries of the widgets.

They run seldom: AWS charges for the bytes that they scan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from board.errors import BoardError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SECONDS: Final = 300.0
"""Seconds between two runs of one query."""

PATIENCE: Final = 15.0
"""The longest time that a query may take, in seconds."""

Rows = Sequence[Mapping[str, str]]


@dataclass(kw_only=True)
class Insights:
    """Runs queries, and keeps their results for a while.

    `client` is None on the local cloud. The job's log isn't in CloudWatch there, and the emulator
    supports only a part of the query language.
    """

    client: CloudWatchLogsClient | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _kept: dict[str, tuple[float, Rows]] = field(
        default_factory=dict[str, tuple[float, Rows]], init=False
    )

    def read(self, group: str, query: str, now: float, look_back: int) -> tuple[Rows, str]:
        """Give the rows of a query, and a note about them.

        Raises botocore's errors, and `BoardError` for a query that fails or takes too long.
        """
        if self.client is None:
            return (
                (),
                "No log is in CloudWatch on the local cloud. The job's log is in Flink's web UI.",
            )
        kept = self._kept.get(query)
        if kept is None or self.clock() > kept[0] + SECONDS:
            asked = self.client.start_query(
                logGroupName=group,
                queryString=query,
                startTime=int(now) - look_back,
                endTime=int(now),
            )
            rows = self._wait(self.client, asked["queryId"])
            kept = self._kept[query] = (self.clock(), rows)
        age = round(self.clock() - kept[0])
        note = "" if kept[1] else "Nothing found. "
        return kept[
            1
        ], f"{note}The query ran {age} s ago. It runs again {SECONDS:.0f} s after its last run."

    def _wait(self, client: CloudWatchLogsClient, query: str) -> Rows:
        deadline = self.clock() + PATIENCE
        while self.clock() < deadline:
            answer = client.get_query_results(queryId=query)
            if answer["status"] == "Complete":
                return [
                    {cell.get("field", ""): cell.get("value", "") for cell in row}
                    for row in answer["results"]
                ]
            if answer["status"] not in {"Running", "Scheduled"}:
                message = f"the query ended as {answer['status']}"
                raise BoardError(message)
            self.sleep(0.5)
        message = f"the query gave no answer in {PATIENCE:.0f} s"
        raise BoardError(message)
