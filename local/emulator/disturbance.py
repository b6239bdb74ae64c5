"""Faults on the way to the emulator's Kinesis: throttles, errors, cut connections, slow answers.

The emulator throttles and fails no request, while Kinesis does both every day. Here an ASGI
application in front of the emulator does it, as the rules in a file say. The file is in the
emulator's own directory, so only its user can write it. Each rule ends at a time. So the faults of
a program that was killed end too.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from local.emulator.asgi import Application, Message, Receive, Scope, Send
from local.emulator.patches import Module

TARGET: Final = b"x-amz-target"
KINESIS: Final = "Kinesis_20131202."
JSON_KIND: Final = b"application/x-amz-json-1.1"

Effect: TypeAlias = Literal["throttled", "failed", "cut", "answer lost", "slow"]
"""`throttled`: refused because of a limit. Of a PutRecords request, some entries are refused.
`failed`: answered with 500. `cut`: the connection is closed, and the request isn't executed.
`answer lost`: the request is executed, then the connection is closed. `slow`: executed later."""

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Handler: TypeAlias = Callable[[Mapping[str, Any]], Answer]

EFFECTS: Final[Sequence[Effect]] = get_args(Effect)

LIMIT: Final = "ProvisionedThroughputExceededException"

PUT: Final = "PutRecords"

ENTRY_SHARE: Final = 0.5
"""Share of the entries that are refused in a throttled PutRecords request."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fault for a share of the requests of some operations."""

    effect: Effect
    operations: Sequence[str]
    """Names of Kinesis operations, such as `GetRecords`."""
    share: float
    """Share of the requests, from 0 to 1."""
    until: float
    """End, in seconds since the epoch."""
    seconds: float = 0.0
    """How long a `slow` request waits."""
    code: str = LIMIT
    """Error code of a `throttled` request."""


def write(file: Path, rules: Sequence[Rule]) -> None:
    """Replace the rules."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps([asdict(rule) for rule in rules]), "utf-8")
    draft.replace(file)


class Rules:
    """The rules in a file. They are read again when the file changes."""

    def __init__(self, file: Path) -> None:
        """Take the file. If it doesn't exist, there are no rules."""
        self._file = file
        self._seen: int | None = None
        self._rules: Sequence[Rule] = ()

    def find(self, operation: str) -> Rule | None:
        """Give the first rule that takes effect on this request."""
        for rule in self._read():
            in_time = time.time() < rule.until
            if in_time and operation in rule.operations and random.random() < rule.share:  # noqa: S311 -- no secret
                return rule
        return None

    def _read(self) -> Sequence[Rule]:
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed != self._seen:
            self._rules = [Rule(**each) for each in json.loads(self._file.read_text("utf-8"))]
            self._seen = changed
        return self._rules


def install(rules: Rules) -> None:
    """Refuse entries of PutRecords in this process. Call it once, before the emulator serves.

    This can't be done in front of the emulator, because the request's signature wouldn't fit.
    """
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    name = "_put_records"  # the emulator has no public hook
    setattr(kinesis, name, _throttling(kinesis, getattr(kinesis, name), rules))


def disturbing(application: Application, rules: Rules) -> Application:
    """Apply the rules to the requests to Kinesis."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        operation = _operation(scope)
        rule = rules.find(operation) if operation else None
        match rule.effect if rule else None:
            case "throttled" if rule and operation != PUT:
                await _answer(send, 400, {"__type": rule.code, "message": "Rate exceeded"})
            case "failed":
                await _answer(send, 500, {"__type": "InternalFailure", "message": "a fault"})
            case "cut":
                await _cut(send)
            case "answer lost":
                await application(scope, receive, _drop)
                await _cut(send)
            case "slow" if rule:
                await asyncio.sleep(rule.seconds)
                await application(scope, receive, send)
            case _:
                await application(scope, receive, send)

    return serve


def _operation(scope: Scope) -> str | None:
    """Give the operation of a request to Kinesis. None for any other request."""
    if scope["type"] != "http":
        return None
    target = dict(scope["headers"]).get(TARGET, b"").decode("latin-1")
    return target.removeprefix(KINESIS) if target.startswith(KINESIS) else None


def _throttling(kinesis: Module, put: Handler, rules: Rules) -> Handler:
    def put_records(asked: Mapping[str, Any]) -> Answer:
        rule = rules.find(PUT)
        if rule is None or rule.effect != "throttled":
            return put(asked)
        refused = [random.random() < ENTRY_SHARE for _ in asked["Records"]]  # noqa: S311 -- no secret
        kept = [each for each, out in zip(asked["Records"], refused, strict=True) if not out]
        taken: Iterator[object] = iter(())
        if kept:
            status, headers, body = put({**asked, "Records": kept})
            if status != HTTPStatus.OK:
                return status, headers, body
            taken = iter(json.loads(body)["Records"])
        error = {"ErrorCode": rule.code, "ErrorMessage": "Rate exceeded for shard"}
        records = [error if out else next(taken) for out in refused]
        return kinesis.json_response({"FailedRecordCount": sum(refused), "Records": records})

    return put_records


async def _answer(send: Send, status: int, told: object) -> None:
    body = json.dumps(told).encode()
    headers = [(b"content-type", JSON_KIND), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    """Begin an answer and don't end it. The server then closes the connection."""
    headers = [(b"content-type", JSON_KIND), (b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _drop(_message: Message) -> None:
    """Send nothing."""
