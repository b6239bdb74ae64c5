"""Cases of a rule: resources that pass, resources that fail, and the messages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from policies.model import Resource

Document: TypeAlias = Mapping[str, Any]

PLACE: Final = "us-east-1:222222222222"
KEY_ARN: Final = f"arn:aws:kms:{PLACE}:key/one"
STREAM_ARN: Final = f"arn:aws:kinesis:{PLACE}:stream/results"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One stack, checked with one rule."""

    rule: str
    what: str
    """What the case shows."""
    resources: Sequence[Resource]
    says: Sequence[str] = ()
    """Exact messages. There are none if the rule is kept."""

    @property
    def passes(self) -> bool:
        """Return whether the rule is kept."""
        return not self.says


def one(kind: str, **props: Any) -> Resource:  # noqa: ANN401 -- as the provider takes them
    """Give a resource of a type token."""
    return Resource(kind=kind, name=kind.rpartition(":")[2].lower(), props=props)


def policy(*statements: Document) -> str:
    """Render a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: object, resources: object = "*", **more: object) -> Document:
    """Give a statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: object, resources: object = "*", **more: object) -> Document:
    """Give a statement that denies. The default principal is everyone."""
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources, **more}


PLAIN_HTTP: Final = {"Bool": {"aws:SecureTransport": "false"}}
"""The condition of a request without TLS."""
