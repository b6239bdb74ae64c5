"""Policy documents in different notations give the same statements."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.documents import statements
from policies.model import DocumentError

TEXTS = st.text(min_size=1, max_size=8)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": TEXTS, "Resource": TEXTS},
    optional={"Sid": TEXTS, "Principal": TEXTS | st.fixed_dictionaries({"AWS": TEXTS})},
)


@given(STATEMENTS)
def test_one_value_and_a_list_of_it_are_the_same(one: dict[str, Any]) -> None:
    """IAM allows both, for statements, actions and resources."""
    listed = one | {"Action": [one["Action"]], "Resource": [one["Resource"]]}
    assert statements({"Statement": one}) == statements({"Statement": [listed]})


@given(st.lists(STATEMENTS, min_size=1, max_size=3))
def test_json_text_and_its_content_are_the_same(found: list[dict[str, Any]]) -> None:
    """The provider needs text. A document that is not text gives the same."""
    document = {"Version": "2012-10-17", "Statement": found}
    assert statements(json.dumps(document)) == statements(document)
    assert len(statements(document)) == len(found)


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"Service": "a", "AWS": "*"}]
)
def test_everyone_is_found_in_every_notation(principal: object) -> None:
    """A public grant has four notations."""
    document = {"Statement": {"Effect": "Allow", "Principal": principal, "Action": "s3:*"}}
    (one,) = statements(document)
    assert "*" in one.principals


def test_case_of_condition_keys_is_ignored_and_true_is_a_text() -> None:
    """As in IAM: `aws:securetransport` is the same key, `false` the same value as "false"."""
    condition = {"Bool": {"AWS:SecureTransport": False}}
    document = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Condition": condition}}
    (one,) = statements(document)
    assert one.condition("Bool", "aws:securetransport") == ("false",)
    assert one.condition("Bool", "aws:SourceAccount") == ()
    assert one.condition("StringEquals", "aws:SecureTransport") == ()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "policy: given no JSON; allowed: a policy document"),
        ("[]", "policy: given list; allowed: a policy document"),
        (None, "policy: given NoneType; allowed: a policy document"),
        ({}, "policy: given no Statement; allowed: one statement or a list of them"),
        (
            {"Statement": "s"},
            "policy: given no Statement; allowed: one statement or a list of them",
        ),
        (
            {"Statement": ["s"]},
            "policy: given no Statement; allowed: one statement or a list of them",
        ),
        (
            {"Statement": {"Effect": "allow"}},
            "policy: given Effect 'allow'; allowed: Allow or Deny",
        ),
    ],
)
def test_a_document_that_can_not_be_read_is_refused(document: object, message: str) -> None:
    """The message says what was given."""
    with pytest.raises(DocumentError) as refused:
        statements(document)
    assert str(refused.value) == message
