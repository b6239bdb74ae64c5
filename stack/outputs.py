"""The outputs of a stack: their names, meanings and types.

The Pulumi program exports the outputs that are declared here. The simulator, the board, the
release, the local cloud and the documentation read them with this module. It needs only the
standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Self, cast

from common.errors import UserError
from common.paths import LOCAL_OUTPUTS, LOCK, lock_text
from stack.emulator import secret_for

EXPECTED: Final = "expected what `pulumi stack output --json` prints"

START: Final = "start one with `make demo` or `stocktrading local up`"

_OWN_CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""Environment variables for a person's own credentials. They are used at any endpoint."""


class OutputsError(UserError):
    """The outputs can't be found or read."""


class NotDeployedError(OutputsError):
    """The stack has no outputs, because it isn't deployed yet."""


def _required(says: str) -> Any:  # noqa: ANN401 -- a field with the annotated type
    return field(metadata={"says": says})


def _optional(says: str, default: object = None) -> Any:  # noqa: ANN401 -- the same
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of a workload stack. Missing optional outputs are None."""

    region: str = _required("Region of the stack.")
    account_id: str = _required("Account of the stack.")
    endpoint: str | None = _optional("Endpoint of the emulator. Null if the stack is on AWS.")
    key_arn: str | None = _optional("KMS key that encrypts the stack's data.")
    ingest_stream: str = _required("Stream for trades.")
    producer_role_arn: str | None = _optional(
        "Role that may send trades. Null if `producer.trusted` is empty."
    )
    results_stream: str = _required("Stream of results.")
    dead_letter_stream: str = _required("Stream of records that could not be counted.")
    application_name: str = _required("Name of the Managed Flink application.")
    application_arn: str | None = _optional("ARN of the application.")
    job_version: str | None = _optional(
        "Version of the deployed job: a commit, or a digest of the content."
    )
    code_bucket: str | None = _optional("Bucket with one archive for each version of the job.")
    log_group: str | None = _optional("Log group of the job.")
    aggregation_enabled: bool = _optional(
        "Whether producers should pack several trades into a record, like the simulator.",
        default=False,
    )
    sink_bucket: str | None = _optional("Bucket of results, dead letters and undelivered records.")
    dashboard_name: str | None = _optional(
        "Name of the CloudWatch dashboard. The board shows this dashboard."
    )
    dashboard_url: str | None = _optional("Address of the dashboard.")
    readme: str | None = _optional("Short description with links, shown in Pulumi's console.")

    @classmethod
    def parse(cls, text: str, origin: str) -> Self:
        """Read what `pulumi stack output --json` prints. Unknown outputs are ignored.

        Raises `OutputsError` for other text, and `NotDeployedError` if there are no outputs. Their
        messages begin with `origin`.
        """
        try:
            parsed = cast("object", json.loads(text))
        except ValueError as error:
            message = f"{origin}: not JSON ({error}); {EXPECTED}"
            raise OutputsError(message) from error
        if not isinstance(parsed, dict):
            message = f"{origin}: given a {type(parsed).__name__}; {EXPECTED}"
            raise OutputsError(message)
        if not parsed:
            message = f"{origin}: no outputs; the stack isn't deployed yet"
            raise NotDeployedError(message)
        given = cast("Mapping[str, object]", parsed)
        values: Any = {one.name: _value(one.name, one.type, given, origin) for one in fields(cls)}
        return cls(**values)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Read outputs from a file, or from standard input if the path is `-`.

        Raises `OutputsError`, also for the file that a killed local cloud has left.
        """
        if str(path) == "-":
            return cls.parse(sys.stdin.read(), "standard input")
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            message = f"{path}: {reason}; {EXPECTED}"
            raise OutputsError(message) from error
        found = cls.parse(text, str(path))
        if (path.parent / LOCK).exists() and lock_text(path.parent) is None:
            message = f"{path}: the local cloud of {found.endpoint} has ended; {START}"
            raise OutputsError(message)
        return found

    @classmethod
    def of_stack(cls, stack: str) -> Self:
        """Get a stack's outputs from Pulumi's command line, with the environment's credentials."""
        command = ["pulumi", "stack", "output", "--json", "--stack", stack]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            message = (
                "--stack: the pulumi command is not installed; install it, or give the stack's "
                "outputs with --outputs FILE"
            )
            raise OutputsError(message) from error
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            message = f"--stack: {stack}: pulumi says: {reason}"
            raise OutputsError(message)
        return cls.parse(done.stdout, f"stack {stack}")

    @classmethod
    def of_local_cloud(cls) -> Self:
        """Read the outputs of this project's local cloud, from any working directory."""
        if not LOCAL_OUTPUTS.exists():
            message = (
                f"no local cloud is up: {LOCAL_OUTPUTS} is missing; {START}, or name a stack with "
                "--stack NAME or --outputs FILE"
            )
            raise OutputsError(message)
        return cls.of_file(LOCAL_OUTPUTS)

    @classmethod
    def find(cls, stack: str | None, file: Path | None) -> Self:
        """Read the outputs that a command's options name. The default is the local cloud."""
        if stack:
            return cls.of_stack(stack)
        return cls.of_file(file) if file else cls.of_local_cloud()

    def credentials(self) -> tuple[str, str] | None:
        """Give access key and secret of an emulator's account. None means the default credentials.

        The access key of an emulator's account is the account's id.
        """
        if self.endpoint is None or any(map(os.environ.get, _OWN_CREDENTIALS)):
            return None
        return self.account_id, secret_for(self.endpoint)


