"""Records what the program registers, and with which inputs, in place of Pulumi's engine."""

import asyncio
import json
import runpy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from unittest.mock import patch

import pulumi
import yaml
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import set_all_config, set_mocks
from pulumi.runtime import test as run_to_the_end  # pyright: ignore[reportUnknownVariableType]
from pulumi.runtime.rpc import deserialize_properties
from pulumi.runtime.settings import get_root_resource, set_root_resource

from components.config import settings

if TYPE_CHECKING:
    from pulumi.runtime.stack import Stack

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "stocktrading-analytics"
ACCOUNT: Final = "222222222222"
REGION: Final = "us-east-1"


SPECIAL: Final = "4dabf18193072939515e22adb298388d"
"""Pulumi's own mark of a wrapped value. The value is next to it, under `value`."""


@dataclass(frozen=True)
class Secret:
    """A value that the program marked as secret."""

    value: object


def unwrap(value: object) -> Any:  # noqa: ANN401 -- as JSON comes
    """Turn Pulumi's secret wrappers into `Secret`, at any depth."""
    match value:
        case dict():
            items = cast("dict[str, object]", value)
            if SPECIAL in items:
                return Secret(items["value"])
            return {key: unwrap(each) for key, each in items.items()}
        case list():
            return [unwrap(each) for each in cast("list[object]", value)]
        case _:
            return value


@dataclass(frozen=True)
class Recorded:
    """One registered resource."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    parent: str
    """URN of the parent, or of the stack if the resource has no other parent."""
    options: Mapping[str, Any]
    """`dependsOn` names, `ignoreChanges`, `retainOnDelete`, `protect`, `provider`."""

    def document(self, key: str) -> dict[str, Any]:
        """Parse an input that is a JSON document."""
        return cast("dict[str, Any]", json.loads(self.inputs[key]))


@dataclass
class Recorder(pulumi_mocks.Mocks):
    """Records resources. A look-up that the test did not plan fails."""

    planned: Mapping[str, Mapping[str, Any]]
    outputs: dict[str, Any] = field(default_factory=dict)
    resources: list[Recorded] = field(default_factory=list)

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Give an id and the outputs that AWS would add."""
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        named = inputs.get("name") or inputs.get("bucket") or args.name
        added: dict[str, Any] = {"arn": f"arn:test:{args.typ}:{named}"}
        if args.typ == "aws:kms/key:Key":
            added["keyId"] = f"id-of-{args.name}"
        return f"{args.name}-id", added | inputs

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        """Answer a planned look-up."""
        if args.token not in self.planned:
            message = f"look-up {args.token} was not planned"
            raise AssertionError(message)
        return dict(self.planned[args.token]), None

    def all(self, kind: str) -> list[Recorded]:
        """Every resource of the type token `kind`."""
        return [one for one in self.resources if one.kind == kind]

    def one(self, kind: str, name: str | None = None) -> Recorded:
        """The only resource of that type (and logical name)."""
        found = [one for one in self.all(kind) if name in {None, one.name}]
        assert len(found) == 1, f"{kind} {name}: {[one.name for one in found]}"
        return found[0]


class _Monitor(pulumi_mocks.MockMonitor):
    """A mock monitor that also records the options of a registration."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 -- gRPC's own names
        response = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]
        if request.type != "pulumi:pulumi:Stack":
            self._recorder.resources.append(
                Recorded(
                    kind=request.type,
                    name=request.name,
                    inputs=unwrap(deserialize_properties(request.object)),
                    parent=request.parent,
                    options={
                        "dependsOn": sorted(urn.split("::")[-1] for urn in request.dependencies),
                        "ignoreChanges": list(request.ignoreChanges),
                        "retainOnDelete": request.retainOnDelete,
                        "protect": request.protect,
                        "provider": request.provider,
                        "providers": dict(request.providers),
                    },
                )
            )
        return response


def record(
    program: Callable[[], object],
    config: Mapping[str, str] | None = None,
    stack: str = "sandbox",
    planned: Mapping[str, Mapping[str, Any]] | None = None,
    secrets: Sequence[str] = (),
) -> Recorder:
    """Run `program` as the program of `stack`, to its end, and give what it registered.

    `secrets` are keys of `config` that are encrypted in the stack's file.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    recorder = Recorder(planned=planned or {})
    # set_mocks keeps the root stack of an earlier run, with its name and outputs.
    set_root_resource(cast("pulumi.Resource", None))
    set_mocks(recorder, project=PROJECT, stack=stack, preview=False, monitor=_Monitor(recorder))
    set_all_config(dict(config or {}), [f"{PROJECT}:{key}" for key in secrets])

    def run() -> pulumi.Output[None]:
        program()
        stack = cast("Stack", get_root_resource())
        return pulumi.Output.from_input(dict(stack.outputs)).apply(recorder.outputs.update)

    try:
        run_to_the_end(run)()
    finally:
        loop.close()  # each holds three file descriptors
    return recorder


def stack_config(stack: str = "sandbox", **changes: object) -> dict[str, str]:
    """Give `Pulumi.<stack>.yaml` as the engine does: text values, with structured ones as JSON.

    `changes` replace values of the project's namespace. None removes a value.
    """
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8")
    values = cast("dict[str, object]", yaml.safe_load(text)["config"])
    for key, value in changes.items():
        values[f"{PROJECT}:{key}"] = value
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value is not None
    }


def shipped_program() -> None:
    """Run `__main__.py` as Pulumi's language host does."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def main_program() -> None:
    """Run `__main__.py` as if the accounts of the example's files belonged to the user."""
    with patch.object(settings, "EXAMPLE_ACCOUNTS", frozenset[str]()):
        shipped_program()
