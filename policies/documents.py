"""Reads IAM policy documents in any notation into statements."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.model import DocumentError

EVERYONE: Final = "*"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. A value that may be single or a list in a document is always a tuple here."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[str, ...]
    """Values of every kind of principal. `*` means everyone, in any notation."""
    not_principals: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    @property
    def label(self) -> str:
        """Name of the statement for a message."""
        return f"statement {self.sid!r}" if self.sid else f"statement for {', '.join(self.actions)}"

    def condition(self, operator: str, key: str) -> tuple[str, ...]:
        """Give the values of one condition. Upper and lower case of keys are equal, as in IAM."""
        for name, value in self.conditions.get(operator, {}).items():
            if name.lower() == key.lower():
                return _texts(value)
        return ()


def statements(document: object) -> tuple[Statement, ...]:
    """Read a document, as JSON text or as a mapping.

    Raises `DocumentError` for anything else, and for a document without statements, so that no
    document passes unchecked.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            message = "policy: given no JSON; allowed: a policy document"
            raise DocumentError(message) from None
    if not isinstance(document, Mapping):
        message = f"policy: given {type(document).__name__}; allowed: a policy document"
        raise DocumentError(message)
    found = cast("Mapping[str, Any]", document).get("Statement")
    each: Sequence[Any] = [found] if isinstance(found, Mapping) else found or ()
    if isinstance(each, str) or not each or not all(isinstance(one, Mapping) for one in each):
        message = "policy: given no Statement; allowed: one statement or a list of them"
        raise DocumentError(message)
    return tuple(_statement(one) for one in each)


def _statement(found: Mapping[str, Any]) -> Statement:
    effect = found.get("Effect")
    if effect not in {"Allow", "Deny"}:
        message = f"policy: given Effect {effect!r}; allowed: Allow or Deny"
        raise DocumentError(message)
    return Statement(
        sid=str(found.get("Sid", "")),
        allows=effect == "Allow",
        actions=_texts(found.get("Action", ())),
        not_actions=_texts(found.get("NotAction", ())),
        resources=_texts(found.get("Resource", ())),
        not_resources=_texts(found.get("NotResource", ())),
        principals=tuple(_principals(found.get("Principal", ()))),
        not_principals=tuple(_principals(found.get("NotPrincipal", ()))),
        conditions=found.get("Condition", {}),
    )


def _principals(found: object) -> Iterator[str]:
    if isinstance(found, Mapping):
        for value in cast("Mapping[str, Any]", found).values():
            yield from _texts(value)
    else:
        yield from _texts(found)


def _texts(value: object) -> tuple[str, ...]:
    """Give one value or many as a tuple of texts, with `true` written as in IAM."""
    if isinstance(value, bool):
        return (str(value).lower(),)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(text for each in cast("Sequence[Any]", value) for text in _texts(each))
    return (str(value),)
