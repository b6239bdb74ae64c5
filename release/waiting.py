"""Wait for an application's status."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from common.application_status import Phase, meaning
from release.application import Application, code, describe
from release.errors import ReleaseError
from release.polling import CHANGE_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

WAIT_SECONDS: Final = 900.0
"""The longest wait for a stop, an update or a start, in seconds."""

REFUSALS: Final = 5
"""How often a stop may be refused because the service has begun its own work."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Reads an application, and waits for its status."""

    flink: KinesisAnalyticsV2Client
    application: str
    sleep: Callable[[float], None] = time.sleep
    poll_seconds: float = CHANGE_SECONDS

    def now(self) -> Application:
        """Read the application. Raises `ReleaseError` if it doesn't exist."""
        found = describe(self.flink, self.application)
        if found is None:
            message = f"application {self.application} doesn't exist"
            raise ReleaseError(message)
        return found

    def until(self, phase: Phase) -> Application:
        """Wait until the application is running, or stopped.

        Raises `ReleaseError` after a quarter of an hour, or if the application is being deleted.
        """
        return self._wait(phase, lambda status: meaning(status).phase == phase)

    def until_settled(self) -> Application:
        """Wait until the application has ended what it is doing."""
        return self._wait("settled", lambda status: not meaning(status).settles)

    def until_stoppable(self) -> Application:
        """Wait until the service accepts a forced stop, or the application is stopped already."""
        return self._wait(
            "stoppable",
            lambda status: meaning(status).force_stop or meaning(status).phase == "stopped",
        )

    def stop(self, *, force: bool) -> None:
        """Ask the service to stop the application. It is no error if it is stopped already.

        The service can begin maintenance or autoscaling at any time, also between a look at the
        status and the call. It then refuses the call, and the stop is asked for again afterwards.
        """
        for _ in range(REFUSALS):
            try:
                self.flink.stop_application(ApplicationName=self.application, Force=force)
            except ClientError as error:
                if code(error) != "ResourceInUseException":
                    raise
            else:
                return
            self.sleep(self.poll_seconds)
            found = self.until_stoppable() if force else self.until_settled()
            if meaning(found.status).phase == "stopped":
                return
        message = f"{self.application} has refused to stop {REFUSALS} times: look at its operations"
        raise ReleaseError(message)

    def until_started(self) -> Application:
        """Wait until a start has ended. Raises `ReleaseError` if the application is stopped again.

        The first answers after the call can still be from before it.
        """
        began = False

        def ended(status: str) -> bool:
            nonlocal began
            stopped = meaning(status).phase == "stopped"
            began = began or not stopped
            return meaning(status).phase == "running" or (began and stopped)

        found = self._wait("running", ended)
        if meaning(found.status).phase == "stopped":
            message = f"{self.application} is {found.status} again: its log says why"
            raise ReleaseError(message)
        return found

    def until_ended(self) -> Application:
        """Wait until a stop has ended. Raises `ReleaseError` if the application runs again.

        The first answers after the call can still be from before it.
        """
        began = False

        def ended(status: str) -> bool:
            nonlocal began
            phase = meaning(status).phase
            began = began or phase == "stopping"
            return phase == "stopped" or (began and phase == "running")

        found = self._wait("stopped", ended)
        if meaning(found.status).phase == "running":
            message = (
                f"{self.application} is {found.status} again, so no snapshot could be taken: its "
                "log says why. stocktrading release stop --force stops it without one"
            )
            raise ReleaseError(message)
        return found

    def _wait(self, wanted: str, reached: Callable[[str], bool]) -> Application:
        waited = 0.0
        while not reached((found := self.now()).status):
            if meaning(found.status).gone:
                message = f"{self.application} is {found.status}: nothing was changed"
                raise ReleaseError(message)
            if waited >= WAIT_SECONDS:
                message = (
                    f"{self.application} is {found.status} after {waited:g} s, not {wanted}: "
                    "look at its log"
                )
                raise ReleaseError(message)
            self.sleep(self.poll_seconds)
            waited += self.poll_seconds
        return found
