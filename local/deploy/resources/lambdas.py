"""Lambda: functions. The emulator runs Python functions in child processes."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import pulumi

from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request
from local.errors import LocalError

OWN: Final = frozenset(
    {"code", "tags", "tagsAll", "name", "publish", "skipDestroy", "sourceCodeHash"}
)
"""Inputs that only the provider uses, or that belong to another operation."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can store. With it, the same content gives the same bytes."""


def _wanted(inputs: Mapping[str, Any]) -> Properties:
    wanted = {
        **{key: value for key, value in inputs.items() if key not in OWN},
        "FunctionName": inputs["name"],
    }
    wanted.pop("reservedConcurrentExecutions", None)
    return request("lambda", "CreateFunction", {**wanted, "Code": {"ZipFile": b""}})


def _create(cloud: Cloud, inputs: Properties) -> Made:
    functions = cloud.client("lambda")
    parameters = _wanted(inputs)
    parameters["Code"] = {"ZipFile": zipped(inputs["code"], cloud.project)}
    arn = functions.create_function(**parameters)["FunctionArn"]
    return Made(
        inputs["name"],
        {
            "arn": arn,
            "qualifiedArn": f"{arn}:$LATEST",
            "invokeArn": f"arn:aws:apigateway:{cloud.region}:lambda:path/2015-03-31/functions/{arn}"
            "/invocations",
            "version": "$LATEST",
        },
    )


def _update(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    functions, name = cloud.client("lambda"), inputs["name"]
    functions.update_function_code(FunctionName=name, ZipFile=zipped(inputs["code"], cloud.project))
    settings = {"role", "handler", "runtime", "description", "timeout", "memorySize", "environment"}
    wanted = {key: value for key, value in inputs.items() if key in settings}
    functions.update_function_configuration(
        **request("lambda", "UpdateFunctionConfiguration", {**wanted, "FunctionName": name})
    )
    return {}


def _read(cloud: Cloud, old: Existing) -> Properties:
    """Read the settings. Like the provider, don't read the code: its archive can't be compared."""
    found = cloud.client("lambda").get_function(FunctionName=old.id)["Configuration"]
    sent = {
        key: value for key, value in _wanted(old.inputs).items() if key not in {"Code", "Publish"}
    }
    return now(old, sent, found)


def _delete(cloud: Cloud, old: Existing) -> None:
    cloud.client("lambda").delete_function(FunctionName=old.id)


def zipped(code: object, project: Path) -> bytes:
    """Give the bytes of a function's package. A zip file is used as it is, the rest is zipped."""
    if isinstance(code, pulumi.FileArchive):
        path = project / str(code.path)
        if path.is_file():
            return path.read_bytes()
        files = {str(file.relative_to(path)): file for file in path.rglob("*") if file.is_file()}
        return _zip({name: file.read_bytes() for name, file in files.items()})
    if isinstance(code, pulumi.AssetArchive):
        assets = cast("Mapping[str, Any]", code.assets)
        return _zip({name: content(asset, project) for name, asset in assets.items()})
    message = f"code: a {type(code).__name__} can't be packed here; use files or assets"
    raise LocalError(message)


def content(asset: object, project: Path) -> bytes:
    """Give the bytes of one asset."""
    if isinstance(asset, pulumi.StringAsset):
        return asset.text.encode()
    if isinstance(asset, pulumi.FileAsset):
        return (project / str(asset.path)).read_bytes()
    message = f"code: a {type(asset).__name__} can't be packed here; use a file or a string"
    raise LocalError(message)


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), files[name])
    return buffer.getvalue()


def _permit(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "FunctionName": inputs["function"],
        "StatementId": inputs["statementId"],
        "Action": inputs["action"],
        "Principal": inputs["principal"],
        "SourceArn": inputs.get("sourceArn"),
        "SourceAccount": inputs.get("sourceAccount"),
    }
    cloud.client("lambda").add_permission(**request("lambda", "AddPermission", wanted))
    return Made(inputs["statementId"])


def _read_permission(cloud: Cloud, old: Existing) -> Properties | None:
    functions = cloud.client("lambda")
    text = functions.get_policy(FunctionName=old.inputs["function"])["Policy"]
    policy = cast("Mapping[str, Any]", json.loads(text))
    held = [each for each in policy["Statement"] if each["Sid"] == old.id]
    if not held:
        return None
    principal = held[0]["Principal"]
    found = {"action": held[0]["Action"], "principal": principal.get("Service", principal)}
    return now(old, {key: old.inputs.get(key) for key in found}, found)


def _forbid(cloud: Cloud, old: Existing) -> None:
    cloud.client("lambda").remove_permission(
        FunctionName=old.inputs["function"], StatementId=old.id
    )


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:lambda/function:Function": ResourceType(
        create=_create,
        update=_update,
        read=_read,
        delete=_delete,
        name="name",
        fixed=frozenset({"name", "packageType", "architectures"}),
        tagging=Tagging(
            service="lambda",
            tag="tag_resource",
            untag="untag_resource",
            listing="list_tags",
            target="Resource",
            shape="map",
        ),
    ),
    "aws:lambda/permission:Permission": ResourceType(
        create=_permit,
        delete=_forbid,
        read=_read_permission,
        name="statementId",
        inputs=knows("action", "function", "principal", "sourceAccount", "sourceArn"),
    ),
}
