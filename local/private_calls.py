"""Calls that only the project's own emulator has, signed like any other.

With them the programs that do a service's work tell the emulator how far they are. Another emulator
doesn't know the calls, and gives its own statuses.
"""

import json
import logging
from collections.abc import Mapping
from typing import Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from local.clients import Clients
from stack.emulator import secret_for

logger = logging.getLogger(__name__)

SECONDS: Final = 10
OK: Final = 200


class PrivateCalls:
    """Private calls of one service in one account."""

    def __init__(self, clients: Clients, account: str, target: str, signed_as: str) -> None:
        """Set the service by the prefix of its API's targets and the name that it signs with."""
        self._url = clients.endpoint.rstrip("/") + "/"
        self._target = target
        self._auth = SigV4Auth(_signer(clients, account), signed_as, clients.region)
        self._session = URLLib3Session(timeout=SECONDS)
        self._failure = ""

    def make(self, call: str, body: Mapping[str, object]) -> bool:
        """Make a call. Give whether the emulator has served it. A failure is logged once."""
        headers = {
            "X-Amz-Target": f"{self._target}.{call}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        request = AWSRequest("POST", self._url, headers, json.dumps(body))
        self._auth.add_auth(request)
        try:
            answer = self._session.send(request.prepare())
        except BotoCoreError as error:
            return self._note(f"{call}: {error}")
        if answer.status_code != OK:
            return self._note(f"{call}: {answer.status_code} {answer.text}")
        self._failure = ""
        return True

    def _note(self, failure: str) -> bool:
        if failure != self._failure:
            logger.warning("the emulator takes no report: %s", failure)
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
