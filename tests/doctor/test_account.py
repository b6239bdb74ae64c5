"""The doctor finds what an account lacks before a deployment fails, by read-only calls."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from components.config.settings import WorkloadSettings
from components.config.tooling import ToolingSettings
from doctor.account import Account
from doctor.check import Check
from doctor.stack import read

ISSUER = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
URL = "https://us-east-1.console.aws.amazon.com/codesuite/settings/connections?region=us-east-1"


def refused(code: str) -> ClientError:
    """Make a service's error."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


class Calls:
    """One service with given answers. It allows only read-only calls."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- an operation
        """Give an operation of the service."""
        assert name.startswith(("get_", "list_", "describe_", "head_")), name

        def call(**_: object) -> Any:  # noqa: ANN401 -- an answer
            answer = self._answers.get(name, refused("AccessDeniedException"))
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> "Calls":
        """Give the pages of an operation: one."""
        return Pages(getattr(self, name))


class Pages(Calls):
    """The single page of an operation."""

    def __init__(self, call: Any) -> None:  # noqa: ANN401 -- an operation
        super().__init__({})
        self._call = call

    def paginate(self, **given: object) -> list[Any]:
        """Give it."""
        return [self._call(**given)]


SANDBOX: dict[str, dict[str, Any]] = {
    "sts": {"get_caller_identity": {"Account": "222222222222", "Arn": "arn:me"}},
    "kinesis": {
        "describe_limits": {"ShardLimit": 200, "OpenShardCount": 10},
        "describe_stream_summary": refused("ResourceNotFoundException"),
    },
    "service-quotas": {
        "list_service_quotas": {"Quotas": [{"QuotaName": "KPUs per application", "Value": 64.0}]}
    },
    "iam": {"get_role": {"Role": {}}},
}
TOOLING: dict[str, dict[str, Any]] = {
    "sts": {"get_caller_identity": {"Account": "111111111111", "Arn": "arn:me"}},
    "s3": {"head_bucket": {}},
    "codeconnections": {
        "list_connections": {
            "Connections": [
                {"ConnectionName": "another", "ConnectionStatus": "ERROR"},
                {"ConnectionName": "stocktrading-github", "ConnectionStatus": "AVAILABLE"},
            ]
        }
    },
    "iam": {
        "get_role": {"Role": {}},
        "list_open_id_connect_providers": {"OpenIDConnectProviderList": [{"Arn": ISSUER}]},
    },
}


def checks(stack: str, **changes: Mapping[str, Any]) -> dict[str, Check]:
    """Check an account that has everything except `changes`, by service."""
    answers = SANDBOX if stack == "sandbox" else TOOLING
    named = {name.replace("_", "-"): given for name, given in changes.items()}

    def client(service: str) -> Calls:
        return Calls({**answers.get(service, {}), **named.get(service, {})})

    found = Account(stack=stack, settings=read(stack), client=client).checks()
    return {one.what: one for one in found}


@pytest.mark.parametrize("stack", ["sandbox", "tooling"])
def test_an_account_that_has_everything_is_ready(stack: str) -> None:
    """Each check has the text of what it found."""
    found = checks(stack)
    assert {one.state for one in found.values()} == {"ok"}
    assert found["credentials"].found == "arn:me"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"Account": "999999999999", "Arn": "arn:x"}, "of account 999999999999; Pulumi.sandbox"),
        (NoCredentialsError(), "Unable to locate credentials"),
        (refused("ExpiredToken"), "ExpiredToken"),
    ],
)
def test_credentials_of_another_account_end_the_checks(answer: object, said: str) -> None:
    """Checks of another account would say nothing about this one."""
    found = checks("sandbox", sts={"get_caller_identity": answer})
    assert list(found) == ["credentials"]
    assert found["credentials"].state == "missing"
    assert said in found["credentials"].found
    assert "222222222222" in found["credentials"].do


def test_the_shards_are_added_to_the_existing_ones() -> None:
    """A stream that exists needs no more shards. The quota is for the region."""
    full = {"ShardLimit": 13, "OpenShardCount": 10}
    needed = checks("sandbox", kinesis={"describe_limits": full})["shards"]
    assert needed.state == "missing"
    assert needed.found == "6 more needed, 3 free of 13"
    made = {"StreamDescriptionSummary": {"OpenShardCount": 4}}
    there = {"describe_limits": full, "describe_stream_summary": made}
    assert checks("sandbox", kinesis=there)["shards"].found == "0 more needed, 3 free of 13"


def test_kpus_are_compared_with_the_accounts_quota() -> None:
    """The quota is found by its name, because the reference has no code for it."""
    one = {"Quotas": [{"QuotaName": "KPUs per application", "Value": 1.0}]}
    found = checks("sandbox", service_quotas={"list_service_quotas": one})["KPUs"]
    assert (found.state, found.found) == ("missing", "2 needed of 1")
    none = {"Quotas": [{"QuotaName": "Applications", "Value": 100.0}]}
    found = checks("sandbox", service_quotas={"list_service_quotas": none})["KPUs"]
    assert found.state == "not told"


def test_a_refused_check_is_not_a_failure() -> None:
    """A deployment does not need the permission to read quotas."""
    found = checks("sandbox", service_quotas={"list_service_quotas": refused("AccessDenied")})
    assert found["KPUs"].state == "not told"
    assert "AccessDenied" in found["KPUs"].found


def test_a_missing_deployer_role_is_only_advice() -> None:
    """The first deployment makes the role."""
    found = checks("sandbox", iam={"get_role": refused("NoSuchEntity")})["deployer role"]
    assert found.state == "advice"
    assert "stocktrading bootstrap sandbox" in found.do


@pytest.mark.parametrize(
    ("listed", "state", "do"),
    [
        ("PENDING", "missing", f"confirm the connection with GitHub at {URL}"),
        (None, "advice", "run stocktrading bootstrap tooling, which makes it"),
    ],
)
def test_an_unconfirmed_connection_is_reported_with_its_link(
    listed: str | None, state: str, do: str
) -> None:
    """Until a person confirms the connection, every run fails at its source."""
    one = {"ConnectionName": "stocktrading-github", "ConnectionStatus": listed}
    answer = {"Connections": [one] if listed else []}
    found = checks("tooling", codeconnections={"list_connections": answer})["connection"]
    assert (found.state, found.do) == (state, do)


@pytest.mark.parametrize(("code", "state"), [("404", "advice"), ("403", "missing")])
def test_a_refused_state_bucket_is_a_failure_and_a_missing_one_is_not(
    code: str, state: str
) -> None:
    """403 means a foreign bucket, or a role that may not use it."""
    assert checks("tooling", s3={"head_bucket": refused(code)})["state"].state == state


def test_an_account_can_have_one_identity_provider_for_github() -> None:
    """IAM would refuse a second one in the middle of a deployment."""
    taken = checks("tooling", iam={"get_role": refused("NoSuchEntity")})["identity provider"]
    assert taken.state == "missing"
    assert "make_identity_provider: false" in taken.do


def test_the_repositorys_stacks_are_read_as_pulumi_reads_them() -> None:
    """The numbers that follow from the load are filled in."""
    sandbox, tooling = read("sandbox"), read("tooling")
    assert isinstance(sandbox, WorkloadSettings)
    assert isinstance(tooling, ToolingSettings)
    assert sandbox.streams.results.shards == 1
