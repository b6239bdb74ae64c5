"""The target of the trades: the ingest stream in a stack's outputs, and a client for it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, cast

import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from simulator.aws_errors import code_of, explain
from simulator.errors import SimulatorError
from simulator.producer import PutRecords
from stack.emulator import secret_for

LOCAL_OUTPUTS: Final = Path(".local/sandbox.json")
"""File in which the local cloud writes the outputs of its workload stack."""

_CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")

_TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Target:
    """The outputs of a workload stack that the simulator needs."""

    stream: str
    region: str
    account_id: str | None = None
    endpoint: str | None = None
    """An endpoint other than AWS's own, such as an emulator's."""
    aggregation: bool = False
    """Whether trades should be packed."""
    producer_role_arn: str | None = None
    """The stack's role for producers of trades."""

    @classmethod
    def from_outputs(cls, text: str, origin: str) -> Self:
        """Read what `pulumi stack output --json` prints. Raises SimulatorError for other text."""
        try:
            parsed = cast("object", json.loads(text))
        except ValueError as error:
            raise SimulatorError(origin, f"not JSON ({error}); {_EXPECTED}") from error
        if not isinstance(parsed, dict):
            raise SimulatorError(origin, f"given a {type(parsed).__name__}; {_EXPECTED}")
        outputs = cast("Mapping[str, object]", parsed)
        aggregation = outputs.get("aggregation_enabled", False)
        if not isinstance(aggregation, bool):
            raise SimulatorError(
                origin, f"aggregation_enabled: given {aggregation!r}; allowed: true or false"
            )
        return cls(
            stream=_text(outputs, "ingest_stream", origin),
            region=_text(outputs, "region", origin),
            account_id=_text(outputs, "account_id", origin, required=False) or None,
            endpoint=_text(outputs, "endpoint", origin, required=False) or None,
            aggregation=aggregation,
            producer_role_arn=_text(outputs, "producer_role_arn", origin, required=False) or None,
        )

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read outputs from a file, or from standard input if the path is `-`."""
        if str(path) == "-":
            return cls.from_outputs(sys.stdin.read(), "standard input")
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise SimulatorError(str(path), f"{reason}; {_EXPECTED}") from error
        return cls.from_outputs(text, str(path))

    @classmethod
    def from_stack(cls, stack: str) -> Self:
        """Get a stack's outputs from Pulumi's command line."""
        command = ["pulumi", "stack", "output", "--json", "--stack", stack]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise SimulatorError(
                place="--stack",
                problem="the pulumi command is not installed; install it, or give the stack's "
                "outputs with --outputs FILE",
            ) from error
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            raise SimulatorError(place="--stack", problem=f"{stack}: pulumi says: {reason}")
        return cls.from_outputs(done.stdout, f"stack {stack}")

    @classmethod
    def local(cls) -> Self:
        """Read the local cloud's outputs."""
        if not LOCAL_OUTPUTS.exists():
            raise SimulatorError(
                str(LOCAL_OUTPUTS),
                "missing: no local cloud was started from this directory; start it with "
                "`make demo`, or name a stack with --outputs FILE or --stack NAME",
            )
        return cls.from_file(LOCAL_OUTPUTS)

    def client(self, connections: int, role_arn: str | None = None) -> PutRecords:
        """Make a client for this many threads. It does not retry, because the producer does.

        The client assumes `role_arn`, and assumes it again before the credentials expire. For an
        emulator, the account's root assumes it, and the default is the stack's role for producers.

        Botocore doesn't validate the parameters. The producer makes all of them, and the validation
        takes a third of a request's CPU time.
        """
        config = Config(
            connect_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
            max_pool_connections=connections,
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
        )
        signed_in = any(os.environ.get(name) for name in _CREDENTIALS)
        emulator = None if signed_in else self.endpoint
        if emulator:
            role_arn = role_arn or self.producer_role_arn
        try:
            # This needs its own session, because the default session keeps its first credentials.
            session = botocore.session.get_session()
            if emulator and self.account_id:
                session.set_credentials(self.account_id, secret_for(emulator))
            if role_arn:
                self._assume(session, role_arn)
            client: Any = session.create_client(  # untyped; PutRecords has the type of what is used
                "kinesis", region_name=self.region, endpoint_url=self.endpoint, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise explain(error, self.stream) from error
        return client

    def _assume(self, session: Any, role_arn: str) -> None:  # noqa: ANN401 -- botocore's sessions have no types
        """Make a session sign as a role. It renews the role's credentials by itself."""
        source = session.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher: Any = AssumeRoleCredentialFetcher(
            client_creator=partial(
                session.create_client, region_name=self.region, endpoint_url=self.endpoint
            ),
            source_credentials=source,
            role_arn=role_arn,
            extra_args={"RoleSessionName": "simulator"},
        )
        try:
            session._credentials = RefreshableCredentials.create_from_metadata(  # noqa: SLF001 -- no public way
                metadata=fetcher.fetch_credentials(),
                refresh_using=fetcher.fetch_credentials,
                method="assume-role",
            )
        except ClientError as error:
            place = f"role {role_arn}"
            problem = "it can't be assumed; check that it trusts your credentials"
            raise SimulatorError(place, f"{problem} ({code_of(error)})") from error


_EXPECTED: Final = "expected what `pulumi stack output --json` prints"


def _text(outputs: Mapping[str, object], name: str, origin: str, *, required: bool = True) -> str:
    value = outputs.get(name)
    if isinstance(value, str) and (value or not required):
        return value
    if value is None and not required:
        return ""
    given = "nothing" if value is None else repr(value)
    raise SimulatorError(origin, f"{name}: given {given}; expected a workload stack's output")
