"""Replaces Pulumi's engine for a program that runs in this process.

The engine here needs neither Pulumi's command line nor another process. The SDK's mock monitor
answers the program's registrations in order of dependency, with real values. The monitor here also
creates the resource of each registration. `pulumi_deployment.py` does the same with Pulumi's own
engine, with the same table of resource types.
"""

import threading
from collections.abc import Mapping
from typing import Any, Final, cast

from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.rpc import (
    deserialize_properties,
    is_rpc_secret,
    unwrap_rpc_secret,
    wrap_rpc_secret,
)

from local.deploy import account
from local.deploy.account import PROVIDER_TYPE
from local.deploy.plan import Plan, Registration
from local.deploy.resources.lookups import LOOKUPS
from local.deploy.resources.model import Cloud, Properties
from local.errors import LocalError

STACK_TYPE: Final = "pulumi:pulumi:Stack"


class Engine(Mocks):
    """Creates the resources that the program registers, one at a time.

    After a failure every further registration is refused. `failure` is the first failure.
    """

    def __init__(self, plan: Plan, cloud: Cloud) -> None:
        """Take the plan to apply, and the cloud with the initial credentials."""
        self.plan = plan
        self.cloud = cloud
        self.failure: LocalError | None = None
        self.registered: set[str] = set()
        self.stack_outputs: Properties = {}
        self.default_tags: dict[str, Mapping[str, str]] = {}
        """Tags of each provider, by its URN."""
        self.wanted: Registration | None = None
        """The current registration. The monitor sets it, because the SDK passes on only a part."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer a look-up, such as `aws:index/getCallerIdentity:getCallerIdentity`."""
        lookup = LOOKUPS.get(args.token)
        if lookup is None:
            message = f"the local cloud doesn't support the look-up {args.token}"
            raise self._failed(LocalError(message))
        return lookup(self.cloud, cast("Properties", args.args)), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Create one resource, and give its id and outputs."""
        wanted = self.wanted
        if self.failure is not None or wanted is None:
            raise self.failure or LocalError("a resource without a registration")
        try:
            if args.typ == PROVIDER_TYPE:
                return args.name, self._provider(wanted)
            if not args.custom:
                return "", wanted.inputs
            resource = self.plan.apply(wanted, self.cloud)
        except LocalError as error:
            raise self._failed(error) from error
        self.registered.add(wanted.urn)
        outputs = {**wanted.inputs, **resource.outputs}
        return resource.id, {
            key: wrap_rpc_secret(value) if key in wanted.secrets else value
            for key, value in outputs.items()
        }

    def _provider(self, wanted: Registration) -> Properties:
        """Use this provider's credentials from now on. The programs here have one provider."""
        given = account.decoded(wanted.inputs)
        self.cloud = account.acting(wanted.name, given, self.cloud)
        self.default_tags[wanted.urn] = account.default_tags(given)
        return wanted.inputs

    def _failed(self, error: LocalError) -> LocalError:
        self.failure = self.failure or error
        return error


class Monitor(MockMonitor):
    """The SDK's mock monitor. It also gives the engine the URN and the options."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine of one run of one program."""
        super().__init__(engine)
        self._engine = engine
        self._turn = threading.RLock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Build the URN like the real engine, with the types of all parents except the stack."""
        parents = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if parents == STACK_TYPE else f"{parents}${type_}"
        return super().make_urn("", qualified, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 -- gRPC's name and types
        """Create a resource. The SDK calls this method from several threads at once."""
        with self._turn:
            given = cast("Properties", deserialize_properties(request.object, keep_internal=False))
            self._engine.wanted = Registration(
                urn=self.make_urn(request.parent, request.type, request.name),
                type=request.type,
                inputs=plain(given),
                ignored=tuple(request.ignoreChanges),
                retained=request.retainOnDelete,
                protected=request.protect,
                default_tags=self._default_tags(request.provider),
                secrets=frozenset(key for key, value in given.items() if is_rpc_secret(value)),
            )
            return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] -- the SDK has no type for a request

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 -- see above
        """Keep the stack's outputs. A secret is replaced as in `pulumi stack output`."""
        if f"::{STACK_TYPE}::" in request.urn:
            outputs = cast("Properties", deserialize_properties(request.outputs))
            self._engine.stack_outputs = {
                key: "[secret]" if is_rpc_secret(outputs[key]) else outputs[key]
                for key in sorted(outputs)
            }
        return super().RegisterResourceOutputs(request)  # pyright: ignore[reportUnknownMemberType]

    def _default_tags(self, provider: str) -> Mapping[str, str]:
        return self._engine.default_tags.get(provider.rpartition("::")[0], {})


def plain(value: Any) -> Any:  # noqa: ANN401 -- any value of the wire
    """Unwrap secrets at any depth."""
    if is_rpc_secret(value):
        return plain(unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    return value
