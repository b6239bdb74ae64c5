"""The board's credentials: the person's own, or those of the emulator that runs now."""

from typing import Any

import boto3
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    ReadOnlyCredentials,
)
from botocore.session import get_session

from stack.outputs import Outputs


class EmulatorCredentials(Credentials):
    """Credentials of an emulator's account, read anew for each request.

    An emulator that was started again has another secret, and the page goes on with it.
    """

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        super().__init__(*self._given())

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Give what the next request is signed with."""
        return ReadOnlyCredentials(*self._given(), None)

    def _given(self) -> tuple[str, str]:
        return self._outputs.credentials() or ("", "")


class _Always(CredentialProvider):
    """Gives the credentials that it was made with."""

    METHOD = "emulator"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials


def session_for(outputs: Outputs) -> Any:  # noqa: ANN401 -- boto3 makes clients' types at run time
    """Make a session with an emulator's credentials, or with the person's own."""
    session = get_session()
    if outputs.credentials():
        provider = _Always(EmulatorCredentials(outputs))
        session.register_component("credential_provider", CredentialResolver([provider]))
    sdk: Any = boto3
    return sdk.Session(botocore_session=session)
