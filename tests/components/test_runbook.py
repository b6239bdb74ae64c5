"""The runbook has a section for each alarm, and each alarm says where its section is."""

import json
import re
from pathlib import Path

import pytest
from recorder import ROOT, Recorder, main_program, record, stack_config

from components.base.names import Names
from components.base.validation import SettingsError, decode
from components.monitoring.alarm_rules import Thresholds, rules
from components.monitoring.alarms import AlarmsArgs

NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
RULES = rules(NAMES, Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4))
OTHER = ["The pipeline"]
"""Sections that no alarm of the workload leads to."""

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ADDRESS = "https://github.com/example-org/stocktrading-analytics/blob/main/docs/runbook.md"


def sections() -> dict[str, str]:
    """Give the runbook's sections, in their order, by their headings."""
    text = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_alarm_has_its_section_in_the_order_of_the_rules() -> None:
    """And no section is left of an alarm that is gone; a heading is its own anchor."""
    assert list(sections()) == [*(rule.noun for rule in RULES), *OTHER]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.noun)
def test_a_section_says_what_it_means_where_to_look_and_what_to_do(rule: object) -> None:
    """Whether it needs a person stands first, as the alarm itself says."""
    noun, person = getattr(rule, "noun", ""), getattr(rule, "person", False)
    section = sections()[noun].strip()
    assert section.startswith("*Person.*") is person
    assert re.search(r"\bLook\b", section)
    assert re.search(r"\b[Dd]o\b", section)


def test_every_alarm_says_where_its_section_is(sandbox: Recorder) -> None:
    """A path in the repository, where no address is known; CloudWatch takes 1,024 characters."""
    for alarm in sandbox.all(ALARM):
        noun = alarm.name.removeprefix("alarms-")
        text = alarm.inputs["alarmDescription"]
        assert text.endswith(f" Runbook: docs/runbook.md#{noun}")
        assert len(text) <= 1_024
    composite = sandbox.one("aws:cloudwatch/compositeAlarm:CompositeAlarm").inputs
    assert composite["alarmDescription"].endswith(" Runbook: docs/runbook.md")


def test_the_runbooks_address_is_a_setting(packaged: Path) -> None:
    """So that the text in a mail or a chat can be followed."""
    assert packaged
    stack = record(main_program, stack_config(alarms={"runbook": ADDRESS}))
    down = stack.one(ALARM, "alarms-job-down").inputs
    assert down["alarmDescription"].endswith(f" Runbook: {ADDRESS}#job-down")


def test_an_address_that_leads_nowhere_is_refused() -> None:
    """It is a page."""
    with pytest.raises(SettingsError, match=r"runbook: given 'ask Bob'; string should match"):
        decode(AlarmsArgs, json.dumps({"runbook": "ask Bob"}), "")
