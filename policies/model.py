"""What a rule is: pure predicates over recorded properties, and how they are judged.

Nothing here knows Pulumi's policy engine. A resource is a type token and a mapping of properties
in the provider's spelling (`kmsKeyId`), so that the same rule runs in a preview, after an update,
and over the resources that a test recorded.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias, cast

Props: TypeAlias = Mapping[str, Any]
Messages: TypeAlias = Iterator[str]
"""What is wrong with one resource, one line each: what was given, and what to do."""

_DEPRECATED_S3: Final = re.compile(r"aws:s3/(\w+)V2:(\w+)V2")


class Level(StrEnum):
    """What a violation does."""

    MANDATORY = "mandatory"
    """It fails the preview or the update."""
    ADVISORY = "advisory"
    """It is printed."""


class DocumentError(ValueError):
    """A policy document that can't be read."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the stack asked for it."""

    kind: str
    """Type token, such as `aws:kinesis/stream:Stream`."""
    name: str
    """Logical name."""
    props: Props
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One thing wrong with one resource."""

    resource: Resource
    message: str


Violations: TypeAlias = Iterator[Violation]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What has to hold, by which published controls, and how hard.

    Raises `ValueError` for a rule without a control, or whose reason for its level is missing.
    """

    name: str
    controls: Sequence[str]
    """Ids: AWS Foundational Security Best Practices, Checkov (CKV), cdk-nag."""
    says: str
    """One line: what is wrong, and what to do."""
    level: Level
    because: str
    """Why this level and not the other."""

    def __post_init__(self) -> None:
        """Refuse a rule that doesn't say where it comes from."""
        if not (self.controls and self.says and self.because):
            message = f"rule {self.name}: needs a control id, a line that says what to do, a reason"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that one resource's own properties decide."""

    kinds: Sequence[str]
    check: Callable[[Props], Messages]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule that needs several resources, such as a bucket and its public access block."""

    check: Callable[[Sequence[Resource]], Violations]


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A resource to which a rule does not apply, and why."""

    rule: str
    kind: str
    names: str
    """Pattern of logical names, as a shell writes it."""
    reason: str

    def covers(self, rule: Rule, resource: Resource) -> bool:
        """Tell whether `rule` does not apply to `resource`."""
        return (
            (self.rule, self.kind) == (rule.name, canonical(resource.kind))
            and bool(self.reason)
            and fnmatchcase(resource.name, self.names)
        )


def canonical(kind: str) -> str:
    """Give the type token without the `V2` of pulumi-aws 6, which 7 keeps as an alias."""
    return _DEPRECATED_S3.sub(r"aws:s3/\1:\2", kind)


def judge(
    rule: Rule, resources: Sequence[Resource], exemptions: Sequence[Exemption] = ()
) -> Violations:
    """Give what violates `rule` among `resources`, but for what is exempt."""
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
    """Check one resource; a document that can't be read is a violation, never a pass."""
    try:
        yield from rule.check(props)
    except DocumentError as error:
        yield str(error)


def of_kind(resources: Iterable[Resource], *kinds: str) -> list[Resource]:
    """Give the resources of these type tokens."""
    return [one for one in resources if canonical(one.kind) in kinds]


def nested(props: Props, *keys: str) -> Props:
    """Give the block of properties at a path; an empty one where there is none."""
    value: object = props
    for key in keys:
        value = _block(value).get(key)
    return _block(value)


def _block(value: object) -> Props:
    return cast("Props", value) if isinstance(value, Mapping) else {}


def each(props: Props, key: str) -> Sequence[Any]:
    """Give the values of a list; an empty one where there is none."""
    value = props.get(key)
    return () if value is None else cast("Sequence[Any]", value)


def resource_rule(  # noqa: PLR0913 -- what a rule is; none has a default
    *,
    name: str,
    kinds: Sequence[str],
    controls: Sequence[str],
    says: str,
    level: Level,
    because: str,
) -> Callable[[Callable[[Props], Messages]], ResourceRule]:
    """Make a rule of a predicate over one resource's properties."""
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
    """Make a rule of a predicate over all resources of a stack."""
    return lambda check: StackRule(
        name=name, controls=controls, says=says, level=level, because=because, check=check
    )
