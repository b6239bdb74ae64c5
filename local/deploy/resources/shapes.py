"""Builds and checks requests with botocore's models of the AWS APIs.

The provider's properties are the API's members with another spelling (`bucketArn`, `BucketARN`). So
the model of an operation is enough to translate the properties, and to find a member that doesn't
exist.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from local.deploy.resources.model import Properties


class ShapeError(ValueError):
    """A request that the model of the AWS API doesn't allow. The text says where and why."""


@cache
def service_model(service: str) -> ServiceModel:
    """Load the model of an AWS service from botocore's data."""
    return botocore.session.get_session().get_service_model(service)


def request(service: str, operation: str, properties: Mapping[str, Any]) -> Properties:
    """Translate the provider's properties into the parameters of an operation, and check them.

    A value of `None` is left out. A single object becomes a list of one if the API takes a list.
    Raises `ShapeError` if a member is unknown, missing, or of the wrong type.
    """
    shape = service_model(service).operation_model(operation).input_shape
    if shape is None:
        return {}
    parameters = cast("Properties", _translate(shape, dict(properties), operation))
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        problem = report.generate_report().replace("\n", "; ")
        message = f"{service}:{operation}: {problem}"
        raise ShapeError(message)
    return parameters


def _translate(shape: Shape, value: object, where: str) -> object:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _structure(shape, cast("Mapping[str, object]", value), where)
    if isinstance(shape, ListShape) and value is not None:
        several = isinstance(value, Sequence) and not isinstance(value, str)
        items: list[object] = list(cast("Sequence[object]", value)) if several else [value]
        return [_translate(shape.member, item, f"{where}[]") for item in items]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
        return {key: _translate(shape.value, item, f"{where}.{key}") for key, item in entries}
    return _scalar(shape, value)


def _structure(shape: StructureShape, value: Mapping[str, object], where: str) -> object:
    members = {name.lower(): name for name in shape.members}
    translated: dict[str, object] = {}
    for key, item in value.items():
        if item is None:
            continue
        name = members.get(key.lower())
        if name is None:
            known = ", ".join(shape.members)
            message = f"{where} has no member {key}; it has {known}"
            raise ShapeError(message)
        translated[name] = _translate(shape.members[name], item, f"{where}.{name}")
    return translated


def _scalar(shape: Shape, value: object) -> object:
    # The provider's wire format has one number type, and many of its scalars are strings.
    if shape.type_name in {"integer", "long"} and isinstance(value, str | float):
        return int(value)
    if shape.type_name in {"float", "double"} and isinstance(value, str | int):
        return float(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if shape.type_name == "string" and isinstance(value, bool):
        return str(value).lower()
    if shape.type_name == "string" and isinstance(value, int | float):
        return str(int(value) if float(value).is_integer() else value)
    return value
