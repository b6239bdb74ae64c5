"""A gRPC server that is the engine's `aws` provider, and uses the table of resource types.

`PULUMI_DEBUG_PROVIDERS=aws:PORT` makes the engine call this server instead of a plugin. Each
provider of a program has its own connection, and the server uses the connection to tell the
providers apart.
"""

import threading
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final, TypeAlias, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.accounts import HOST
from local.deploy import account, lifecycle, wire
from local.deploy.resources import TYPES
from local.deploy.resources.lookups import LOOKUPS
from local.deploy.resources.model import TAGS, Cloud, Existing, Properties, ResourceType
from local.errors import LocalError

Call: TypeAlias = Any
"""gRPC's context of a call. It has no types."""

WORKERS: Final = 16
"""Calls at once. The engine sends at most four times as many as it has cores."""


@dataclass(frozen=True, kw_only=True)
class Configured:
    """One provider of the program."""

    cloud: Cloud
    default_tags: Mapping[str, str]


@dataclass
class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves every provider of the programs that run with it."""

    cloud: Cloud
    """The cloud with the initial credentials of each provider."""
    failures: list[LocalError] = field(default_factory=list[LocalError])
    """The errors of the resource types, in order of time."""
    _configured: dict[str, Configured] = field(default_factory=dict[str, Configured])

    def Handshake(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401 -- gRPC's names and types, here and below
        """Accept only plain values: no wrapped secrets, references or outputs."""
        del request, context
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Give the version of the provider: the version of the SDK."""
        del request, context
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    def CheckConfig(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Accept a provider's settings. `Configure` checks them."""
        del context
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Give the changed settings of a provider. As in AWS's provider, none needs a new one."""
        del context
        old, new = wire.received(request.old_inputs), wire.received(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        return _difference(changed, [])

    def Configure(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Use the settings' credentials for this connection from now on."""
        given = account.decoded(wire.received(request.args))
        with self._told(context):
            name = request.name or "default"
            self._configured[context.peer()] = Configured(
                cloud=account.acting(name, given, self.cloud),
                default_tags=account.default_tags(given),
            )
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Answer a look-up."""
        lookup = LOOKUPS.get(request.tok)
        with self._told(context):
            if lookup is None:
                message = f"the local cloud doesn't support the look-up {request.tok}"
                raise LocalError(message)
            answer = lookup(self._at(context).cloud, wire.received(request.args))
        response: Any = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(wire.sent(answer))  # a keyword of Python
        return response

    def Check(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Complete the inputs. Refuse a type or an input that isn't in the table."""
        given, old = wire.received(request.news), wire.received(request.olds)
        with self._told(context):
            kind = lifecycle.row(_type(request.urn), _name(request.urn), given)
            tags = self._at(context).default_tags
            inputs = lifecycle.complete(kind, request.urn, given, old or None, tags)
        own = {"tags": given["tags"]} if "tags" in given else {}  # the policies read them
        return provider_pb2.CheckResponse(inputs=wire.sent(inputs | own))

    def Diff(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Compare, and name the changes that need a new resource."""
        del context
        kind = TYPES[_type(request.urn)]
        old, new = _inputs(request.old_inputs), _inputs(request.news)
        found = lifecycle.difference(kind, wire.comparable(old), wire.comparable(new))
        # Two resources can't have the same name, so the old resource is deleted first.
        named = kind.name is not None and old.get(kind.name) == new.get(kind.name)
        return _difference(sorted(found.changed), sorted(found.replacing), old_first=named)

    def Create(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Create a resource."""
        inputs = wire.received(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire.sent(inputs))
        kind, cloud = self._row(request, context)
        with self._told(context, request.urn):
            made = lifecycle.make(kind, cloud, wire.usable(_untagged(inputs)))
        outputs = inputs | lifecycle.completed(kind, cloud, inputs, made)
        return provider_pb2.CreateResponse(id=made.id, properties=wire.sent(outputs))

    def Update(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Change a resource in place."""
        inputs, before = wire.received(request.news), wire.received(request.olds)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=wire.sent(before | inputs))
        kind, cloud = self._row(request, context)
        old = Existing(request.id, wire.comparable(_inputs(request.old_inputs)), before)
        wanted = _untagged(inputs)
        found = lifecycle.difference(kind, old.inputs, wire.comparable(wanted))
        with self._told(context, request.urn):
            made = lifecycle.change(kind, cloud, old, wire.usable(wanted), found)
        outputs = made.outputs | inputs | lifecycle.completed(kind, cloud, inputs, made)
        return provider_pb2.UpdateResponse(properties=wire.sent(outputs))

    def Delete(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Delete a resource."""
        kind, cloud = self._row(request, context)
        old = self._existing(request, request.old_inputs)
        with self._told(context, request.urn):
            lifecycle.remove(kind, cloud, old)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Give a resource's current inputs. The response has no id if the resource is gone."""
        kind, cloud = self._row(request, context)
        before = wire.received(request.inputs)
        with self._told(context, request.urn):
            if not before:
                message = f"{_name(request.urn)}: the local cloud can't import a resource"
                raise LocalError(message)
            found = lifecycle.read(kind, cloud, self._existing(request, request.inputs))
        if found is None:
            return provider_pb2.ReadResponse()
        compared = wire.comparable(before)
        inputs = {
            key: before[key] if compared.get(key) == value else value
            for key, value in found.items()
        }
        if "tags" in before:
            inputs["tags"] = before["tags"]
        outputs = wire.received(request.properties) | inputs
        return provider_pb2.ReadResponse(
            id=request.id, properties=wire.sent(outputs), inputs=wire.sent(inputs)
        )

    def Cancel(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Let running calls finish. Each call is short."""
        del request, context
        return empty_pb2.Empty()

    def Attach(self, request: Any, context: Call) -> Any:  # noqa: N802, ANN401
        """Ignore the engine's address, because the provider doesn't call the engine."""
        del request, context
        return empty_pb2.Empty()

    def _at(self, context: Call) -> Configured:
        """Give the provider of this connection."""
        found = self._configured.get(context.peer())
        if found is None:
            message = "the engine called the provider before it configured the provider"
            raise LocalError(message)
        return found

    def _row(self, request: Any, context: Call) -> tuple[ResourceType, Cloud]:  # noqa: ANN401
        with self._told(context):
            return TYPES[_type(request.urn)], self._at(context).cloud

    @staticmethod
    def _existing(request: Any, inputs: Any) -> Existing:  # noqa: ANN401
        outputs = wire.received(request.properties)
        return Existing(request.id, wire.comparable(_inputs(inputs)), outputs)

    @contextmanager
    def _told(self, context: Call, urn: str = "") -> Generator[None]:
        """Keep a failure, and report it to the engine."""
        try:
            yield
        except lifecycle.FAILURES as error:
            known = isinstance(error, LocalError) and not urn
            told = error if known else lifecycle.failure(_name(urn), _type(urn), error)
            self.failures.append(cast("LocalError", told))
            context.abort(grpc.StatusCode.UNKNOWN, str(told))


@contextmanager
def serving(provider: AwsProvider) -> Generator[int]:
    """Serve a provider on a free port of the loopback interface, and give the port."""
    server = grpc.server(
        ThreadPoolExecutor(WORKERS, "aws-provider"),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield port
    finally:
        stopped: threading.Event = server.stop(grace=5)
        stopped.wait()


def _difference(changed: list[str], replacing: list[str], *, old_first: bool = False) -> Any:  # noqa: ANN401
    some = provider_pb2.DiffResponse.DIFF_SOME
    return provider_pb2.DiffResponse(
        changes=some if changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=changed,
        replaces=replacing,
        deleteBeforeReplace=bool(replacing) and old_first,
    )


def _inputs(struct: Any) -> Properties:  # noqa: ANN401 -- protobuf's own type
    return _untagged(wire.received(struct))


def _untagged(inputs: Properties) -> Properties:
    """Leave out the resource's own tags if the input with all tags is there."""
    return {key: value for key, value in inputs.items() if key != "tags" or TAGS not in inputs}


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2] if urn else account.PROVIDER_TYPE


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
