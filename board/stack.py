"""What the board needs of a workload stack: its outputs, read-only clients, links."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError

from board.aws_errors import explain
from board.errors import BoardError
from stack.emulator import secret_for

LOCAL_OUTPUTS: Final = Path(".local/sandbox.json")
"""Where the local cloud leaves the outputs of its workload stack."""

_CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
_EXPECTED: Final = "expected what `pulumi stack output --json` prints"

_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 1},  # the board asks again anyway, and tells meanwhile
    s3={"addressing_style": "path"},  # a bucket's host name resolves nowhere on one machine
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """Somewhere to look further."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A workload stack, as its outputs describe it."""

    region: str
    ingest_stream: str
    results_stream: str
    dead_letter_stream: str
    application_name: str
    account_id: str | None = None
    sink_bucket: str | None = None
    dashboard_name: str | None = None
    dashboard_url: str | None = None
    log_group: str | None = None
    aggregation: bool = False
    """Whether trades are packed, so that records aren't trades."""
    endpoint: str | None = None
    """Another endpoint than AWS's own."""

    @classmethod
    def from_outputs(cls, text: str, origin: str) -> Self:
        """Read what `pulumi stack output --json` prints; BoardError where it is not that."""
        try:
            parsed = cast("object", json.loads(text))
        except ValueError as error:
            message = f"{origin}: not JSON ({error}); {_EXPECTED}"
            raise BoardError(message) from error
        if not isinstance(parsed, dict):
            message = f"{origin}: given a {type(parsed).__name__}; {_EXPECTED}"
            raise BoardError(message)
        outputs = cast("Mapping[str, object]", parsed)

        def need(name: str) -> str:
            if value := may(name):
                return value
            message = f"{origin}: {name}: given nothing; expected a workload stack's output"
            raise BoardError(message)

        def may(name: str) -> str | None:
            value = outputs.get(name)
            if value is None or isinstance(value, str):
                return value or None
            message = f"{origin}: {name}: given {value!r}; expected a text"
            raise BoardError(message)

        return cls(
            region=need("region"),
            ingest_stream=need("ingest_stream"),
            results_stream=need("results_stream"),
            dead_letter_stream=need("dead_letter_stream"),
            application_name=need("application_name"),
            account_id=may("account_id"),
            sink_bucket=may("sink_bucket"),
            dashboard_name=may("dashboard_name"),
            dashboard_url=may("dashboard_url"),
            log_group=may("log_group"),
            aggregation=outputs.get("aggregation_enabled") is True,
            endpoint=may("endpoint"),
        )

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a file of outputs, or standard input for `-`."""
        if str(path) == "-":
            return cls.from_outputs(sys.stdin.read(), "standard input")
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            message = f"{path}: {reason}; {_EXPECTED}"
            raise BoardError(message) from error
        return cls.from_outputs(text, str(path))

    @classmethod
    def from_stack(cls, name: str) -> Self:
        """Ask Pulumi's command line for a stack's outputs."""
        command = ["pulumi", "stack", "output", "--json", "--stack", name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            message = (
                "--stack: the pulumi command is not installed; install it, or give the stack's "
                "outputs with --outputs FILE"
            )
            raise BoardError(message) from error
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            message = f"--stack: {name}: pulumi says: {reason}"
            raise BoardError(message)
        return cls.from_outputs(done.stdout, f"stack {name}")

    @property
    def place(self) -> str:
        """Where the stack is, for the page's heading."""
        account = f"account {self.account_id}" if self.account_id else ""
        where = f"local cloud at {urlsplit(self.endpoint).netloc}" if self.endpoint else self.region
        return ", ".join(part for part in (where, account) if part)

    def client(self, service: str) -> Any:  # noqa: ANN401 -- boto3 makes a client's type at run time
        """Make a client with the person's own credentials, or an emulator's.

        Raises `BoardError` where none can be made: an unknown profile, say.
        """
        signed_in = any(os.environ.get(name) for name in _CREDENTIALS)
        emulator = None if signed_in else self.endpoint
        sdk: Any = boto3
        try:
            return sdk.client(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=self.account_id if emulator else None,
                aws_secret_access_key=secret_for(emulator)
                if emulator and self.account_id
                else None,
                config=_CONFIG,
            )
        except (BotoCoreError, ValueError) as error:
            raise BoardError(explain(error)) from error

    def require_credentials(self) -> None:
        """Raise `BoardError` where there is nothing to sign calls with."""
        sdk: Any = boto3
        if self.endpoint and self.account_id:
            return
        try:
            found = sdk.Session().get_credentials()
        except BotoCoreError as error:
            raise BoardError(explain(error)) from error
        if found is None:
            raise BoardError(explain(NoCredentialsError()))

    def links(self) -> list[Link]:
        """Give the pages of AWS's console about this stack; none for an emulator."""
        if self.endpoint:
            return []
        console = f"https://{self.region}.console.aws.amazon.com"
        if self.dashboard_url:  # the partition's own console, where it is not the usual one
            console = "{0.scheme}://{0.netloc}".format(urlsplit(self.dashboard_url))
        links = [
            Link(
                label="Application",
                url=f"{console}/flink/home?region={self.region}#/application/"
                f"{quote(self.application_name, safe='')}/details",
            )
        ]
        if self.dashboard_url:
            links.append(Link(label="CloudWatch dashboard", url=self.dashboard_url))
        if self.log_group:
            # The console wants the name quoted twice, with $ for the outer %.
            name = quote(quote(self.log_group, safe=""), safe="").replace("%", "$")
            page = f"home?region={self.region}#logsV2:log-groups/log-group/{name}"
            links.append(Link(label="Log group", url=f"{console}/cloudwatch/{page}"))
        return links
