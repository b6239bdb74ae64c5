"""Snapshots of the job's state: take one before an update, list them, and delete old ones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from common.application_status import meaning
from release.application import Application, code
from release.errors import ReleaseError
from release.polling import CHANGE_SECONDS
from release.versions import snapshot_name, version_of_snapshot
from release.waiting import Waiting

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

WAIT_SECONDS: Final = 600.0
"""The longest wait for a snapshot, in seconds.

It is no shorter than the time-out of checkpoints.
"""

AUTOMATIC: Final = re.compile(r"(UPDATEAPPLICATION|STOPAPPLICATION|STOP)-.+-\d+")
"""The names of the snapshots that the service takes itself at an update and at a stop."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot as the service lists it."""

    name: str
    status: str
    application_version_id: int
    """The application's version whose state the snapshot contains."""
    created: datetime

    @property
    def version(self) -> str | None:
        """The job's version whose state it contains. None if a release did not take it."""
        return version_of_snapshot(self.name)


def listed(flink: KinesisAnalyticsV2Client, application: str) -> list[Snapshot]:
    """List an application's snapshots, oldest first."""
    pages = flink.get_paginator("list_application_snapshots").paginate(ApplicationName=application)
    found = [
        _parse(summary)
        for page in pages
        for summary in cast("Sequence[Mapping[str, Any]]", page.get("SnapshotSummaries", []))
    ]
    return sorted(found, key=lambda snapshot: snapshot.created)


def describe_all(flink: KinesisAnalyticsV2Client, application: str) -> list[dict[str, str]]:
    """Describe an application's snapshots for a table, newest first.

    The version is the job's, or empty if the service took the snapshot itself.
    """
    return [
        {
            "name": each.name,
            "status": each.status,
            "created": f"{each.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "version": each.version or "",
        }
        for each in reversed(listed(flink, application))
    ]


def _parse(summary: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        name=summary["SnapshotName"],
        status=summary["SnapshotStatus"],
        application_version_id=summary["ApplicationVersionId"],
        created=summary["SnapshotCreationTimestamp"],
    )


def take(
    flink: KinesisAnalyticsV2Client,
    application: Application,
    at: datetime,
    sleep: Callable[[float], None] = time.sleep,
    poll_seconds: float = CHANGE_SECONDS,
) -> str:
    """Take a snapshot of the running version, wait until it is ready, and return its name.

    It first waits for an update, autoscaling or maintenance that is going on. Raises `ReleaseError`
    if no version runs, or the snapshot fails or does not become ready in time.
    """
    if meaning(application.status).settles:
        waiting = Waiting(
            flink=flink, application=application.name, sleep=sleep, poll_seconds=poll_seconds
        )
        application = waiting.until_settled()
    if application.status != "RUNNING" or application.version is None:
        what = application.version or "no released version"
        message = f"no snapshot: {application.name} is {application.status} with {what}"
        raise ReleaseError(message)
    name = snapshot_name(application.version, at)
    try:
        flink.create_application_snapshot(ApplicationName=application.name, SnapshotName=name)
    except ClientError as error:
        message = f"no snapshot of {application.version}: {code(error)}: {error}"
        raise ReleaseError(message) from error
    waited = 0.0
    while True:
        answer = flink.describe_application_snapshot(
            ApplicationName=application.name, SnapshotName=name
        )
        status = answer["SnapshotDetails"]["SnapshotStatus"]
        if status == "READY":
            return name
        if status == "FAILED" or waited >= WAIT_SECONDS:
            message = f"no snapshot of {application.version}: {name} is {status} after {waited:g} s"
            raise ReleaseError(message)
        sleep(poll_seconds)
        waited += poll_seconds


def superfluous(snapshots: Sequence[Snapshot], keep: int) -> list[Snapshot]:
    """Return the snapshots to delete.

    `snapshots` are in the order of their creation. The newest `keep` snapshots of releases that are
    `READY` are kept, and as many automatic ones. Snapshots that a person named and unfinished ones
    are kept too.
    """
    own = [each for each in snapshots if each.version is not None]
    automatic = [each for each in snapshots if AUTOMATIC.fullmatch(each.name)]
    return [
        each
        for kind in (own, automatic)
        for each in [
            *(one for one in kind if one.status == "FAILED"),
            *[one for one in kind if one.status == "READY"][:-keep],
        ]
    ]


def prune(flink: KinesisAnalyticsV2Client, application: str, keep: int) -> list[str]:
    """Delete all but the newest `keep` snapshots of each kind. Return the deleted names."""
    gone = superfluous(listed(flink, application), keep)
    for snapshot in gone:
        flink.delete_application_snapshot(
            ApplicationName=application,
            SnapshotName=snapshot.name,
            SnapshotCreationTimestamp=snapshot.created,
        )
    return [snapshot.name for snapshot in gone]
