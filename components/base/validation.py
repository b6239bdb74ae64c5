"""Validates arguments, and describes a mistake in them in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import pulumi
from pydantic import TypeAdapter, ValidationError


class SettingsError(pulumi.RunError):
    """A mistake in the configuration: one line, which Pulumi shows without a traceback."""


def decode(kind: type[Any], json_text: str, place: str) -> Any:  # noqa: ANN401 -- of type `kind`
    """Decode JSON into the validated dataclass `kind`.

    `place` is the beginning of the keys' path, for the message. Raises `SettingsError`.
    """
    try:
        return TypeAdapter(kind).validate_json(json_text)
    except ValidationError as error:
        problems = [_describe(kind, problem) for problem in error.errors()]
        message = "; ".join(f"{place}{problem}" for problem in problems)
        raise SettingsError(message) from None


def _describe(kind: type[Any], problem: Mapping[str, Any]) -> str:
    path = [step for step in problem["loc"] if step != "__init__"]
    key = ".".join(str(step) for step in path)
    given = problem["input"]
    match problem["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"{key}: {unknown(str(path[-1]), _keys_at(kind, path[:-1]))}"
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return f"{key}: required, but not given"
        case "union_tag_invalid":
            tag, tags = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
            return f"{key}.{_tag(problem)}: given {tag!r}; allowed: {tags}"
        case "union_tag_not_found":
            return f"{key}.{_tag(problem)}: required, but not given"
        case "value_error":
            return f"{key}: {problem['ctx']['error']}" if key else str(problem["ctx"]["error"])
        case _:
            return f"{key}: given {given!r}; {_first_lower(problem['msg'])}"


def unknown(key: str, allowed: Sequence[str]) -> str:
    """Say that a key is unknown, which key was probably meant, and which keys exist."""
    lower = {each.lower(): each for each in allowed}
    meant = [lower[each] for each in get_close_matches(key.lower(), lower, n=1)]
    hint = f" did you mean {meant[0]}?" if meant else ""
    return f"unknown key;{hint} allowed: {', '.join(allowed)}"


def _tag(problem: Mapping[str, Any]) -> str:
    return str(problem["ctx"]["discriminator"]).strip("'")


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _keys_at(kind: object, path: Sequence[object]) -> list[str]:
    """Name the fields of the dataclass that `path` leads to, from `kind` on."""
    for step in path:
        kind = _step(kind, step)
    found = next((part for part in _alternatives(kind) if is_dataclass(part)), None)
    return [field.name for field in fields(found)] if found else []


def _step(kind: object, step: object) -> object:
    for part in _alternatives(kind):
        if isinstance(step, int) and get_origin(part) is Sequence:
            return get_args(part)[0]
        if not is_dataclass(part):
            continue
        hints = get_type_hints(part, include_extras=True)
        if step in hints:
            return hints[cast("str", step)]
        if step in get_args(hints.get("kind")):  # pydantic's path has the tag of a union as a step
            return part
    return NoneType


def _alternatives(kind: object) -> list[object]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return [part for each in get_args(kind) for part in _alternatives(each)]
    return [kind]
