"""Rules as pure predicates over a resource's properties, and the check of resources by them.

Nothing here uses Pulumi's policy engine. A resource is a type token and a mapping of properties
with the provider's names (`kmsKeyId`). So the same rule runs in a preview, after an update, and
over the resources that a test has recorded.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias, cast

Props: TypeAlias = Mapping[str, Any]
Messages: TypeAlias = Iterator[str]
"""The mistakes of one resource, one line each: what was given, and what to do."""

_DEPRECATED_S3: Final = re.compile(r"aws:s3/(\w+)V2:(\w+)V2")


class Level(StrEnum):
    """The effect of a violation."""

    MANDATORY = "mandatory"
    """A violation fails the preview or the update."""
    ADVISORY = "advisory"
    """A violation is only printed."""


class DocumentError(ValueError):
    """A policy document that can't be read."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource with the properties that the stack gives it."""

    kind: str
    """Type token, such as `aws:kinesis/stream:Stream`."""
    name: str
    """Logical name."""
    props: Props
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One mistake of one resource."""

    resource: Resource
    message: str


Violations: TypeAlias = Iterator[Violation]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, the published controls that it implements, and its level.

    Raises `ValueError` for a rule without a control or without a reason for its level.
    """

    name: str
    controls: Sequence[str]
    """Ids: AWS Foundational Security Best Practices, Checkov (CKV), cdk-nag. For a rule about what
    can't work: the API's operation or the provider's resource whose documentation says so."""
    says: str
    """One line: what is wrong, and what to do."""
    level: Level
    because: str
    """The reason for this level."""

    def __post_init__(self) -> None:
        """Refuse a rule without a source."""
        if not (self.controls and self.says and self.because):
            message = f"rule {self.name}: needs a control id, a line that says what to do, a reason"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule over the properties of one resource."""

    kinds: Sequence[str]
    check: Callable[[Props], Messages]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule over several resources, such as a bucket and its public access block."""

    check: Callable[[Sequence[Resource]], Violations]


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A resource to which a rule does not apply, and why."""

    rule: str
    kind: str
    names: str
    """Pattern of logical names, in a shell's notation."""
    reason: str

    def covers(self, rule: Rule, resource: Resource) -> bool:
        """Whether `rule` does not apply to `resource`."""
        return (
            (self.rule, self.kind) == (rule.name, canonical(resource.kind))
            and bool(self.reason)
            and fnmatchcase(resource.name, self.names)
        )


def canonical(kind: str) -> str:
    """Give the type token without pulumi-aws 6's suffix `V2`, which version 7 has as an alias."""
    return _DEPRECATED_S3.sub(r"aws:s3/\1:\2", kind)


def find_violations(
    rule: Rule, resources: Sequence[Resource], exemptions: Sequence[Exemption] = ()
) -> Violations:
    """Give the violations of `rule` among `resources` that are not exempt."""
    for violation in _violations(rule, resources):
        if not any(one.covers(rule, violation.resource) for one in exemptions):
            yield violation


def _violations(rule: Rule, resources: Sequence[Resource]) -> Violations:
    match rule:
        case StackRule():
            yield from rule.check(resources)
        case ResourceRule():
            for resource in resources:
                if canonical(resource.kind) in rule.kinds:
                    for message in messages(rule, resource.props):
                        yield Violation(resource=resource, message=message)
        case _:
            message = f"rule {rule.name}: neither of one resource nor of a stack"
            raise TypeError(message)


def messages(rule: ResourceRule, props: Props) -> Messages:
    """Check one resource. A document that can't be read is a violation."""
    try:
        yield from rule.check(props)
    except DocumentError as error:
        yield str(error)


def of_kind(resources: Iterable[Resource], *kinds: str) -> list[Resource]:
    """Give the resources of these type tokens."""
    return [one for one in resources if canonical(one.kind) in kinds]


def nested(props: Props, *keys: str) -> Props:
    """Give the block of properties at a path, or an empty one."""
    value: object = props
    for key in keys:
        value = _block(value).get(key)
    return _block(value)


def _block(value: object) -> Props:
    return cast("Props", value) if isinstance(value, Mapping) else {}


def each(props: Props, key: str) -> Sequence[Any]:
    """Give the values of a list, or an empty one."""
    value = props.get(key)
    return () if value is None else cast("Sequence[Any]", value)


def resource_rule(  # noqa: PLR0913 -- the parts of a rule; none has a default
    *,
    name: str,
    kinds: Sequence[str],
    controls: Sequence[str],
    says: str,
    level: Level,
    because: str,
) -> Callable[[Callable[[Props], Messages]], ResourceRule]:
    """Create a rule from a predicate over one resource's properties."""
    return lambda check: ResourceRule(
        name=name,
        kinds=kinds,
        controls=controls,
        says=says,
        level=level,
        because=because,
        check=check,
    )


def stack_rule(
    *, name: str, controls: Sequence[str], says: str, level: Level, because: str
) -> Callable[[Callable[[Sequence[Resource]], Violations]], StackRule]:
    """Create a rule from a predicate over all resources of a stack."""
    return lambda check: StackRule(
        name=name, controls=controls, says=says, level=level, because=because, check=check
    )
