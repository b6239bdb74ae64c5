"""The reference page of alarms and metrics, generated from the rules of the alarms."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import yaml

from common.paths import ROOT
from components.base.names import Names
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Rule, Thresholds
from components.monitoring.metrics import FIREHOSE, FLINK, KINESIS, KNOWN
from tools.documentation.markdown import note, table

STACK: Final = ROOT / "Pulumi.sandbox.yaml"
NAMES: Final = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
SERVICES: Final = {KINESIS: "Kinesis", FLINK: "Managed Flink", FIREHOSE: "Firehose"}

INTRODUCTION: Final = """# Metrics and alarms

This page lists every alarm of a workload stack. An alarm that needs a person makes the alarm
`stocktrading-needs-a-person` ring, which notifies the topic. The other alarms notify the topic only
if `alarms.notify` is `all`. Some thresholds follow from a stack's size; the page shows those of
`Pulumi.sandbox.yaml`. They are half the checkpoint interval, twice the delivery's buffer time (at
least a quarter of an hour), and 80 % of what the ingest stream's shards can take.

If a metric has no values, its alarm stays quiet. The exceptions are *job-down* and the alarms
*no-reader*, because a job that does not run, or a reader that may not read, publishes nothing.
Each alarm's name links to its section of the
[runbook](../runbook.md)."""

METRICS: Final = """## Metrics that may be used

A graph or an alarm with another metric is refused before anything is made, because it would stay
empty for ever."""


def page() -> str:
    """Give the page."""
    alarms = [_alarm(rule) for rule in rules(NAMES, thresholds())]
    metrics = [(SERVICES[space], f"`{space}`", _list(KNOWN[space])) for space in SERVICES]
    return "\n\n".join(
        [
            note("components/monitoring/alarm_rules and components/monitoring/metrics.py"),
            INTRODUCTION,
            *_sections(alarms),
            METRICS,
            table(["service", "namespace", "metrics"], metrics) + "\n",
        ]
    )


def thresholds() -> Thresholds:
    """Give the thresholds of the sandbox stack, whose file is in the repository."""
    config = cast("Mapping[str, Any]", yaml.safe_load(STACK.read_text("utf-8"))["config"])
    settings = {key.partition(":")[2]: value for key, value in config.items()}
    return Thresholds(
        checkpoint_seconds=settings["flink"]["checkpoint_seconds"],
        buffer_seconds=settings["sink"]["buffer_seconds"],
        ingest_shards=settings["streams"]["ingest"]["shards"],
    )


def condition(rule: Rule) -> str:
    """Say in words when an alarm rings."""
    metric = f"`{rule.metric.name}`"
    forms = {
        "plain": f"{rule.metric.stat.lower()} of {metric}",
        "rate": f"{metric}, growth a second,",
        "across": f"maximum of {metric} over all tasks or shards",
    }
    if rule.reader:
        period = _span(rule.metric.period)
        seen = f"{metric} above 0 and `{rule.reader.name}` none or 0"
        return f"{seen}, in {rule.periods} of {rule.within} periods of {period}"
    bound = f"above {rule.above:,.0f}" if rule.above is not None else f"below {rule.below:,.0f}"
    return f"{forms[rule.form]} {bound} for {_span(rule.metric.period * rule.periods)}"


def _alarm(rule: Rule) -> tuple[Rule, tuple[str, str, str]]:
    return rule, (f"[`{rule.noun}`](../runbook.md#{rule.noun})", condition(rule), rule.meaning)


def _sections(alarms: list[tuple[Rule, tuple[str, str, str]]]) -> Iterator[str]:
    for title, person in (("Needs a person", True), ("For information", False)):
        yield f"## {title}"
        rows = [row for rule, row in alarms if rule.person is person]
        yield table(["alarm", "rings when", "what it means, and what to do first"], rows)


def _span(seconds: int) -> str:
    return "a minute" if seconds == 60 else f"{seconds // 60} minutes"  # noqa: PLR2004 -- one minute


def _list(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
