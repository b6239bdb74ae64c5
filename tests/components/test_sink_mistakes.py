"""Mistakes in a destination are refused in one line, before anything is made."""

from pathlib import Path
from typing import Any

import pytest
from recorder import main_program, record, stack_config
from sink_stack import ENDPOINT, REFERENCE, results_delivery, sink_stack

from components.base.validation import SettingsError


@pytest.mark.parametrize(
    ("destination", "secret", "told"),
    [
        ({"kind": "kafka"}, None, "sink.destination.kind: given 'kafka'; allowed: 's3', 'http',"),
        ({"url": "https://x"}, None, "sink.destination.kind: required, but not given"),
        (
            {"kind": "http", "urll": "https://x"},
            None,
            "sink.destination.http.urll: unknown key; did you mean url? allowed: retry_seconds, ",
        ),
        ({"kind": "http", "url": "http://x"}, None, "allowed: an https:// address on AWS"),
        ({"kind": "datadog"}, None, "kind datadog needs a secret; allowed: secret_arn, or pulumi"),
        ({"kind": "datadog", "secret_arn": REFERENCE}, "x", "allowed: one of the two"),
        ({"kind": "s3"}, "x", "sink_secret: given; allowed: none, as a destination of kind s3"),
        (
            {"kind": "redshift", "jdbc_url": "jdbc:redshift://x.redshift.amazonaws.com:5439/d"},
            "x",
            "sink.destination.username: allowed: with sink_secret",
        ),
        (
            {"kind": "splunk", "url": "https://x", "buffer_seconds": 61},
            None,
            "sink.destination.splunk.buffer_seconds: given 61; input should be less than or equal",
        ),
    ],
)
def test_a_mistake_in_a_destination_is_named_in_one_line(
    packaged: Path, destination: dict[str, Any], secret: str | None, told: str
) -> None:
    """The message has the key and comes before anything is made."""
    assert packaged
    with pytest.raises(SettingsError) as caught:
        sink_stack(destination, secret)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_in_plain_text_is_refused(packaged: Path) -> None:
    """Everybody could read it in the stack's file. The message does not repeat it."""
    assert packaged
    config = stack_config(
        sink={"destination": {"kind": "datadog"}},
        sink_secret="plain-1",  # noqa: S106 -- a test's
    )
    with pytest.raises(SettingsError) as caught:
        record(main_program, config)
    assert "given as plain text; allowed: pulumi config set --secret sink_secret" in str(
        caught.value
    )
    assert "plain-1" not in str(caught.value)


def test_plain_http_is_allowed_only_for_an_emulator(packaged: Path) -> None:
    """The stack must have an endpoint other than AWS's own."""
    assert packaged
    stack = sink_stack({"kind": "http", "url": "http://127.0.0.1:9000/"}, endpoint=ENDPOINT)
    assert results_delivery(stack)["httpEndpointConfiguration"]["url"] == "http://127.0.0.1:9000/"


def test_the_transformation_requires_json(packaged: Path) -> None:
    """Results in the line format would all fail."""
    assert packaged
    with pytest.raises(SettingsError, match=r"sink\.transform: allowed: with job\.OutputFormat"):
        sink_stack({"kind": "s3"}, job={"OutputFormat": "line"}, sink={"transform": {}})
