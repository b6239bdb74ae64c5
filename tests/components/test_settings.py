"""Mistakes in a stack's configuration are told by name, in one line, before anything is made."""

from pathlib import Path
from typing import Any

import pytest
from recorder import main_program, record, shipped_program, stack_config

from components.base.validation import SettingsError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"flnk": {"parallelism": 2}},
            "stocktrading-analytics:flnk: unknown key; did you mean flink? allowed: account_id, ",
        ),
        (
            {"flink": {"paralelism": 2}},
            "stocktrading-analytics:flink.paralelism: unknown key; did you mean parallelism? ",
        ),
        (
            {"streams": {"ingest": {"shard": 2}}},
            "streams.ingest.shard: unknown key; did you mean shards? allowed: mode, shards, ",
        ),
        (
            {"streams": {"ingest": {"colour": "red"}}},
            "streams.ingest.colour: unknown key; allowed: mode, shards, ",
        ),
        (
            {"streams": {"ingest": {"shards": 0}}},
            "streams.ingest.shards: given 0; input should be greater than or equal to 1",
        ),
        (
            {"streams": {"ingest": {"shards": "4"}}},
            "streams.ingest.shards: given '4'; input should be a valid integer",
        ),
        (
            {"streams": {"ingest": {"mode": "on_demand", "shards": 4}}},
            "streams.ingest: shards: given 4 with mode on_demand; allowed: no shards, or mode",
        ),
        (
            {"sink": {"buffer_seconds": 901}},
            "sink.buffer_seconds: given 901; input should be less than or equal to 900",
        ),
        ({"account_id": None}, "account_id: required, but not given"),
        ({"account_id": "12345"}, "account_id: given '12345'; string should match pattern"),
        (
            {"job": {"WindowsSeconds": 60}},
            "job.WindowsSeconds: unknown key; did you mean WindowSeconds? ",
        ),
        (
            {"job": {"windowseconds": 60}},
            "job.windowseconds: unknown key; did you mean WindowSeconds? ",
        ),
        ({"job": {"inputStreamName": "x"}}, "job.inputStreamName: set by the stack itself"),
        (
            {"job": {"SlideSeconds": 25}},
            "job: TradingDataConfigProperties.SlideSeconds: given 25; allowed: a divisor of",
        ),
        ({"kind": "prod"}, "kind of stack 'sandbox': given 'prod'; allowed: workload, tooling;"),
        ({"kind": "prod"}, "workload, tooling; other stacks here: tooling"),
        ({"kind": None}, "kind of stack 'sandbox': required, but not given; allowed: workload, "),
    ],
)
def test_a_mistake_is_named(packaged: Path, changes: dict[str, Any], message: str) -> None:
    """The message has the key, what was given and what is allowed."""
    assert packaged
    with pytest.raises(SettingsError) as caught:
        record(main_program, stack_config(**changes))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_named_at_once(packaged: Path) -> None:
    """One preview shows them all."""
    assert packaged
    with pytest.raises(SettingsError) as caught:
        record(main_program, stack_config(sink={"buffer_mib": 0}, key={"deletion_days": 3}))
    assert "sink.buffer_mib" in str(caught.value)
    assert "key.deletion_days" in str(caught.value)


def test_a_missing_region_is_named(packaged: Path) -> None:
    """The region is the AWS provider's own key."""
    assert packaged
    config = {key: value for key, value in stack_config().items() if key != "aws:region"}
    with pytest.raises(SettingsError, match=r"^aws:region: required"):
        record(main_program, config)


def test_the_examples_account_is_not_trusted_on_aws(packaged: Path) -> None:
    """If the example's file were deployed unchanged, a foreign account could deploy here."""
    assert packaged
    with pytest.raises(SettingsError) as caught:
        record(shipped_program, stack_config())
    assert "tooling.account_id: given the example's 111111111111" in str(caught.value)
    own = {"account_id": "123456789012", "region": "us-east-1"}
    fine: list[dict[str, Any]] = [
        {"tooling": own},
        {"tooling": None},
        {"endpoint": "http://127.0.0.1:4566"},
    ]
    for changes in fine:
        assert record(shipped_program, stack_config(**changes)).resources
