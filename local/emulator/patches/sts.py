"""STS: services that assume a role, and the claims of a web identity's token.

On AWS a service calls `sts:AssumeRole` as its service principal. The condition keys
`aws:SourceAccount` and `aws:SourceArn` give the resource that the service calls for. A trust policy
checks them against the confused deputy problem. In the emulator the account's root user can assume
the role of any service: `test_root_can_assume_the_role_of_any_service`. The emulator sets neither
condition key, so nobody can assume a role with these conditions:
`test_a_role_with_a_condition_on_the_source_cannot_be_assumed`.

Here the root user names the service and the resource in headers (`local/clients.py` sends them),
and the trust policy is evaluated for this service and resource.

On AWS a trust policy can also check the number of the repository in a token of GitHub. The emulator
gives only `aud`, `sub` and `amr`: `test_the_number_of_a_tokens_repository_is_unknown`.
"""

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from local.emulator.asgi import Application, Receive, Scope, Send
from local.emulator.patches import Module

SERVICE_HEADER: Final = "x-stocktrading-service"
"""The service principal that the caller acts as, such as `firehose.amazonaws.com`."""

SOURCE_ARN_HEADER: Final = "x-amz-source-arn"
"""ARN of the resource that the service calls for. AWS's own services send STS this header."""


@dataclass(frozen=True)
class Service:
    """A service that assumes a role, and the resource that it assumes the role for."""

    principal: str
    source_arn: str

    @property
    def keys(self) -> Mapping[str, str]:
        """The condition keys that a trust policy can check."""
        if not self.source_arn:
            return {}
        account = self.source_arn.split(":")[4]
        return {"aws:sourcearn": self.source_arn, "aws:sourceaccount": account}


GITHUB: Final = "token.actions.githubusercontent.com"
REPOSITORY_ID: Final = "repository_id"
"""One of the claims of GitHub that AWS made condition keys in January 2026."""

_service: ContextVar[Service | None] = ContextVar("service", default=None)


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
    evaluator.evaluate_trust_policy = _as_service(evaluator.evaluate_trust_policy)
    service: Module = importlib.import_module("ministack.services.sts")
    service._web_identity_principal = _with_repository(service._web_identity_principal)


def announcing(application: Application) -> Application:
    """Remember the service that the caller acts as, while its request is served."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value for name, value in scope.get("headers", ())}
        principal = headers.get(SERVICE_HEADER, b"").decode()
        source = headers.get(SOURCE_ARN_HEADER, b"").decode()
        _service.set(Service(principal, source) if principal else None)
        await application(scope, receive, send)

    return serve


def _with_repository(principal: Callable[..., Any]) -> Callable[..., Any]:
    cognito: Module = importlib.import_module("ministack.services.cognito")

    def web_identity_principal(token: str, *rest: str) -> tuple[str, Mapping[str, object]]:
        provider, keys = principal(token, *rest)
        if not provider.endswith(f"/{GITHUB}"):
            return provider, keys
        claims = cognito._decode_id_token_unverified(token)
        return provider, {**keys, f"{GITHUB}:{REPOSITORY_ID}": claims.get(REPOSITORY_ID, "")}

    return web_identity_principal


def _as_service(evaluate: Callable[..., bool]) -> Callable[..., bool]:
    def evaluate_trust_policy(
        policy: str | Mapping[str, Any],
        caller: str,
        context: Any = None,  # noqa: ANN401 -- the emulator's EvalContext, which has no types
    ) -> bool:
        service = _service.get()
        if context is None or not caller.endswith(":root"):
            return evaluate(policy, caller, context)
        if service is not None:
            keys = {**context.principal_keys, **service.keys}
            context = replace(context, principal_keys=keys)
        return evaluate(_about(policy, service), caller, context)

    return evaluate_trust_policy


def _about(policy: str | Mapping[str, Any], service: Service | None) -> Mapping[str, Any]:
    """Give a policy's statements about a service, with the caller as principal.

    Without a service, give the statements about other principals.
    """
    document = cast("Mapping[str, Any]", json.loads(policy) if isinstance(policy, str) else policy)
    given: Sequence[Mapping[str, Any]] | Mapping[str, Any] = document.get("Statement", [])
    kept: list[Mapping[str, Any]] = []
    for statement in [given] if isinstance(given, Mapping) else given:
        principal: object = statement.get("Principal")
        named = cast("Mapping[str, Any]", principal if isinstance(principal, Mapping) else {})
        services = named.get("Service", [])
        if service is None:
            others = {kind: value for kind, value in named.items() if kind != "Service"}
            kept.append({**statement, "Principal": others if services else principal})
        elif service.principal in ([services] if isinstance(services, str) else services):
            kept.append({**statement, "Principal": "*"})
    return {**document, "Statement": kept}
