"""A project of two stacks, a stand-in for Pulumi's command line, and two accounts."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

BACKEND = "s3://stocktrading-state-111111111111-us-east-1?region=us-east-1"
KEY = "awskms:///arn:aws:kms:us-east-1:111111111111:key/1?region=us-east-1"
SANDBOX_KEY = "awskms:///arn:aws:kms:us-east-1:111111111111:key/2?region=us-east-1"
OUTPUTS = {
    "tooling": {
        "state_backend_url": BACKEND,
        "state_secrets_providers": {"tooling": KEY, "sandbox": SANDBOX_KEY},
        "connection_url": "https://console.example/connections",
        "preview_role_arn": "arn:aws:iam::111111111111:role/preview",
    },
    "sandbox": {"dashboard_url": "https://console.example/dashboard"},
}
PROFILES = {None: "111111111111", "tooling": "111111111111", "workload": "222222222222"}
"""Accounts of the environment's credentials and of each profile."""


ASKING = (" ls ", " output ", ": stack export --stack ")
"""Parts of commands that only ask."""


@dataclass
class World:
    """The surroundings of the project: Pulumi's states, and the accounts."""

    directory: Path
    project: Path
    status: str = "PENDING"
    """Status of the connection."""
    asked: int = 0
    available_after: int = 0
    """Number of calls until the connection's status is `AVAILABLE`; 0 means never."""

    def calls(self) -> list[str]:
        """Give each command, with where its state was and whose credentials it had."""
        log = self.directory / "calls.jsonl"
        found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [f"{one['at']} {one['profile'] or '-'}: {one['command']}" for one in found]

    def changes(self) -> list[str]:
        """Give the commands that change something."""
        return [one for one in self.calls() if not any(ask in one for ask in ASKING)]

    def forget_calls(self) -> None:
        """Begin the record anew."""
        (self.directory / "calls.jsonl").unlink()

    def stacks(self, scheme: str) -> dict[str, Any]:
        """Give the stacks of the one backend of that scheme."""
        states = self.directory / "states.json"
        told: dict[str, Any] = json.loads(states.read_text()) if states.exists() else {}
        found = [one for backend, one in told.items() if backend.startswith(scheme)]
        return found[0] if found else {}

    def protect(self, stack: str, *names: str) -> None:
        """Protect resources of a stack in the bucket's state."""
        file = self.directory / "states.json"
        states = json.loads(file.read_text())
        states[BACKEND][stack]["protected"] = names
        file.write_text(json.dumps(states))

    def fail(self, command: str) -> None:
        """Let that command fail once."""
        (self.directory / "fail").write_text(command)

    def client(self, account: str) -> Callable[[str], Any]:
        """Give what makes clients of an account."""
        return lambda service: Service(self, account, service)


class Service:
    """The parts of AWS that a bootstrap calls."""

    def __init__(self, world: World, account: str, name: str) -> None:
        self.world, self.account, self.name = world, account, name

    def get_caller_identity(self) -> dict[str, str]:
        """Say whose credentials these are."""
        return {"Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/me"}

    def head_bucket(self, *, Bucket: str) -> None:  # noqa: N803 -- AWS's name
        """Tell whether a bucket is there."""
        assert self.account in Bucket
        if not (self.world.directory / "bucket").exists():
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadBucket")

    def delete_bucket_policy(self, *, Bucket: str) -> None:  # noqa: N803 -- AWS's name
        """Let go what keeps a release."""
        assert Bucket.endswith("-111111111111-us-east-1")

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 -- AWS's names
        """Empty the bucket."""
        assert Bucket
        assert Delete["Objects"]
        (self.world.directory / "full").unlink(missing_ok=True)
        return {}

    def get_paginator(self, operation: str) -> "Service":
        """Give the pages of an operation."""
        return Service(self.world, self.account, operation)

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """Give them."""
        if self.name == "list_object_versions":
            full = (self.world.directory / "full").exists()
            return [{"Versions": [{"Key": "a", "VersionId": "1"}] if full else []}]
        world = self.world
        world.asked += 1
        if world.available_after and world.asked > world.available_after:
            world.status = "AVAILABLE"
        connection = {"ConnectionName": "stocktrading-github", "ConnectionStatus": world.status}
        return [{"Connections": [connection]}]
