"""Describes every key of `Pulumi.<stack>.yaml`, from the classes that read the configuration.

The type, the range and the default are those that check a value. The meaning of a key is the
docstring under its attribute. The module is pure: it uses neither Pulumi nor AWS.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from components.config.settings import SINK_SECRET, WIRED, WorkloadSettings
from components.config.tooling import ToolingSettings
from job.properties import CHOICES, KEYS, REQUIRED, SECONDS_LEAST, SECONDS_MAX, JobProperties

KINDS: Final[Mapping[str, type[Any]]] = {"workload": WorkloadSettings, "tooling": ToolingSettings}

NOUNS: Final[Mapping[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One key."""

    key: str
    """Its path, such as `flink.parallelism`. `[]` means each element of a list."""
    form: str
    """Its type, and the values that it allows."""
    default: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """Keys that are read together."""

    title: str
    says: str
    entries: Sequence[Entry]


def sections(kind: str) -> list[Section]:
    """Give all keys of a kind of stack, grouped as they are read."""
    flat = [
        Entry(
            key="kind",
            form=" or ".join(f"`{each}`" for each in KINDS),
            default="required",
            says="The kind of the stack.",
        )
    ]
    if kind == "workload":
        flat.append(
            Entry(
                key=SINK_SECRET,
                form="secret text",
                default="none",
                says="The secret for the destination of the results: an API key, a token or a "
                f"password. Set it with `pulumi config set --secret {SINK_SECRET}`. Plain text is "
                "refused.",
            )
        )
    own, *others = _sections(KINDS[kind], "", "")
    return [Section(title="the stack", says=own.says, entries=[*flat, *own.entries]), *others]


def job_entries(*, wired: bool) -> list[Entry]:
    """Give the keys of the job's property group; `wired` includes those that the stack sets."""
    told = docs(JobProperties)
    entries: list[Entry] = []
    for field in fields(JobProperties):
        if field.name in WIRED and not wired:
            continue
        needed = field.name in REQUIRED
        default = "required" if needed else _default(field.default)
        form = _job_form(field.name)
        entries.append(
            Entry(key=KEYS[field.name], form=form, default=default, says=told[field.name])
        )
    return entries


def _job_form(name: str) -> str:
    if name in SECONDS_LEAST:
        return f"whole number, {SECONDS_LEAST[name]:,} to {SECONDS_MAX:,}"
    return " or ".join(f"`{each}`" for each in CHOICES[name]) if name in CHOICES else "text"