WORKLOAD: Final[Mapping[str, str]] = {one.name: one.metadata["says"] for one in fields(Outputs)}
"""Outputs of a stack of kind `workload`, with their meaning."""

TOOLING: Final[Mapping[str, str]] = {
    "region": WORKLOAD["region"],
    "account_id": WORKLOAD["account_id"],
    "endpoint": WORKLOAD["endpoint"],
    "pipeline_name": "Name of the pipeline.",
    "pipeline_url": "Address of the pipeline in the AWS console.",
    "artifact_bucket": "Bucket of the pipeline's artifacts and of the releases.",
    "key_arn": WORKLOAD["key_arn"],
    "connection_arn": "ARN of the connection to GitHub.",
    "connection_status": "`PENDING` until a person confirms the connection, then `AVAILABLE`.",
    "connection_url": "Address where a person confirms the connection.",
    "notifications_topic_arn": "Topic for messages about failed runs of the pipeline.",
    "state_backend_url": "Address of Pulumi's state, for `pulumi login`.",
    "state_secrets_providers": "Key that encrypts a stack's secrets, by stack; for `stack init`.",
    "preview_role_arn": "Role of a pull request's preview. Null if `github.previews` is off.",
}
"""Outputs of a stack of kind `tooling`, with their meaning."""


def export(
    export_one: Callable[[str, Any], None],
    declared: Mapping[str, str],
    values: Mapping[str, object],
) -> None:
    """Export the declared outputs in their order. A missing or additional output is an error."""
    if different := declared.keys() ^ values.keys():
        message = f"outputs must be declared in stack/outputs.py and exported: {sorted(different)}"
        raise ValueError(message)
    for name in declared:
        export_one(name, values[name])


def _value(name: str, kind: object, given: Mapping[str, object], origin: str) -> object:
    value = given.get(name)
    if kind == "bool":
        if value is None or isinstance(value, bool):
            return bool(value)
        message = f"{origin}: {name}: given {value!r}; allowed: true or false"
        raise OutputsError(message)
    if isinstance(value, str) and value:
        return value
    if kind != "str" and (value is None or value == ""):
        return None
    shown = "nothing" if value is None else repr(value)
    message = f"{origin}: {name}: given {shown}; expected a workload stack's output"
    raise OutputsError(message)
