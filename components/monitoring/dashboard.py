"""The stack's dashboard, from the incoming trades to the stored results."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.names import Names
from components.monitoring import panels
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.widgets import Widget, alarm_states, log_lines, rows, text


class Dashboard(Component):
    """One dashboard. Its name is the stack's prefix."""

    name: str
    url: str

    def __init__(
        self,
        name: str,
        *,
        thresholds: Thresholds,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the dashboard."""
        super().__init__("stocktrading:monitoring:Dashboard", name, opts)
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=names.dashboard,
            dashboard_body=json.dumps(body(names=names, thresholds=thresholds)),
            opts=self.child,
        )
        self.name, self.url = names.dashboard, names.dashboard_url
        self.publish()


def body(*, names: Names, thresholds: Thresholds) -> dict[str, Any]:
    """Give the dashboard's body. Key figures are at the top, details further down."""
    return {
        "start": "-PT3H",
        "periodOverride": "inherit",
        "widgets": rows(
            [text(markdown=links(names, thresholds.results_delivery))],
            [_alarms(names, thresholds)],
            panels.figures(names, thresholds),
            panels.streams(names, thresholds),
            panels.lag(names),
            panels.health(names, thresholds),
            panels.work(names),
            panels.delivery(names, thresholds),
            [_job_errors(names), _delivery_errors(names)],
        ),
    }


def links(names: Names, results_delivery: str) -> str:
    """Give links to the places where a person looks next, as Markdown."""
    console = f"https://{names.region}.console.aws.amazon.com"
    at = f"region={names.region}"
    group = names.log_group.replace("/", "$252F")
    streams = f"{console}/kinesis/home?{at}#/streams/details"
    deliveries = f"{console}/firehose/home?{at}#/details"
    stored = f"{console}/s3/buckets/{names.bucket('sink')}?{at}"
    places = {
        "Job": f"{console}/flink/home?{at}#/applications/{names.application}",
        "Log": f"{console}/cloudwatch/home?{at}#logsV2:log-groups/log-group/{group}",
        "Trades": f"{streams}/{names.ingest_stream}/monitoring",
        "Results": f"{streams}/{names.results_stream}/monitoring",
        "Delivery of results": f"{deliveries}/{names.delivery_stream(results_delivery)}/monitoring",
        "Delivery of dead letters": (
            f"{deliveries}/{names.delivery_stream('dead-letters')}/monitoring"
        ),
        "Stored results": f"{stored}&prefix=results/",
        "Dead letters": f"{stored}&prefix=dead-letters/",
        "What failed": f"{stored}&prefix=errors/",
        "Alarms": f"{console}/cloudwatch/home?{at}#alarmsV2:?search={names.prefix}-",
    }
    return f"# {names.prefix}\n" + " · ".join(f"[{key}]({url})" for key, url in places.items())


def _alarms(names: Names, thresholds: Thresholds) -> Widget:
    nouns = ["needs-a-person", *(rule.noun for rule in rules(names, thresholds))]
    arns = [names.arn("cloudwatch", f"alarm:{names.alarm(noun)}") for noun in nouns]
    return alarm_states(title="Alarms", arns=arns, height=5)


def _job_errors(names: Names) -> Widget:
    """Show failures in the log.

    A failure in Python shows under `PythonDriver`. The application can stay RUNNING.
    """
    query = (
        "fields @timestamp, messageType, logger, message, throwableInformation.0 "
        '| filter messageType = "ERROR" or message like /PythonDriver|Exception/ '
        "| sort @timestamp desc | limit 50"
    )
    return log_lines(
        title="Errors in the job's log",
        log_group=names.log_group,
        query=query,
        region=names.region,
    )


def _delivery_errors(names: Names) -> Widget:
    """Show why a delivery failed. The metrics show only that one failed."""
    return log_lines(
        title="Errors of the deliveries",
        log_group=names.delivery_log_group,
        query="fields @timestamp, errorCode, message | sort @timestamp desc | limit 50",
        region=names.region,
    )
