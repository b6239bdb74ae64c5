"""Each kind of destination: its exact inputs, its role's permissions, its secret."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from aws_requests import delivery
from recorder import ACCOUNT, Recorder, Secret, main_program, record, stack_config

from components.base.validation import SettingsError

DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
REFERENCE = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:desk-AbCdEf"
DOMAIN = f"arn:aws:es:us-east-1:{ACCOUNT}:domain/desk"
VPC = {"subnet_ids": ["subnet-0a"], "security_group_ids": ["sg-0b"]}
ENDPOINT = "http://127.0.0.1:4566"


def _stack(destination: dict[str, Any], secret: str | None = None, **changes: Any) -> Recorder:  # noqa: ANN401 -- configuration
    sink = {"destination": destination, "buffer_seconds": 60, "buffer_mib": 5}
    sink |= changes.pop("sink", {})
    config = stack_config(sink=sink, sink_secret=secret, **changes)
    return record(main_program, config, secrets=["sink_secret"] if secret else [])


def _results(stack: Recorder) -> dict[str, Any]:
    (found,) = [one for one in stack.all(DELIVERY) if one.name.startswith("sink-results")]
    return dict(found.inputs)


def _actions(stack: Recorder, policy: str = "stocktrading-deliver-results-policy") -> set[str]:
    found = stack.one("aws:iam/rolePolicy:RolePolicy", policy).document("policy")
    return {action for statement in found["Statement"] for action in statement["Action"]}


def test_an_http_endpoint_has_exact_inputs(packaged: Path) -> None:
    """It has no secret. Records that fail go to the bucket."""
    assert packaged
    url = "https://desk.example.com/results"
    stack = _stack({"kind": "http", "url": url, "attributes": {"team": "desk"}})
    delivery = _results(stack)
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
    stack = _stack({"kind": "datadog", "site": "datadoghq.eu", "secret_arn": REFERENCE})
    to = _results(stack)["httpEndpointConfiguration"]
    assert to["url"] == "https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input"
    assert to["secretsManagerConfiguration"]["secretArn"] == REFERENCE
    assert to["requestConfiguration"]["commonAttributes"] == [
        {"name": "service", "value": "stocktrading"}
    ]
    assert not stack.all("aws:secretsmanager/secret:Secret")
    assert "secretsmanager:GetSecretValue" in _actions(stack)
    assert "secretsmanager:GetSecretValue" not in _actions(
        stack, "stocktrading-deliver-dead-letters-policy"
    )


def test_splunk_with_the_stacks_own_secret(packaged: Path) -> None:
    """The token goes to Secrets Manager as a secret. Firehose gets only a reference."""
    assert packaged
    destination = {"kind": "splunk", "url": "https://hec.example.com:8088", "backup": "all"}
    stack = _stack(destination, secret="token-1")  # noqa: S106 -- a test's
    to = _results(stack)["splunkConfiguration"]
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
    stack = _stack({"kind": "opensearch", "domain_arn": DOMAIN})
    to = _results(stack)["opensearchConfiguration"]
    assert (to["domainArn"], to["indexName"], to["indexRotationPeriod"]) == (
        DOMAIN,
        "results",
        "OneDay",
    )
    assert to["s3BackupMode"] == "FailedDocumentsOnly"
    assert {"es:DescribeDomain", "es:ESHttpPost"} <= _actions(stack)
    assert not [action for action in _actions(stack) if action.startswith("ec2:")]
    vpc = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    private = _stack({"kind": "opensearch", "domain_arn": DOMAIN, "vpc": vpc})
    assert _results(private)["opensearchConfiguration"]["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert "ec2:CreateNetworkInterface" in _actions(private)


def test_redshift_copies_the_buckets_objects(packaged: Path) -> None:
    """User and password come from one secret."""
    assert packaged
    url = "jdbc:redshift://desk.abc123.us-east-1.redshift.amazonaws.com:5439/desk"
    destination = {"kind": "redshift", "jdbc_url": url, "username": "loader"}
    stack = _stack(destination, secret="password-1")  # noqa: S106 -- a test's
    to = _results(stack)["redshiftConfiguration"]
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


HTTP = {"kind": "http", "url": "https://desk.example.com"}


def test_a_delivery_of_another_kind_is_another_resource(packaged: Path) -> None:
    """Pulumi makes new resources before it deletes old ones. A replacement would leave a gap.

    Firehose reads a stream from the moment of the delivery's creation.
    """
    assert packaged
    names = {}
    for destination in ({"kind": "s3"}, HTTP, {"kind": "opensearch", "domain_arn": DOMAIN}):
        stack = _stack(destination)
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
    before = _stack(HTTP)
    stack = _stack({"kind": "s3"}, sink={"previous": HTTP, "transform": {}})
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
        _stack({"kind": "s3"}, sink={"previous": previous})
    assert told in str(caught.value)


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
    stack = _stack(destination)
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
    stack = _stack(destination, sink={"transform": {}})
    request = delivery(_results(stack))
    assert request["DeliveryStreamType"] == "KinesisStreamAsSource"
    to = request[member]
    (processor,) = to["ProcessingConfiguration"]["Processors"]
    assert processor["Type"] == "Lambda"
    behind = to.get("S3Configuration", to)
    if member != "RedshiftDestinationConfiguration":
        errors = "errors/results/!{firehose:error-output-type}/"
        assert behind["ErrorOutputPrefix"].startswith(errors)
    assert behind["CompressionFormat"] == "GZIP"


def test_results_pass_through_the_function_and_dead_letters_do_not(packaged: Path) -> None:
    """The function's log is made first, and the function's role writes only to that log."""
    assert packaged
    stack = _stack({"kind": "s3"}, sink={"transform": {}})
    function = stack.one("aws:lambda/function:Function")
    assert (function.inputs["handler"], function.inputs["timeout"]) == ("handler.handle", 60)
    assert "sink-transform-log" in function.options["dependsOn"]
    parameters = _results(stack)["extendedS3Configuration"]["processingConfiguration"][
        "processors"
    ][0]["parameters"]
    told = {one["parameterName"]: one["parameterValue"] for one in parameters}
    assert told["LambdaArn"].endswith("stocktrading-transform:$LATEST")
    assert told.keys() == {"LambdaArn"}
    assert "lambda:InvokeFunction" in _actions(stack)
    letters = stack.one(DELIVERY, "sink-dead-letters").inputs["extendedS3Configuration"]
    assert "processingConfiguration" not in letters
    assert _actions(stack, "stocktrading-transform-policy") == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    table = stack.one("aws:glue/catalogTable:CatalogTable", "sink-catalog-results")
    columns = {one["name"] for one in table.inputs["storageDescriptor"]["columns"]}
    assert {"price_range", "window_seconds"} <= columns


def test_a_tables_partitions_follow_from_the_object_keys(packaged: Path) -> None:
    """The projection's template is the prefix that Firehose writes under."""
    assert packaged
    stack = _stack({"kind": "s3"}, sink={"catalog": True})
    table = stack.one("aws:glue/catalogTable:CatalogTable", "sink-catalog-results").inputs
    bucket = stack.outputs["sink_bucket"]
    parameters = table["parameters"]
    template = parameters["storage.location.template"]
    assert template == f"s3://{bucket}/results/date=${{date}}/hour=${{hour}}/"
    prefix = _results(stack)["extendedS3Configuration"]["prefix"]
    written = prefix.replace("!{timestamp:yyyy-MM-dd}", "${date}").replace(
        "!{timestamp:HH}", "${hour}"
    )
    assert template == f"s3://{bucket}/{written}"
    assert [key["name"] for key in table["partitionKeys"]] == ["date", "hour"]
    assert parameters["projection.hour.digits"] == "2"
    assert {one.name for one in stack.all("aws:glue/catalogTable:CatalogTable")} == {
        "sink-catalog-results",
        "sink-catalog-dead-letters",
    }


