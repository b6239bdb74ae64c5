"""IAM: the condition keys of a request, and the size of a role's policies.

On AWS the condition key `aws:PrincipalArn` of a role's session is the role's ARN. In
the emulator it is the session's ARN: `test_the_principal_arn_of_a_session_is_not_the_roles`. On AWS
the condition key `kms:CallerAccount` in a KMS key's policy is the caller's account. The emulator
doesn't know this condition key: `test_the_callers_account_is_unknown_to_kms`. On AWS the condition
key `cloudwatch:AlarmActions` has the actions of an alarm that is put. The emulator doesn't know it:
`test_the_actions_of_an_alarm_are_not_limited`.

AWS refuses an inline policy that makes a role's inline policies longer than 10,240 characters. The
emulator takes it: `test_a_roles_policies_have_no_limit`.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from local.emulator.patches import Module


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
    evaluator.resolve_principal = _of_account(evaluator, evaluator.resolve_principal)
    evaluator._resolve_condition_key = _resolving(evaluator._resolve_condition_key)
    actions: Module = importlib.import_module("ministack.core.iam_actions")
    actions.request_tag_context = _with_alarm_actions(actions, actions.request_tag_context)
    iam: Module = importlib.import_module("ministack.services.iam")
    iam._IAM_HANDLERS["PutRolePolicy"] = _limited(iam, iam._IAM_HANDLERS["PutRolePolicy"])


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


ALARMS: Final = ("cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm")
ALARM_ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")


def _with_alarm_actions(actions: Module, context: Callable[..., Any]) -> Callable[..., Any]:
    def request_context(service: str, action: str, body: bytes, query: Any) -> dict[str, Any]:  # noqa: ANN401 -- its own type
        known: dict[str, Any] = context(service, action, body, query)
        if action not in ALARMS:
            return known
        given = [actions._param(body, query, name) for name in ALARM_ACTIONS]
        listed = [one for each in given for one in ([each] if isinstance(each, str) else each)]
        return known | {"cloudwatch:AlarmActions": [one for one in listed if one]}

    return request_context


ROLE_LIMIT: Final = 10_240
"""Characters of all inline policies of a role, white space aside (IAM and STS quotas)."""


def _limited(iam: Module, serve: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def put_role_policy(asked: Any) -> object:  # noqa: ANN401 -- its own type
        role: Mapping[str, Any] = iam._roles.get(iam._p(asked, "RoleName")) or {}
        documents: dict[str, str] = dict(role.get("InlinePolicies", {}))
        documents[iam._p(asked, "PolicyName")] = iam._p(asked, "PolicyDocument")
        size = sum(len("".join(document.split())) for document in documents.values())
        if size > ROLE_LIMIT:
            message = f"Maximum policy size of {ROLE_LIMIT} bytes exceeded for role"
            return iam._error(409, "LimitExceeded", message, ns="iam")
        return serve(asked)

    return put_role_policy
