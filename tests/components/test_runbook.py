"""The runbook has a section for each alarm, and each alarm says where its section is."""

import json
import re
from pathlib import Path

import pytest
from recorder import ROOT, Recorder, main_program, record, stack_config

from components.base.names import Names
from components.base.validation import SettingsError, decode
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.alarms import AlarmsArgs

NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
RULES = rules(NAMES, Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4))
OTHER = ["Night work", "The pipeline"]
"""Sections to which no alarm of the workload links."""

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ADDRESS = "https://github.com/example-org/stocktrading-analytics/blob/main/docs/runbook.md"


def sections() -> dict[str, str]:
    """Give the runbook's sections, in their order, by their headings."""
    text = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_alarm_has_its_section_in_the_order_of_the_rules() -> None:
    """There is no section for an alarm that no longer exists. A heading is its own anchor."""
    first, *last = OTHER
    assert list(sections()) == [first, *(rule.noun for rule in RULES), *last]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.noun)
def test_a_section_says_what_it_means_where_to_look_and_what_to_do(rule: object) -> None:
    """The section says first whether the alarm needs a person, and agrees with the alarm."""
    noun, person = getattr(rule, "noun", ""), getattr(rule, "person", False)
    section = sections()[noun].strip()
    assert section.startswith("*Person.*") is person
    assert re.search(r"\bLook\b", section)
    assert re.search(r"\b[Dd]o\b", section)


def test_every_alarms_text_ends_with_the_address_of_its_section(sandbox: Recorder) -> None:
    """By default it is a path in the repository. CloudWatch allows 1,024 characters."""
    for alarm in sandbox.all(ALARM):
        noun = alarm.name.removeprefix("alarms-")
        text = alarm.inputs["alarmDescription"]
        assert text.endswith(f" Runbook: docs/runbook.md#{noun}")
        assert len(text) <= 1_024
    composite = sandbox.one("aws:cloudwatch/compositeAlarm:CompositeAlarm").inputs
    assert composite["alarmDescription"].endswith(" Runbook: docs/runbook.md")


def test_the_runbooks_address_is_a_setting(packaged: Path) -> None:
    """With a URL, people can open the section from a mail or a chat."""
    assert packaged
    stack = record(main_program, stack_config(alarms={"runbook": ADDRESS}))
    down = stack.one(ALARM, "alarms-job-down").inputs
    assert down["alarmDescription"].endswith(f" Runbook: {ADDRESS}#job-down")


def test_an_address_that_leads_nowhere_is_refused() -> None:
    """It is a page."""
    with pytest.raises(SettingsError, match=r"runbook: given 'ask Bob'; string should match"):
        decode(AlarmsArgs, json.dumps({"runbook": "ask Bob"}), "")
