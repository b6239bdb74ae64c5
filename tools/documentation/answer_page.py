"""The page of the objects that commands print with --json, and a JSON schema for each command."""

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final, cast

from terminal.answers import ANSWERS, adapter
from tools.documentation.markdown import table

INTRODUCTION: Final = """# JSON output

With `--json` these commands print one JSON object on one line of stdout. `demo` and `release-demo`
always do, as their last line. `dead-letters export` prints such a line for each record. All other
output goes to stderr. `local outputs` prints a stack's outputs in Pulumi's own form; see
[Stack outputs](outputs.md).

A name keeps its type and meaning until the project's next major version. New names may come. Each
schema is a JSON Schema of the draft 2020-12. The [exit codes](cli.md#exit-codes) are the same with
and without `--json`.

```sh
stocktrading local status --json | jq -r .endpoint
```
"""


@cache
def schema(command: str) -> dict[str, Any]:
    """Give the JSON schema of a command's output. Raises `KeyError` for an unknown command."""
    found = cast("dict[str, Any]", _open(adapter(command).json_schema()))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": f"stocktrading {command}",
    }


def file(command: str) -> str:
    """Give the name of a command's schema."""
    return f"{command.replace(' ', '-')}.json"


def schemas() -> dict[str, Callable[[], str]]:
    """Give the function that writes each schema, by its path under docs/."""

    def text(command: str) -> str:
        return json.dumps(schema(command), indent=2) + "\n"

    return {f"reference/schemas/{file(each)}": partial(text, each) for each in ANSWERS}


def page() -> str:
    """Write the page."""
    return "\n".join([INTRODUCTION, *(_section(command) for command in ANSWERS)])


def _section(command: str) -> str:
    told = schema(command)
    parts = [f"## stocktrading {command}", f"[Schema of its JSON](schemas/{file(command)})"]
    inner: Mapping[str, Any] = told.get("$defs", {})
    main = ANSWERS[command][0].__name__
    whole = {main: told} if "properties" in told else {}
    for name, shape in {**whole, **inner}.items():
        named = shape["description"] if shape is told else f"`{name}`: {shape['description']}"
        parts += [named, _fields(shape)]
    return "\n\n".join(parts) + "\n"


def _fields(shape: Mapping[str, Any]) -> str:
    required = shape.get("required", ())
    rows = [
        [
            f"`{name}`" + ("" if name in required else " (not always)"),
            _type(value),
            value.get("description", ""),
        ]
        for name, value in shape["properties"].items()
    ]
    return table(["name", "type", "meaning"], rows)


def _type(value: Mapping[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_type(one) for one in value["anyOf"])
    if "$ref" in value:
        return f"`{value['$ref'].rpartition('/')[2]}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if value["type"] == "array":
        return f"list of {_type(value['items'])}"
    inner: Any = value.get("additionalProperties")
    return f"object of {_type(inner)}" if inner and inner is not True else value["type"]


def _open(value: object) -> object:
    """Allow more names, so that a reader's schema still fits when a new name comes."""
    if isinstance(value, list):
        return [_open(one) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        given = cast("dict[str, object]", value)
        return {
            name: _open(inner)
            for name, inner in given.items()
            if not (name == "additionalProperties" and inner is False)
        }
    return value
