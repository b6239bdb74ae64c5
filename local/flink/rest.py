"""A client for the part of Flink's REST API that the local cloud needs.

Shapes: https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/ops/rest_api/
"""

import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, cast
from urllib.parse import urlsplit

import urllib3

from local.flink.config import flink_uri
from local.flink.distribution import FlinkError

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"

TIMEOUT_SECONDS: Final = 15
CONNECTIONS: Final = 4
"""Connections that are kept open: the watcher, the metrics, the web UI and one more."""
NO_RETRIES: Final = urllib3.Retry(total=0, redirect=False)
"""The callers ask again. Flink's REST API sends no redirects."""
LINE_CHARACTERS: Final = 400
OK: Final = range(200, 300)
NOT_FOUND: Final = 404
SAVEPOINT_SECONDS: Final = 120
"""Time limit for a savepoint. After it the savepoint counts as failed."""


class RestError(FlinkError):
    """An error response, or no response."""

    def __init__(self, message: str, status: int | None = None) -> None:
        """Take a message of one line. `status` is the HTTP status, or None without a response."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The registered parts of the cluster."""

    task_managers: int
    slots: int


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as the JobManager reports it."""

    id: str
    name: str
    state: str
    """Flink's own state: `CREATED`, `RUNNING`, `RESTARTING`, `FAILED`, `CANCELED`, ..."""
    tasks_up: int
    """Number of tasks that run or have finished."""
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A completed checkpoint or savepoint."""

    path: str
    """The checkpoint's URI."""
    at: int
    """Time when the checkpoint was triggered, in milliseconds since the epoch."""


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """A job's checkpoints and savepoints since it was submitted or last restarted."""

    completed: int = 0
    failed: int = 0
    latest: Checkpoint | None = None


class Fetched(NamedTuple):
    """A response without any change."""

    status: int
    kind: str
    """The media type."""
    body: bytes


