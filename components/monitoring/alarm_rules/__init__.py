"""The alarms as data: metric, threshold, meaning, and what a person does."""

from components.base.names import Names
from components.monitoring.alarm_rules.job import job_rules
from components.monitoring.alarm_rules.rule import Rule, Thresholds
from components.monitoring.alarm_rules.streams import delivery_rules, stream_rules


def rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    """Give all alarms of a workload stack."""
    return [
        *job_rules(names, thresholds),
        *stream_rules(names, thresholds),
        *delivery_rules(names, thresholds),
    ]
