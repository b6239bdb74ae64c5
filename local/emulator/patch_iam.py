"""What the emulator's policy evaluation lacks, added in the emulator's process.

Service principals. On AWS a service calls `sts:AssumeRole` as its service principal, and STS knows
on whose behalf: `aws:SourceAccount` and `aws:SourceArn`, which a trust policy checks against the
confused deputy. The emulator knows neither key: a trust policy with these conditions lets nobody
in, and one without lets the account's root user in as any service. Here the root user names the
service that it stands for in headers, and the trust policy is held against exactly that.
`clients.py` sends them.

Principals. `aws:PrincipalArn` of a role's session is the role's ARN, not the session's; and
`kms:CallerAccount`, which a key's policy may ask for, is the account of whoever calls.

Transport. Everything is on the loopback interface, where no TLS is spoken; a bucket policy that
refuses plain HTTP would refuse all of it. So each call counts as one over TLS.

Resources. A call that names its stream by a shard iterator, or a log stream beside its group, is
held against `*` or the group alone, which a narrow grant never matches. Here it is held against
what AWS holds it against.

Written for ministack 1.5.33, which has no public hook for any of this.
"""

import importlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

SERVICE_HEADER: Final = "x-stocktrading-service"
"""The service principal that the caller stands for, such as `firehose.amazonaws.com`."""

SOURCE_ARN_HEADER: Final = "x-amz-source-arn"
"""The resource on whose behalf it calls; AWS's own services use this header towards STS."""

GROUP_COLONS: Final = 6
"""Colons in `arn:aws:logs:region:account:log-group:name`."""


@dataclass(frozen=True)
class Service:
    """A service that assumes a role, and the resource it does so for."""

    principal: str
    source_arn: str


_service: ContextVar[Service | None] = ContextVar("service", default=None)

Handler = Callable[..., Awaitable[Any]]


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    sts: Any = importlib.import_module("ministack.services.sts")
    application: Any = importlib.import_module("ministack.app")
    application.pin_request_origin = _over_tls(application.pin_request_origin)
    actions.extract_resource_arn = _naming(actions.extract_resource_arn)
    sts.handle_request = _announcing(sts.handle_request)
    evaluator._trust_principal_matches = _matching(evaluator._trust_principal_matches)  # noqa: SLF001
    evaluator._resolve_condition_key = _resolving(evaluator._resolve_condition_key)  # noqa: SLF001


def _over_tls(pin_request_origin: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    def pin(address: str, secure_transport: bool) -> None:  # noqa: ARG001, FBT001 -- its signature
        pin_request_origin(address, True)  # noqa: FBT003 -- the same

    return pin


def _announcing(handle: Handler) -> Handler:
    async def handle_request(
        method: str, path: str, headers: Mapping[str, str], *rest: object
    ) -> object:
        principal = headers.get(SERVICE_HEADER)
        service = Service(principal, headers.get(SOURCE_ARN_HEADER, "")) if principal else None
        token = _service.set(service)
        try:
            return await handle(method, path, headers, *rest)
        finally:
            _service.reset(token)

    return handle_request


def _matching(matches: Callable[..., bool]) -> Callable[..., bool]:
    def trust_principal_matches(principal: object, caller: str, *rest: object) -> bool:
        service = _service.get()
        if service is None or not caller.endswith(":root"):
            return matches(principal, caller, *rest)
        if not isinstance(principal, dict):
            return False
        named = cast("dict[str, str | list[str]]", principal).get("Service", [])
        return service.principal in ([named] if isinstance(named, str) else named)

    return trust_principal_matches


def _resolving(resolve: Callable[[str, Any], object]) -> Callable[[str, Any], object]:
    def resolve_condition_key(key: str, context: Any) -> object:  # noqa: ANN401 -- its own type
        service = _service.get()
        if service is not None and service.source_arn:
            if key.lower() == "aws:sourcearn":
                return service.source_arn
            if key.lower() == "aws:sourceaccount":
                return service.source_arn.split(":")[4]
        if key.lower() == "aws:principalarn":
            return _principal_arn(context.principal_arn)
        if key.lower() == "kms:calleraccount":
            return context.principal_arn.split(":")[4]
        return resolve(key, context)

    return resolve_condition_key


def _principal_arn(arn: str) -> str:
    """Give the role's ARN for a session of it, as the condition key has it on AWS."""
    if ":assumed-role/" not in arn:
        return arn
    iam: Any = importlib.import_module("ministack.services.iam")
    account, name = arn.split(":")[4], arn.split("/")[1]
    role = cast("Mapping[str, str]", iam._roles.get_scoped(account, None, name) or {})  # noqa: SLF001
    return role.get("Arn", arn)


def _naming(extract: Callable[..., str]) -> Callable[..., str]:
    kinesis: Any = importlib.import_module("ministack.services.kinesis")

    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *rest: Any,  # noqa: ANN401 -- the replaced function's parameters
    ) -> str:
        arn = extract(service, method, path, headers, body, *rest)
        if service == "kinesis" and arn == "*":
            return _stream_read(kinesis, body) or arn
        if service == "logs":
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            return _log(arn, action, body, *rest[-2:])
        return arn

    return extract_resource_arn


def _stream_read(kinesis: Any, body: bytes) -> str | None:  # noqa: ANN401 -- an untyped module
    """Give the ARN of the stream that a shard iterator is of."""
    asked = _json(body)
    iterators = cast("Mapping[str, Mapping[str, str]]", kinesis._shard_iterators)  # noqa: SLF001
    return iterators.get(asked.get("ShardIterator", ""), {}).get("stream_arn")


def _log(arn: str, action: str, body: bytes, region: str, account: str) -> str:
    """Give what AWS holds a call to CloudWatch Logs against: a stream, or all of a group."""
    if action == "DescribeLogGroups":
        return f"arn:aws:logs:{region}:{account}:log-group::log-stream:"
    stream = _json(body).get("logStreamName")
    if stream:
        return f"{arn}:log-stream:{stream}"
    return f"{arn}:*" if arn.count(":") == GROUP_COLONS else arn


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = cast("object", json.loads(body or b"{}"))
    except ValueError:  # CBOR; the clients here speak JSON
        return {}
    return cast("Mapping[str, Any]", parsed) if isinstance(parsed, dict) else {}
