"""The board finds a stack's parts from the stack's outputs only."""

import json
from pathlib import Path

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
    return Stack.from_outputs(json.dumps(OUTPUTS | changes), "outputs")


def test_the_needed_outputs_are_read() -> None:
    """Other outputs are ignored."""
    stack = _stack()
    assert (stack.results_stream, stack.sink_bucket, stack.aggregation) == ("out", "sink", True)
    assert stack.place == "eu-west-1, account 222222222222"
    local = _stack(endpoint="http://127.0.0.1:4566")
    assert local.place == "local cloud at 127.0.0.1:4566, account 222222222222"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "outputs: not JSON"),
        ("[]", "outputs: given a list"),
        ("{}", "outputs: region: given nothing; expected a workload stack's output"),
        (json.dumps(OUTPUTS | {"region": 3}), "outputs: region: given 3; expected a text"),
        (json.dumps(OUTPUTS | {"results_stream": ""}), "outputs: results_stream: given nothing"),
    ],
)
def test_malformed_outputs_are_refused_in_one_line(text: str, says: str) -> None:
    """The message says what was given and what is expected."""
    with pytest.raises(BoardError) as refused:
        Stack.from_outputs(text, "outputs")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message also says what the file should contain."""
    with pytest.raises(BoardError, match=r"nowhere.json: No such file or directory; expected what"):
        Stack.from_file(tmp_path / "nowhere.json")


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
