"""What Logs Insights finds for a widget, asked seldom: each query is paid for by what it scans."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from board.errors import BoardError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SECONDS: Final = 300.0
"""Between two runs of one query."""

PATIENCE: Final = 15.0
"""How long a query may take."""

Rows = Sequence[Mapping[str, str]]


@dataclass(kw_only=True)
class Insights:
    """Runs queries, and keeps what they found for a while.

    `client` is None on the local cloud: the job's log isn't in CloudWatch there, and the emulator
    knows but a part of the language.
    """

    client: CloudWatchLogsClient | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _kept: dict[str, tuple[float, Rows]] = field(
        default_factory=dict[str, tuple[float, Rows]], init=False
    )

    def read(self, group: str, query: str, now: float, look_back: int) -> tuple[Rows, str]:
        """Give the rows of a query, and what there is to say of them.

        Raises botocore's errors, and `BoardError` for a query that doesn't end well.
        """
        if self.client is None:
            return (), "No log is in CloudWatch on the local cloud; the job's is in Flink's web UI."
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
        return kept[1], f"{note}Asked {age} s ago; again after {SECONDS:.0f} s."

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
