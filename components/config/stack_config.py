"""Reads a stack's configuration from the project's files, as Pulumi's engine does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import yaml

from components.base.validation import SettingsError


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """The configuration that the engine would give to the program of a stack.

    `values` has every key with its namespace. A structured value is JSON text.
    """

    project: str
    stack: str
    values: Mapping[str, str]

    @classmethod
    def read(cls, directory: Path, stack: str, overrides: Mapping[str, object]) -> Self:
        """Read `Pulumi.yaml` and `Pulumi.<stack>.yaml`; an override replaces the value of its key.

        An override with a dotted key (`stocktrading:account.id`) replaces that part of a structured
        value. Raises `SettingsError` for a file that is missing or malformed. Also raises it for a
        secret that no override replaces, because only the engine can decrypt it.
        """
        project = _load(directory / "Pulumi.yaml")
        name = str(project.get("name", ""))
        stack_file = directory / f"Pulumi.{stack}.yaml"
        if not stack_file.exists():
            known = sorted(path.name.split(".")[1] for path in directory.glob("Pulumi.*.yaml"))
            message = f"no stack {stack} in {directory}: it has {', '.join(known) or 'none'}"
            raise SettingsError(message)
        defaults = _section(project, "config")
        values = {_key(name, key): _default(entry) for key, entry in defaults.items()}
        given = _section(_load(stack_file), "config")
        values |= {_key(name, key): entry for key, entry in given.items()}
        for key, entry in overrides.items():
            _replace(values, key, entry)
        known_values = {key: entry for key, entry in values.items() if entry is not None}
        return cls(
            project=name,
            stack=stack,
            values={key: _text(key, entry) for key, entry in known_values.items()},
        )


def _load(path: Path) -> dict[str, Any]:
    try:
        content = cast("object", yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        message = f"can't read {path}: {' '.join(str(error).split())}"
        raise SettingsError(message) from error
    if not isinstance(content, dict):
        message = f"{path} holds no mapping of keys to values"
        raise SettingsError(message)
    return cast("dict[str, Any]", content)


def _section(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    return cast("dict[str, Any]", content.get(key) or {})


def _key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _default(entry: object) -> object:
    """Give the value of an entry in `Pulumi.yaml`: the entry itself, or its declared value."""
    if not isinstance(entry, dict):
        return entry
    declared = cast("dict[str, object]", entry)
    if not declared.keys() & {"value", "default", "type"}:
        return declared
    return declared.get("value", declared.get("default"))


def _replace(values: dict[str, Any], key: str, entry: object) -> None:
    whole, _, path = key.partition(".")
    if not path:
        values[key] = entry
        return
    steps = path.split(".")
    values[whole] = place = dict(cast("dict[str, Any]", values.get(whole) or {}))
    for step in steps[:-1]:
        place[step] = place = dict(cast("dict[str, Any]", place.get(step) or {}))
    place[steps[-1]] = entry


def _text(key: str, entry: object) -> str:
    if isinstance(entry, bool):
        return str(entry).lower()
    if isinstance(entry, str | int | float):
        return str(entry)
    _refuse_secrets(key, entry)
    return json.dumps(entry)


def _refuse_secrets(key: str, entry: object) -> None:
    if isinstance(entry, list):
        for item in cast("list[object]", entry):
            _refuse_secrets(key, item)
    if not isinstance(entry, dict):
        return
    members = cast("dict[str, object]", entry)
    if members.keys() == {"secure"}:
        message = f"{key} is encrypted, and only Pulumi's engine can decrypt it: override it here"
        raise SettingsError(message)
    for member, item in members.items():
        _refuse_secrets(f"{key}.{member}", item)
