"""Each kind of destination: its exact inputs, its role's permissions, its secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_requests import delivery
from recorder import Secret
from sink_stack import (
    DELIVERY,
    DOMAIN,
    REFERENCE,
    VPC,
    allowed_actions,
    results_delivery,
    sink_stack,
)


def test_an_http_endpoint_has_exact_inputs(packaged: Path) -> None:
    """It has no secret. Records that fail go to the bucket."""
    assert packaged
    url = "https://desk.example.com/results"
    stack = sink_stack({"kind": "http", "url": url, "attributes": {"team": "desk"}})
    delivery = results_delivery(stack)
    assert delivery["destination"] == "http_endpoint"
    to = delivery["httpEndpointConfiguration"]
    assert "secretsManagerConfiguration" not in to
    assert "accessKey" not in to
    assert (to["url"], to["name"]) == (url, "http")
    assert (to["bufferingInterval"], to["bufferingSize"]) == (10, 1)
    assert (to["retryDuration"], to["s3BackupMode"]) == (300, "FailedDataOnly")
    assert to["requestConfiguration"] == {
        "contentEncoding": "GZIP",
        "commonAttributes": [{"name": "team", "value": "desk"}],
    }
    assert to["s3Configuration"]["errorOutputPrefix"].startswith("errors/results/")
    assert to["s3Configuration"]["kmsKeyArn"] == stack.outputs["key_arn"]


def test_datadog_uses_its_sites_address_and_a_reference_to_the_key(packaged: Path) -> None:
    """Firehose's configuration does not contain the API key."""
    assert packaged
    stack = sink_stack({"kind": "datadog", "site": "datadoghq.eu", "secret_arn": REFERENCE})
    to = results_delivery(stack)["httpEndpointConfiguration"]
    assert to["url"] == "https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input"
    assert to["secretsManagerConfiguration"]["secretArn"] == REFERENCE
    assert to["requestConfiguration"]["commonAttributes"] == [
        {"name": "service", "value": "stocktrading"}
    ]
    assert not stack.all("aws:secretsmanager/secret:Secret")
    assert "secretsmanager:GetSecretValue" in allowed_actions(stack)
    assert "secretsmanager:GetSecretValue" not in allowed_actions(
        stack, "stocktrading-deliver-dead-letters-policy"
    )


def test_splunk_with_the_stacks_own_secret(packaged: Path) -> None:
    """The token goes to Secrets Manager as a secret. Firehose gets only a reference."""
    assert packaged
    destination = {"kind": "splunk", "url": "https://hec.example.com:8088", "backup": "all"}
    stack = sink_stack(destination, secret="token-1")  # noqa: S106 -- a test's
    to = results_delivery(stack)["splunkConfiguration"]
    assert (to["hecEndpointType"], to["hecAcknowledgmentTimeout"]) == ("Raw", 300)
    assert (to["s3BackupMode"], to["bufferingSize"]) == ("AllEvents", 5)
    assert "hecToken" not in to
    secret = stack.one("aws:secretsmanager/secret:Secret").inputs
    assert secret["kmsKeyId"] == stack.outputs["key_arn"]
    value = stack.one("aws:secretsmanager/secretVersion:SecretVersion").inputs["secretString"]
    assert value == Secret(json.dumps({"hec_token": "token-1"}))
    delivery = stack.one(DELIVERY, "sink-results-splunk")
    assert "sink-secret-value" in delivery.options["dependsOn"]
    others = [one for one in stack.resources if one.name != "sink-secret-value"]
    assert "token-1" not in str([one.inputs for one in others])


def test_the_role_gives_access_to_opensearch(packaged: Path) -> None:
    """It has actions on one domain, and actions on a VPC only if the domain is in one."""
    assert packaged
    stack = sink_stack({"kind": "opensearch", "domain_arn": DOMAIN})
    to = results_delivery(stack)["opensearchConfiguration"]
    assert (to["domainArn"], to["indexName"], to["indexRotationPeriod"]) == (
        DOMAIN,
        "results",
        "OneDay",
    )
    assert to["s3BackupMode"] == "FailedDocumentsOnly"
    assert {"es:DescribeDomain", "es:ESHttpPost"} <= allowed_actions(stack)
    assert not [action for action in allowed_actions(stack) if action.startswith("ec2:")]
    vpc = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    private = sink_stack({"kind": "opensearch", "domain_arn": DOMAIN, "vpc": vpc})
    assert results_delivery(private)["opensearchConfiguration"]["vpcConfig"]["subnetIds"] == [
        "subnet-1"
    ]
    assert "ec2:CreateNetworkInterface" in allowed_actions(private)


