"""The stack that counts historic trades keeps the rules of the shipped stacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from archives import packaged
from recorded import resources
from recorder import PROJECT, main_program, record, stack_config

from common.paths import ROOT
from history.configuration import historic
from job.properties import JobProperties
from policies.model import Level, find_violations
from policies.pack import RULES

LIVE = JobProperties(
    region="us-east-1", input_stream="in", output_stream="out", dead_letter_stream="dead"
)
SANDBOX: Mapping[str, Any] = yaml.safe_load((ROOT / "Pulumi.sandbox.yaml").read_text())["config"]


def test_the_stack_keeps_every_mandatory_rule_and_has_no_deployer(tmp_path: Path) -> None:
    """The program makes it, recorded, with the rules that the shipped stacks keep."""
    flat = {key: value for key, value in stack_config("sandbox").items() if ":" in key}
    config = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in historic(SANDBOX, PROJECT, LIVE).items()
    }
    assert flat.keys() - config.keys() == {f"{PROJECT}:tooling"}
    with packaged(tmp_path / "dist"):
        recorder = record(main_program, config, stack="sandbox-history")
    found = resources(recorder, "sandbox")
    names = {str(one.props.get("name")) for one in found if one.kind == "aws:iam/role:Role"}
    assert names == {
        "stocktrading-history-flink",
        "stocktrading-history-deliver-results",
        "stocktrading-history-deliver-dead-letters",
    }
    for rule in (rule for rule in RULES if rule.level is Level.MANDATORY):
        assert list(find_violations(rule, found)) == [], rule.name
