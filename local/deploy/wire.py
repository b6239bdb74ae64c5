"""Properties as Pulumi's engine sends them to a provider, and back."""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from local.deploy.resources.model import Properties

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Member of an object that is more than an object: its value says what (Pulumi's wire format)."""

ASSETS: Final = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})
"""What says that it is an asset, or an archive."""


def received(struct: struct_pb2.Struct) -> Properties:
    """Give what was sent as JSON, without what is null; an asset is still its description."""
    return cast("Properties", _without_nulls(json_format.MessageToDict(struct)))


def sent(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Give properties to send."""
    struct = struct_pb2.Struct()
    struct.update(dict(properties))
    return struct


def usable(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give what was received with each asset as Pulumi's own object."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if members.get(SIGNATURE) in ASSETS:
            return _asset(members)
        return {key: usable(item) for key, item in members.items()}
    if isinstance(value, list):
        return [usable(item) for item in cast("list[object]", value)]
    return value


def comparable(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give what was received with each asset as the digest that the engine has taken of it."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if members.get(SIGNATURE) in ASSETS:
            return {"sha256": members.get("hash")}
        return {key: comparable(item) for key, item in members.items()}
    if isinstance(value, list):
        return [comparable(item) for item in cast("list[object]", value)]
    return value


def is_unknown(value: object) -> bool:
    """Tell whether there is something in it that only an update, and not a preview, will know."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in cast("list[object]", value))
    return value == rpc.UNKNOWN


def _asset(members: Mapping[str, object]) -> pulumi.Asset | pulumi.Archive:
    return cast("pulumi.Asset | pulumi.Archive", rpc.deserialize_properties(sent(members)))


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {key: _without_nulls(item) for key, item in members if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("list[object]", value)]
    return value