def test_redshift_copies_the_buckets_objects(packaged: Path) -> None:
    """User and password come from one secret."""
    assert packaged
    url = "jdbc:redshift://desk.abc123.us-east-1.redshift.amazonaws.com:5439/desk"
    destination = {"kind": "redshift", "jdbc_url": url, "username": "loader"}
    stack = sink_stack(destination, secret="password-1")  # noqa: S106 -- a test's
    to = results_delivery(stack)["redshiftConfiguration"]
    assert (to["clusterJdbcurl"], to["dataTableName"]) == (url, "results")
    assert to["copyOptions"] == "json 'auto' timeformat 'auto' gzip"
    assert (to["s3Configuration"]["bufferingInterval"], to["retryDuration"]) == (60, 3600)
    assert to["s3Configuration"]["prefix"] == "results/"
    assert "errorOutputPrefix" not in to["s3Configuration"]
    tables = {one.name for one in stack.all("aws:glue/catalogTable:CatalogTable")}
    assert tables == {"sink-catalog-dead-letters"}
    assert not {"username", "password"} & set(to)
    value = stack.one("aws:secretsmanager/secretVersion:SecretVersion").inputs["secretString"]
    assert value == Secret(json.dumps({"username": "loader", "password": "password-1"}))


@pytest.mark.parametrize(
    ("destination", "metric"),
    [
        ({"kind": "s3"}, "DeliveryToS3.Success"),
        ({"kind": "http", "url": "https://x.example.com"}, "DeliveryToHttpEndpoint.Success"),
        ({"kind": "opensearch", "domain_arn": DOMAIN}, "DeliveryToAmazonOpenSearchService.Success"),
    ],
)
def test_the_alarms_use_the_metrics_of_the_chosen_destination(
    packaged: Path, destination: dict[str, Any], metric: str
) -> None:
    """A metric of another destination would have no values."""
    assert packaged
    stack = sink_stack(destination)
    alarm = stack.one("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-results-undelivered")
    assert alarm.inputs["metricName"] == metric
    letters = stack.one("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-dead-letters-undelivered")
    assert letters.inputs["metricName"] == "DeliveryToS3.Success"


@pytest.mark.parametrize(
    ("destination", "member"),
    [
        ({"kind": "s3"}, "ExtendedS3DestinationConfiguration"),
        (
            {"kind": "http", "url": "https://desk.example.com", "attributes": {"team": "desk"}},
            "HttpEndpointDestinationConfiguration",
        ),
        ({"kind": "datadog", "secret_arn": REFERENCE}, "HttpEndpointDestinationConfiguration"),
        (
            {"kind": "splunk", "url": "https://hec.example.com:8088", "secret_arn": REFERENCE},
            "SplunkDestinationConfiguration",
        ),
        (
            {"kind": "opensearch", "domain_arn": DOMAIN, "vpc": VPC},
            "AmazonopensearchserviceDestinationConfiguration",
        ),
        (
            {
                "kind": "redshift",
                "jdbc_url": "jdbc:redshift://desk.redshift.amazonaws.com:5439/market",
                "secret_arn": REFERENCE,
                "backup": "all",
            },
            "RedshiftDestinationConfiguration",
        ),
    ],
    ids=["s3", "http", "datadog", "splunk", "opensearch", "redshift"],
)
def test_firehoses_model_accepts_the_request_of_each_kind(
    packaged: Path, destination: dict[str, Any], member: str
) -> None:
    """The model checks members, types, enumerations, patterns and lengths."""
    assert packaged
    stack = sink_stack(destination, sink={"transform": {}})
    request = delivery(results_delivery(stack))
    assert request["DeliveryStreamType"] == "KinesisStreamAsSource"
    to = request[member]
    (processor,) = to["ProcessingConfiguration"]["Processors"]
    assert processor["Type"] == "Lambda"
    behind = to.get("S3Configuration", to)
    if member != "RedshiftDestinationConfiguration":
        errors = "errors/results/!{firehose:error-output-type}/"
        assert behind["ErrorOutputPrefix"].startswith(errors)
    assert behind["CompressionFormat"] == "GZIP"
