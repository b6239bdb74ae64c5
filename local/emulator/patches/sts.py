"""STS: services that assume a role.

On AWS a service calls `sts:AssumeRole` as its service principal, and STS knows on whose behalf:
`aws:SourceAccount` and `aws:SourceArn`, which a trust policy checks against the confused deputy.
The emulator lets the account's root user in as any service: `test_root_passes_for_any_service`. It
knows neither key, so that a trust policy with these conditions lets nobody in:
`test_no_service_comes_from_a_resource`.

Here the root user names the service that it stands for in headers (`local/clients.py` sends them),
and the trust policy is held against exactly that.
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
"""The service principal that the caller stands for, such as `firehose.amazonaws.com`."""

SOURCE_ARN_HEADER: Final = "x-amz-source-arn"
"""The resource on whose behalf it calls; AWS's own services use this header towards STS."""


@dataclass(frozen=True)
class Service:
    """A service that assumes a role, and the resource it does so for."""

    principal: str
    source_arn: str

    @property
    def keys(self) -> Mapping[str, str]:
        """The condition keys that a trust policy can check."""
        if not self.source_arn:
            return {}
        account = self.source_arn.split(":")[4]
        return {"aws:sourcearn": self.source_arn, "aws:sourceaccount": account}


_service: ContextVar[Service | None] = ContextVar("service", default=None)


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
    evaluator.evaluate_trust_policy = _as_service(evaluator.evaluate_trust_policy)


def announcing(application: Application) -> Application:
    """Remember, while a request is served, the service that its caller stands for."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value for name, value in scope.get("headers", ())}
        principal = headers.get(SERVICE_HEADER, b"").decode()
        source = headers.get(SOURCE_ARN_HEADER, b"").decode()
        _service.set(Service(principal, source) if principal else None)
        await application(scope, receive, send)

    return serve


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
    """Give the statements about a service, as ones about whoever calls; without one all others."""
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
