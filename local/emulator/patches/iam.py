"""IAM: the principal of a request.

On AWS the condition key `aws:PrincipalArn` of a role's session is the role's ARN. In
the emulator it is the session's ARN: `test_the_principal_arn_of_a_session_is_not_the_roles`. On AWS
the condition key `kms:CallerAccount` in a KMS key's policy is the caller's account. The emulator
doesn't know this condition key: `test_the_callers_account_is_unknown_to_kms`.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from local.emulator.patches import Module


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
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