def test_the_query_over_the_results_gives_each_once(packaged: Path) -> None:
    """Its answer for today is the same, however often a result was stored."""
    assert packaged
    stack = _stack({"kind": "s3"})
    query = stack.one("aws:athena/namedQuery:NamedQuery").inputs
    table = stack.one("aws:glue/catalogTable:CatalogTable", "sink-catalog-results").inputs
    assert (query["database"], query["workgroup"]) == (table["databaseName"], "primary")
    columns = [one["name"] for one in table["storageDescriptor"]["columns"]]
    held = sqlite3.connect(":memory:")
    quoted = ", ".join(f'"{name}"' for name in [*columns, "date", "hour"])
    held.execute(f"CREATE TABLE results ({quoted})")
    (today,) = held.execute("SELECT current_date").fetchone()
    for ticker, end, date, hour in (
        ("AMZN", "2026-01-31T09:30:00Z", today, "09"),
        ("AMZN", "2026-01-31T09:30:00Z", today, "09"),
        ("AMZN", "2026-01-31T09:30:00Z", today, "10"),
        ("GOOG", "2026-01-31T09:30:00Z", today, "09"),
        ("AMZN", "2026-01-31T09:30:30Z", today, "09"),
        ("AMZN", "2020-01-31T09:30:30Z", "2020-01-31", "09"),
    ):
        row = ["2026-01-31T09:29:30Z", end, ticker, 2.0, 1.0, 1.5, 3, date, hour]
        held.execute(f"INSERT INTO results VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 -- ours
    held.row_factory = sqlite3.Row
    found = [(row["ticker"], row["window_end"]) for row in held.execute(query["query"])]
    assert found == [
        ("AMZN", "2026-01-31T09:30:30Z"),
        ("AMZN", "2026-01-31T09:30:00Z"),
        ("GOOG", "2026-01-31T09:30:00Z"),
    ]


def test_results_that_are_stored_elsewhere_have_no_query(packaged: Path) -> None:
    """An endpoint's results are in no bucket."""
    assert packaged
    stack = _stack({"kind": "http", "url": "https://desk.example.com"})
    assert not stack.all("aws:athena/namedQuery:NamedQuery")


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
        _stack(destination, secret)
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
    stack = _stack({"kind": "http", "url": "http://127.0.0.1:9000/"}, endpoint=ENDPOINT)
    assert _results(stack)["httpEndpointConfiguration"]["url"] == "http://127.0.0.1:9000/"


def test_the_transformation_requires_json(packaged: Path) -> None:
    """Results in the line format would all fail."""
    assert packaged
    with pytest.raises(SettingsError, match=r"sink\.transform: allowed: with job\.OutputFormat"):
        _stack({"kind": "s3"}, job={"OutputFormat": "line"}, sink={"transform": {}})