@cache
def docs(kind: type[Any]) -> Mapping[str, str]:
    """Give the docstring under each attribute of a class and of its bases."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__[:-1]):
        if not is_dataclass(each):
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        statements = cast("ast.ClassDef", body).body
        for attribute, below in pairwise(statements):
            match attribute, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = " ".join(text.split())
                case _:
                    pass
    return found


def _sections(kind: type[Any], path: str, variant: str) -> Iterator[Section]:
    """Give the section of a class, then those of the classes that its keys hold."""
    entries: list[Entry] = []
    nested: list[Section] = []
    for name, info in _fields(kind).items():
        if name == "kind" and variant:
            continue  # the key that holds one of the kinds has a section of its own
        key = f"{path}.{name}" if path else name
        if kind is WorkloadSettings and name == "job":
            says = "Properties of the job. The stack sets the others itself."
            nested.append(
                Section(title="job", says=says, entries=_under("job", job_entries(wired=False)))
            )
            continue
        parts = [part for part in _alternatives(info.annotation) if part is not NoneType]
        held = [part for part in parts if is_dataclass(_element(part))]
        if held:
            listed = "[]" if _element(held[0]) is not held[0] else ""
            for part in held:
                inner = cast("type[Any]", _element(part))
                which = f"kind: {tag}" if (tag := _tag(inner)) and len(held) > 1 else ""
                nested += _sections(inner, f"{key}{listed}", which)
        if not held or info.default is None or info.is_required() or docs(kind).get(name):
            entries.append(_entry(kind, key, name, info))
    title = f"{path}, {variant}" if variant else path
    if entries:
        yield Section(title=title, says=_summary(kind), entries=entries)
    yield from nested


def _fields(kind: type[Any]) -> Mapping[str, FieldInfo]:
    return cast("Mapping[str, FieldInfo]", kind.__pydantic_fields__)


def _under(path: str, entries: Sequence[Entry]) -> list[Entry]:
    return [
        Entry(key=f"{path}.{each.key}", form=each.form, default=each.default, says=each.says)
        for each in entries
    ]


def _entry(kind: type[Any], key: str, name: str, info: FieldInfo) -> Entry:
    default = "required" if info.is_required() else _default(_given(info))
    return Entry(
        key=key,
        form=_form(info.annotation, info.metadata),
        default=default,
        says=docs(kind).get(name, ""),
    )


def _given(info: FieldInfo) -> object:
    return cast("object", info.get_default(call_default_factory=True))


def _default(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float() | str():
            return f"`{value}`"
        case list() | dict() | tuple():
            return "empty" if not value else f"`{list(cast('Sequence[object]', value))}`"
        case _:
            tag = getattr(value, "kind", None)
            return f"kind `{tag}`" if tag else "each key's own"


def _form(annotation: object, metadata: Sequence[object]) -> str:
    """Describe a type and its limits in words."""
    limits = [*metadata]
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        limits += more
    parts = [part for part in _alternatives(annotation, opened=False) if part is not NoneType]
    if len(parts) > 1:
        tags = [tag for part in parts if (tag := _tag(part))]
        return f"keys below, by `kind`: {_choice(tags)}" if tags else _choice(parts)
    (part,) = parts
    if part is not annotation:
        return _form(part, limits)
    if is_dataclass(part):
        return "keys below"
    origin, arguments = get_origin(part), get_args(part)
    if origin is Literal:
        return _choice(arguments)
    if origin in {list, Sequence}:
        return f"list of {_form(arguments[0], ())}{_limits(limits, 'entries')}"
    noun = "map of text to text" if origin in {dict, Mapping} else NOUNS[part]
    unit = "entries" if origin else "characters" if part is str else ""
    return noun + _limits(limits, unit)


def _choice(values: Sequence[object]) -> str:
    return " or ".join(f"`{each}`" for each in values)


def _limits(metadata: Sequence[object], unit: str) -> str:
    """Describe ranges, lengths and patterns, in any form that pydantic uses."""
    found: dict[str, Any] = {}
    for each in metadata:
        for inner in each.metadata if isinstance(each, FieldInfo) else [each]:
            for name in ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern"):
                value = getattr(inner, name, None)
                if value is not None:
                    found[name] = value
    least = found.get("ge", found.get("min_length"))
    most = found.get("le", found.get("lt", found.get("max_length")))
    text = ""
    if "gt" in found:
        text = f", above {found['gt']:,}" + (f", up to {most:,}" if most is not None else "")
    elif least is not None and most is not None:
        text = f", {least:,} to {most:,}"
    elif least is not None or most is not None:
        text = f", {least:,} or more" if least is not None else f", up to {most:,}"
    if text and unit:
        text = f"{text} {unit}"
    return f"{text}, `{found['pattern']}`" if "pattern" in found else text


def _alternatives(kind: object, *, opened: bool = True) -> list[object]:
    if opened and get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return [part for each in get_args(kind) for part in _alternatives(each, opened=opened)]
    return [kind]


def _element(part: object) -> object:
    """Give the type of a list's elements; for any other type, the type itself."""
    if get_origin(part) in {list, Sequence}:
        element = get_args(part)[0]
        return get_args(element)[0] if get_origin(element) is Annotated else element
    return part


def _tag(part: object) -> str | None:
    """Give the value of `kind` that selects a class."""
    if not (isinstance(part, type) and is_dataclass(part)):
        return None
    kind = _fields(part).get("kind")
    return get_args(kind.annotation)[0] if kind and get_origin(kind.annotation) is Literal else None


def _summary(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())