class FlinkRest:
    """A client of one JobManager. Threads may share it.

    It keeps connections open, because each new one costs the JobManager a TLS handshake.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """Set the JobManager's address, which may have a path. This opens no connection.

        An `https` address needs `tls`, because both sides show a certificate.
        """
        self.url = url.rstrip("/")
        place = urlsplit(self.url)
        host, port, self._root = str(place.hostname), place.port, place.path
        self._pool = (
            urllib3.HTTPSConnectionPool(host, port, maxsize=CONNECTIONS, ssl_context=tls)
            if tls
            else urllib3.HTTPConnectionPool(host, port, maxsize=CONNECTIONS)
        )

    def overview(self) -> Overview:
        """Count the TaskManagers that have registered, and their slots."""
        found = self._get("/overview")
        task_managers, slots = (cast("int", found[key]) for key in ("taskmanagers", "slots-total"))
        return Overview(task_managers=task_managers, slots=slots)

    def job(self, job: str) -> Job:
        """Give one job.

        Raises `RestError` if the JobManager doesn't know it.
        """
        for found in self.jobs():
            if found.id == job:
                return found
        message = f"the JobManager at {self.url} has no job {job}"
        raise RestError(message)

    def jobs(self) -> list[Job]:
        """List all jobs that the JobManager knows, also ended ones. The newest comes first."""
        listed = cast("list[Mapping[str, Json]]", self._get("/jobs/overview")["jobs"])
        newest_first = sorted(listed, key=lambda job: -cast("int", job["start-time"]))
        return [_job(job) for job in newest_first]

    def restarts(self, job: str) -> int:
        """Count a job's restarts, in full or in part, since it was submitted."""
        found = self._request("GET", f"/jobs/{job}/metrics?get=numRestarts")
        values = cast("list[Mapping[str, str]]", found)
        return int(values[0].get("value", "0")) if values else 0

    def exception(self, job: str) -> str | None:
        """Give the stack trace of a job's last failure, or None if it never failed."""
        history = self._get(f"/jobs/{job}/exceptions?maxExceptions=1")["exceptionHistory"]
        entries = cast("list[Mapping[str, str]]", cast("Mapping[str, Json]", history)["entries"])
        return entries[0]["stacktrace"] if entries else None

    def checkpoints(self, job: str) -> Checkpoints:
        """Count a job's checkpoints, and give the newest completed checkpoint or savepoint."""
        try:
            found = self._get(f"/jobs/{job}/checkpoints")
        except RestError as error:
            if error.status == NOT_FOUND:  # checkpoints are off for this job
                return Checkpoints()
            raise
        counts = cast("Mapping[str, int]", found["counts"])
        latest = cast("Mapping[str, Mapping[str, Json] | None]", found["latest"])
        done = [
            Checkpoint(
                path=cast("str", entry["external_path"]), at=cast("int", entry["trigger_timestamp"])
            )
            for kind in ("completed", "savepoint")
            if (entry := latest.get(kind))
        ]
        newest = max(done, key=lambda checkpoint: checkpoint.at, default=None)
        return Checkpoints(completed=counts["completed"], failed=counts["failed"], latest=newest)

    def ask(self, path: str) -> Json:
        """Give the response to a path of the REST API."""
        return self._request("GET", path)

    def savepoint(self, job: str, directory: Path) -> str:
        """Take a savepoint of a running job, and give its path as a URI.

        Raises `RestError` if the savepoint fails or takes too long.
        """
        body = {"target-directory": flink_uri(directory), "cancel-job": False}
        return self._await_savepoint(job, f"/jobs/{job}/savepoints", body)

    def stop(self, job: str, directory: Path) -> str:
        """End a running job with a savepoint, and give the savepoint's path as a URI.

        The watermark is not advanced to its maximum, so open windows stay open in the savepoint.
        Raises `RestError` if the savepoint fails. The job continues to run in this case.
        """
        body = {"targetDirectory": flink_uri(directory), "drain": False}
        return self._await_savepoint(job, f"/jobs/{job}/stop", body)

    def cancel(self, job: str) -> None:
        """End a job without a savepoint. Its state since the last checkpoint is lost."""
        self._request("PATCH", f"/jobs/{job}?mode=cancel")

    def _await_savepoint(self, job: str, path: str, body: Mapping[str, Json]) -> str:
        asked = cast("Mapping[str, str]", self._request("POST", path, body))
        deadline = time.monotonic() + SAVEPOINT_SECONDS
        while time.monotonic() < deadline:
            answer = self._get(f"/jobs/{job}/savepoints/{asked['request-id']}")
            if cast("Mapping[str, str]", answer["status"])["id"] == "COMPLETED":
                return _savepoint_location(cast("Mapping[str, Json]", answer["operation"]))
            time.sleep(0.2)
        message = f"job {job}: the savepoint wasn't complete after {SAVEPOINT_SECONDS} s"
        raise RestError(message)

    def fetch(self, path: str) -> Fetched:
        """Give the unchanged response to a path. Raises `RestError` if no response comes."""
        return self._send("GET", path)

    def _send(self, method: str, path: str, payload: str | None = None) -> Fetched:
        kind = {"Content-Type": "application/json"}
        try:
            answer = self._pool.request(
                method,
                f"{self._root}{path}",
                body=payload,
                headers=kind,
                timeout=TIMEOUT_SECONDS,
                retries=NO_RETRIES,
            )
        except urllib3.exceptions.HTTPError as error:
            reason = str(getattr(error, "reason", error)).rpartition(": ")[2]
            message = f"no answer from the JobManager at {self.url}: {reason}"
            raise RestError(message) from error
        told = answer.headers.get("Content-Type", "application/octet-stream")
        return Fetched(answer.status, told, answer.data)

    def _get(self, path: str) -> Mapping[str, Json]:
        return cast("Mapping[str, Json]", self._request("GET", path))

    def _request(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> Json:
        answer = self._send(method, path, None if body is None else json.dumps(body))
        text = answer.body.decode("utf-8", "replace")
        if answer.status not in OK:
            message = f"{method} {self.url}{path}: {answer.status}: {root_cause(_error_text(text))}"
            raise RestError(message, answer.status)
        return cast("Json", json.loads(text)) if text else None


def root_cause(trace: str) -> str:
    """Give the innermost cause of a Java stack trace in one line: `class: message`.

    The class is given without its package. For a text that is no stack trace, give its first line.
    """
    lines = [line.strip() for line in trace.splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    cause = causes[-1] if causes else next(iter(lines), "no reason given")
    return shorten(re.sub(r"^(?:[a-z_]\w*\.)+(?=[A-Z][\w$]*(?::|$))", "", cause))


def shorten(line: str) -> str:
    """Cut a line that is too long for a terminal."""
    return line if len(line) <= LINE_CHARACTERS else line[: LINE_CHARACTERS - 1] + "…"


def _job(found: Mapping[str, Json]) -> Job:
    tasks = cast("Mapping[str, int]", found["tasks"])
    return Job(
        id=cast("str", found["jid"]),
        name=cast("str", found["name"]),
        state=cast("str", found["state"]),
        tasks_up=tasks["running"] + tasks["finished"],
        tasks=tasks["total"],
    )


def _savepoint_location(operation: Mapping[str, Json]) -> str:
    if location := operation.get("location"):
        return cast("str", location)
    failure = cast("Mapping[str, str]", operation.get("failure-cause") or {})
    message = f"the savepoint failed: {root_cause(failure.get('stack-trace', ''))}"
    raise RestError(message)


def _error_text(body: str) -> str:
    try:
        errors = cast("Mapping[str, list[str]]", json.loads(body)).get("errors", [])
    except ValueError:
        return body
    return "\n".join(errors)
