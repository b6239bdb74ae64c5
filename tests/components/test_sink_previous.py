"""A destination before a change of its kind: it is kept until it is removed from the settings."""

from pathlib import Path
from typing import Any

import pytest
from sink_stack import DELIVERY, DOMAIN, sink_stack

from components.base.validation import SettingsError

HTTP = {"kind": "http", "url": "https://desk.example.com"}


def test_a_delivery_of_another_kind_is_another_resource(packaged: Path) -> None:
    """Pulumi makes new resources before it deletes old ones. A replacement would leave a gap.

    Firehose reads a stream from the moment of the delivery's creation.
    """
    assert packaged
    names = {}
    for destination in ({"kind": "s3"}, HTTP, {"kind": "opensearch", "domain_arn": DOMAIN}):
        stack = sink_stack(destination)
        (found,) = [one for one in stack.all(DELIVERY) if one.name.startswith("sink-results")]
        names[found.name] = found.inputs["name"]
    assert names == {
        "sink-results": "stocktrading-results-delivery",
        "sink-results-http": "stocktrading-results-http-delivery",
        "sink-results-opensearch": "stocktrading-results-opensearch-delivery",
    }


def test_results_go_to_both_destinations_while_the_previous_one_is_kept(packaged: Path) -> None:
    """The previous delivery is the same as before the change, and the alarms watch the new one."""
    assert packaged
    before = sink_stack(HTTP)
    stack = sink_stack({"kind": "s3"}, sink={"previous": HTTP, "transform": {}})
    kept = stack.one(DELIVERY, "sink-results-http").inputs
    old = before.one(DELIVERY, "sink-results-http").inputs
    assert kept["name"] == old["name"]
    assert kept["kinesisSourceConfiguration"] == old["kinesisSourceConfiguration"]
    assert "processingConfiguration" in kept["httpEndpointConfiguration"]
    assert stack.one(DELIVERY, "sink-results").inputs["destination"] == "extended_s3"
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "stocktrading-deliver-results-policy")
    logs = [
        one["Resource"]
        for one in policy.document("policy")["Statement"]
        if one["Action"] == ["logs:PutLogEvents"]
    ]
    assert len(logs[0]) == 2
    alarm = stack.one("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-results-undelivered")
    assert alarm.inputs["dimensions"] == {"DeliveryStreamName": "stocktrading-results-delivery"}


@pytest.mark.parametrize(
    ("previous", "told"),
    [
        ({"kind": "s3"}, "sink.previous.kind: given s3, as in sink.destination; allowed: another"),
        ({"kind": "datadog"}, "sink.previous: kind datadog needs a secret; allowed: secret_arn"),
        ({"kind": "http", "url": "http://x"}, "sink.previous.url: given 'http://x'; allowed: an"),
    ],
)
def test_a_previous_destination_that_can_not_be_kept_is_refused(
    packaged: Path, previous: dict[str, Any], told: str
) -> None:
    """The message comes before anything is made."""
    assert packaged
    with pytest.raises(SettingsError) as caught:
        sink_stack({"kind": "s3"}, sink={"previous": previous})
    assert told in str(caught.value)
