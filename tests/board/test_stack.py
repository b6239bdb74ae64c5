"""The board finds a stack's parts from the stack's outputs only."""

import json

import pytest

from board.errors import BoardError
from board.stack import Link, Stack

OUTPUTS = {
    "region": "eu-west-1",
    "account_id": "222222222222",
    "endpoint": None,
    "ingest_stream": "in",
    "results_stream": "out",
    "dead_letter_stream": "dead",
    "application_name": "stocktrading-analytics",
    "sink_bucket": "sink",
    "dashboard_url": "https://eu-west-1.console.aws.amazon.com/cloudwatch/home#dashboards/x",
    "log_group": "/aws/kinesis-analytics/stocktrading-analytics",
    "aggregation_enabled": True,
    "another_output": 3,
}


def _stack(**changes: object) -> Stack:
    return Stack.parse(json.dumps(OUTPUTS | changes), "outputs")


def test_the_needed_outputs_are_read() -> None:
    """Other outputs are ignored."""
    stack = _stack()
    assert (stack.results_stream, stack.sink_bucket, stack.aggregation_enabled) == (
        "out",
        "sink",
        True,
    )
    assert stack.place == "eu-west-1, account 222222222222"
    local = _stack(endpoint="http://127.0.0.1:4566")
    assert local.place == "local cloud at 127.0.0.1:4566, account 222222222222"


def test_on_aws_the_links_open_application_dashboard_and_log() -> None:
    """The console needs a log group's name quoted twice."""
    assert _stack().links() == [
        Link(
            label="Application",
            url="https://eu-west-1.console.aws.amazon.com/flink/home?region=eu-west-1"
            "#/application/stocktrading-analytics/details",
        ),
        Link(label="CloudWatch dashboard", url=OUTPUTS["dashboard_url"]),  # pyright: ignore[reportArgumentType]
        Link(
            label="Log group",
            url="https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
            "#logsV2:log-groups/log-group/$252Faws$252Fkinesis-analytics$252Fstocktrading-analytics",
        ),
    ]


def test_an_emulator_has_no_links_to_the_console() -> None:
    """A link to AWS would open another account's pages."""
    assert _stack(endpoint="http://127.0.0.1:4566").links() == []


def test_calls_to_an_emulator_are_signed_with_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """This applies if the environment has no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    client = _stack(endpoint="http://127.0.0.1:4566").client("kinesis")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client._request_signer._credentials.access_key == "222222222222"  # noqa: SLF001 -- no other way to see it


def test_an_unknown_profile_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has no traceback."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(BoardError, match="nobody"):
        _stack().client("kinesis")
