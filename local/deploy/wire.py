"""Converts properties from and to the wire format of Pulumi's engine."""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from local.deploy.resources.model import Properties

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The member that marks a special object. Its value is the kind (Pulumi's wire format)."""

ASSETS: Final = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})
"""The values for an asset and for an archive."""


def received(struct: struct_pb2.Struct) -> Properties:
    """Give received properties as JSON without nulls. An asset is still its description."""
    return cast("Properties", _without_nulls(json_format.MessageToDict(struct)))


def sent(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Encode properties."""
    struct = struct_pb2.Struct()
    struct.update(dict(properties))
    return struct


def usable(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give received properties with each asset as a Pulumi object."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if members.get(SIGNATURE) in ASSETS:
            return _asset(members)
        return {key: usable(item) for key, item in members.items()}
    if isinstance(value, list):
        return [usable(item) for item in cast("list[object]", value)]
    return value


def comparable(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give received properties with each asset as the digest that the engine computed."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if members.get(SIGNATURE) in ASSETS:
            return {"sha256": members.get("hash")}
        return {key: comparable(item) for key, item in members.items()}
    if isinstance(value, list):
        return [comparable(item) for item in cast("list[object]", value)]
    return value


def is_unknown(value: object) -> bool:
    """Return whether a value contains an unknown value, as in a preview."""
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
