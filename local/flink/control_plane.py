"""Tells the emulator's Managed Flink what becomes of the jobs that run here.

The calls are private ones of the project's own emulator, signed like any other: see
`local/emulator/patches/managed_flink.py`. Another emulator doesn't know them, and gives its own
statuses.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from local.clients import Clients
from stack.emulator import secret_for

logger = logging.getLogger(__name__)

TARGET: Final = "KinesisAnalytics_20180523"
"""The prefix of the API's targets (`targetPrefix` in the service's model)."""

SIGNED_AS: Final = "kinesisanalytics"
SECONDS: Final = 10
OK: Final = 200

Outcome: TypeAlias = Literal["RUNNING", "FAILED", "STOPPED"]


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What became of an application's job."""

    application: str
    version: int | None
    """`ApplicationVersionId` that the job was started for. None if none was."""
    outcome: Outcome
    """`FAILED` means that the job could not be started."""
    error: str | None = None
    """Why it could not be started, in one line."""
    start: int = 0
    """Number of the start. With it, a second start with the same outcome is another report."""


class ControlPlane:
    """Calls of the host of an account's applications."""

    def __init__(self, clients: Clients, account: str) -> None:
        """Set the account. This calls nothing."""
        self._url = clients.endpoint.rstrip("/") + "/"
        self._region = clients.region
        self._signer = _signer(clients, account)
        self._session = URLLib3Session(timeout=SECONDS)
        self._failure = ""

    def host(self, names: Iterable[str]) -> bool:
        """Announce that these applications' jobs run here, and no others'. Give whether it knows.

        Without an announcement the emulator ends each status by itself.
        """
        return self._call("HostApplications", {"ApplicationNames": sorted(names)})

    def report(self, report: JobReport) -> bool:
        """Report a job. Give whether the emulator has taken the report."""
        told: dict[str, Any] = {
            "ApplicationName": report.application,
            "ApplicationVersionId": report.version,
            "State": report.outcome,
            "Error": report.error,
        }
        return self._call(
            "ReportJob", {key: value for key, value in told.items() if value is not None}
        )

    def _call(self, action: str, body: Mapping[str, object]) -> bool:
        headers = {
            "X-Amz-Target": f"{TARGET}.{action}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        request = AWSRequest("POST", self._url, headers, json.dumps(body))
        SigV4Auth(self._signer, SIGNED_AS, self._region).add_auth(request)
        try:
            answer = self._session.send(request.prepare())
        except BotoCoreError as error:
            return self._note(f"{action}: {error}")
        if answer.status_code != OK:
            return self._note(f"{action}: {answer.status_code} {answer.text}")
        self._failure = ""
        return True

    def _note(self, failure: str) -> bool:
        if failure != self._failure:  # log the same failure once, not once a second
            logger.warning("the control plane takes no report: %s", failure)
        self._failure = failure
        return False


def _signer(clients: Clients, account: str) -> Credentials:
    """Give the credentials of the account's root user, or of the clients' own identity."""
    if clients.identity is None:
        return Credentials(account, secret_for(clients.endpoint))
    given = clients.identity.credentials
    return Credentials(
        given["aws_access_key_id"], given["aws_secret_access_key"], given["aws_session_token"]
    )
