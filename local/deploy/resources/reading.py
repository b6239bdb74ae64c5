"""Converts a service's description of a resource into the form of the resource's declaration.

A description contains more than the declaration, and uses other spellings and number types. A
declared value stays as it is if the description matches it. Otherwise the described value replaces
it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from local.deploy.resources.model import Existing, Properties

DESCRIPTION: Final = "Description"
"""Suffix of members' names in a description. The names in a request lack it."""


def now(
    old: Existing,
    sent: Mapping[str, Any],
    found: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
) -> Properties:
    """Give the inputs of `old`, updated from the description `found`.

    `sent` is the request that creates the declared resource. `names` maps inputs to their different
    names in the request. An input that isn't in the request stays as it is, because the description
    can't contain it.
    """
    inputs = dict(old.inputs)
    for key, declared in old.inputs.items():
        member = (names or {}).get(key, key)
        if not _has(sent, member):
            continue
        there = _get(found, member)
        if holds(_get(sent, member), there):
            continue
        if there is None:
            del inputs[key]
        else:
            inputs[key] = mirror(declared, there)
    return inputs


def holds(declared: object, found: object) -> bool:
    """Return whether a description matches a declaration. The description may contain more."""
    if declared is None:
        return True
    if found is None:
        return not declared
    if isinstance(declared, Mapping):
        there = _parsed(found)
        members = cast("Mapping[str, object]", declared)
        return isinstance(there, Mapping) and all(
            holds(value, _get(cast("Mapping[str, object]", there), key))
            for key, value in members.items()
        )
    if isinstance(declared, list):
        return isinstance(found, list) and _hold_each(declared, found)  # pyright: ignore[reportUnknownArgumentType] -- JSON of any shape
    if isinstance(declared, str):
        document = _parsed(declared)
        if not isinstance(document, str):
            return document == _parsed(found)
    return _scalar(declared) == _scalar(found)


def _hold_each(declared: Sequence[object], found: Sequence[object]) -> bool:
    """Return whether two lists match, in any order."""
    left = list(found)
    for item in declared:
        match = next((each for each in left if holds(item, each)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def mirror(declared: object, found: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give a description in the form of the declaration."""
    if holds(declared, found):
        return declared
    if isinstance(declared, Mapping) and isinstance(found, Mapping):
        there = cast("Mapping[str, object]", found)
        return {
            key: mirror(value, _get(there, key))
            for key, value in cast("Mapping[str, object]", declared).items()
            if _has(there, key) or not value
        }
    if isinstance(declared, Mapping) and isinstance(found, list) and len(found) == 1:  # pyright: ignore[reportUnknownArgumentType] -- JSON of any shape
        return mirror(cast("object", declared), cast("list[object]", found)[0])
    if isinstance(declared, list) and isinstance(found, list) and len(declared) == len(found):  # pyright: ignore[reportUnknownArgumentType] -- JSON of any shape
        pairs = zip(cast("list[object]", declared), cast("list[object]", found), strict=True)
        return [mirror(one, other) for one, other in pairs]
    if isinstance(declared, str) and not isinstance(found, str):
        structured = isinstance(found, Mapping | list)
        return json.dumps(plain(cast("object", found))) if structured else str(_scalar(found))
    return plain(cast("object", found))


def bare(description: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give a description with the suffix removed from its members' names."""
    if isinstance(description, Mapping):
        members = cast("Mapping[str, object]", description)
        return {
            key.removesuffix("s").removesuffix(DESCRIPTION)
            if key.removesuffix("s").endswith(DESCRIPTION)
            else key: bare(value)
            for key, value in members.items()
        }
    if isinstance(description, list):
        return [bare(item) for item in cast("list[object]", description)]
    return description


def plain(found: object) -> Any:  # noqa: ANN401 -- any JSON value
    """Give a description as JSON."""
    if isinstance(found, Mapping):
        return {key: plain(value) for key, value in cast("Mapping[str, object]", found).items()}
    if isinstance(found, list | tuple):
        return [plain(item) for item in cast("Sequence[object]", found)]
    return found.isoformat() if isinstance(found, datetime) else found


def _scalar(value: object) -> object:
    """Normalize a scalar, because services return some numbers and booleans as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value) if float(value).is_integer() else value)
    return value.isoformat() if isinstance(value, datetime) else value


def _parsed(value: object) -> object:
    """Parse a text that is a JSON document. Give any other text as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return cast("object", json.loads(value))
        except ValueError:
            return value
    return value


def _has(members: Mapping[str, object], name: str) -> bool:
    return any(key.lower() == name.lower() for key in members)


def _get(members: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 -- any JSON value
    return next((members[key] for key in members if key.lower() == name.lower()), None)
