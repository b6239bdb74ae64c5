"""How results are stored in the bucket: the transformation, the table and the query."""

import sqlite3
from pathlib import Path

from sink_stack import DELIVERY, allowed_actions, results_delivery, sink_stack


def test_results_pass_through_the_function_and_dead_letters_do_not(packaged: Path) -> None:
    """The function's log is made first, and the function's role writes only to that log."""
    assert packaged
    stack = sink_stack({"kind": "s3"}, sink={"transform": {}})
    function = stack.one("aws:lambda/function:Function")
    assert (function.inputs["handler"], function.inputs["timeout"]) == ("handler.handle", 60)
    assert "sink-transform-log" in function.options["dependsOn"]
    parameters = results_delivery(stack)["extendedS3Configuration"]["processingConfiguration"][
        "processors"
    ][0]["parameters"]
    told = {one["parameterName"]: one["parameterValue"] for one in parameters}
    assert told["LambdaArn"].endswith("stocktrading-transform:$LATEST")
    assert told.keys() == {"LambdaArn"}
    assert "lambda:InvokeFunction" in allowed_actions(stack)
    letters = stack.one(DELIVERY, "sink-dead-letters").inputs["extendedS3Configuration"]
    assert "processingConfiguration" not in letters
    assert allowed_actions(stack, "stocktrading-transform-policy") == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    table = stack.one("aws:glue/catalogTable:CatalogTable", "sink-catalog-results")
    columns = {one["name"] for one in table.inputs["storageDescriptor"]["columns"]}
    assert {"price_range", "window_seconds"} <= columns


def test_a_tables_partitions_follow_from_the_object_keys(packaged: Path) -> None:
    """The projection's template is the prefix that Firehose writes under."""
    assert packaged
    stack = sink_stack({"kind": "s3"}, sink={"catalog": True})
    table = stack.one("aws:glue/catalogTable:CatalogTable", "sink-catalog-results").inputs
    bucket = stack.outputs["sink_bucket"]
    parameters = table["parameters"]
    template = parameters["storage.location.template"]
    assert template == f"s3://{bucket}/results/date=${{date}}/hour=${{hour}}/"
    prefix = results_delivery(stack)["extendedS3Configuration"]["prefix"]
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
    stack = sink_stack({"kind": "s3"})
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
    stack = sink_stack({"kind": "http", "url": "https://desk.example.com"})
    assert not stack.all("aws:athena/namedQuery:NamedQuery")
