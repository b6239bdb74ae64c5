"""The provider's own property names, read from the arguments of its Python classes."""

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_ARGS = re.compile(r"ForwardRef\('(\w+Args)'\)")


def unknown_properties(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Give the paths in `props` that a resource of type token `kind` does not have.

    Raises `LookupError` for a type that the provider does not have.
    """
    service, _, rest = kind.removeprefix("aws:").partition("/")
    name = rest.rpartition(":")[2]
    module = importlib.import_module(f"pulumi_aws.{'lambda_' if service == 'lambda' else service}")
    resource = getattr(module, name, None)
    if getattr(resource, "pulumi_type", None) != kind:
        message = f"{kind}: not a type of the provider"
        raise LookupError(message)
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    yield from _unknown(importlib.import_module(f"{module.__name__}._inputs"), arguments, props)


def _unknown(module: object, arguments: type, props: Mapping[str, Any]) -> Iterator[str]:
    known = {
        getattr(member.fget, "_pulumi_name", name): str(inspect.get_annotations(member.fget))
        for name, member in inspect.getmembers(arguments, lambda one: isinstance(one, property))
    }
    for key, value in props.items():
        if key not in known:
            yield key
            continue
        block = _ARGS.search(known[key])
        for each in _blocks(value) if block else ():
            inner = cast("type", getattr(module, block[1])) if block else object
            yield from (f"{key}.{path}" for path in _unknown(module, inner, each))


def _blocks(value: object) -> Sequence[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [cast("Mapping[str, Any]", value)]
    if isinstance(value, list):
        return [block for one in cast("list[object]", value) for block in _blocks(one)]
    return []
