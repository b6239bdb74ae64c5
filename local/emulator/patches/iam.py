"""IAM: the principal of a request, and the resource that its permission is checked for.

Principals. On AWS the condition key `aws:PrincipalArn` of a role's session is the role's ARN. In
the emulator it is the session's ARN: `test_the_principal_arn_of_a_session_is_not_the_roles`. On AWS
the condition key `kms:CallerAccount` in a KMS key's policy is the caller's account. The emulator
doesn't know this condition key: `test_the_callers_account_is_unknown_to_kms`.

Resources. A GetRecords request names its stream only by a shard iterator. AWS checks the permission
for this stream. For a request about log streams, AWS checks the permission for the log stream, or
for all streams of the log group. The emulator checks the permission for `*` or for the group
itself. A permission for one stream never matches these:
`test_a_shard_iterator_is_not_checked_as_its_stream`, `test_a_log_stream_is_checked_as_its_group`.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from local.emulator.patches import Module

GROUP_COLONS: Final = 6
"""Colons in `arn:aws:logs:region:account:log-group:name`."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
    actions: Module = importlib.import_module("ministack.core.iam_actions")
    actions.extract_resource_arn = _naming(actions.extract_resource_arn)
    evaluator.resolve_principal = _of_account(evaluator, evaluator.resolve_principal)
    evaluator._resolve_condition_key = _resolving(evaluator._resolve_condition_key)


def _of_account(evaluator: Module, resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_principal(*given: object) -> object:
        principal = resolve(*given)
        if isinstance(principal, evaluator.AuthError):
            return principal
        return replace(principal, keys={**principal.keys, "kms:calleraccount": principal.account})

    return resolve_principal


def _resolving(resolve: Callable[[str, Any], object]) -> Callable[[str, Any], object]:
    iam: Module = importlib.import_module("ministack.services.iam")

    def resolve_condition_key(key: str, context: Any) -> object:  # noqa: ANN401 -- its own type
        arn: str = context.principal_arn
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in arn:
            return resolve(key, context)
        account, name = arn.split(":")[4], arn.split("/")[1]
        role = cast("Mapping[str, str]", iam._roles.get_scoped(account, None, name) or {})
        return role.get("Arn", arn)

    return resolve_condition_key


def _naming(extract: Callable[..., str]) -> Callable[..., str]:
    kinesis: Module = importlib.import_module("ministack.services.kinesis")

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
            iterator = _json(body).get("ShardIterator", "")
            places = cast("Mapping[str, Mapping[str, str]]", kinesis._shard_iterators)
            return places[iterator]["stream_arn"] if iterator in places else arn
        if service == "logs":
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            return _log(arn, action, body, *rest[-2:])
        return arn

    return extract_resource_arn


def _log(arn: str, action: str, body: bytes, region: str, account: str) -> str:
    """Give the resource that AWS checks for CloudWatch Logs: a stream, or all of a group."""
    if action == "DescribeLogGroups":
        return f"arn:aws:logs:{region}:{account}:log-group::log-stream:"
    stream = _json(body).get("logStreamName")
    if stream:
        return f"{arn}:log-stream:{stream}"
    return f"{arn}:*" if arn.count(":") == GROUP_COLONS else arn


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = cast("object", json.loads(body or b"{}"))
    except ValueError:  # CBOR; the clients here send JSON
        return {}
    return cast("Mapping[str, Any]", parsed) if isinstance(parsed, dict) else {}
