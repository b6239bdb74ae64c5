"""The description of the configuration is complete and agrees with what is checked."""

import pytest
from recorder import Recorder
from typer.testing import CliRunner

from cli import app
from components.config.reference import KINDS, Entry, job_entries, sections
from job.properties import KEYS
from stack import outputs

_DESTINATIONS = "`s3` or `http` or `datadog` or `splunk` or `opensearch` or `redshift`"


def _entries(kind: str) -> list[Entry]:
    return [entry for section in sections(kind) for entry in section.entries]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_its_meaning_its_limits_and_its_default(kind: str) -> None:
    """No text is missing, and no text is in Python's notation."""
    for entry in _entries(kind):
        assert all((entry.key, entry.form, entry.default, entry.says)), entry
        assert not [each for each in ("dataclass", "<", "typing", "None") if each in entry.default]


@pytest.mark.parametrize(
    ("key", "form", "default"),
    [
        ("account_id", "text, `^\\d{12}$`", "required"),
        ("flink.parallelism", "whole number, 1 to 256", "none"),
        ("flink.autoscaling", "true or false", "`true`"),
        ("load.mean_trades", "number, above 0, up to 10,000,000", "`200.0`"),
        ("streams.ingest.mode", "`provisioned` or `on_demand`", "`provisioned`"),
        ("sink.buffer_seconds", "whole number, 0 to 900", "none"),
        ("sink.destination", f"keys below, by `kind`: {_DESTINATIONS}", "kind `s3`"),
        (
            "flink.vpc.subnet_ids",
            "list of text, `^subnet-[0-9a-f]+$`, 1 to 16 entries",
            "required",
        ),
        ("job.WindowSeconds", "whole number, 1 to 86,400", "`60`"),
        ("job.OutputFormat", "`json` or `line`", "`json`"),
    ],
)
def test_a_key_is_shown_with_the_limits_that_are_checked(key: str, form: str, default: str) -> None:
    """Types, ranges, lengths, patterns, choices and lists."""
    entry = next(each for each in _entries("workload") if each.key == key)
    assert (entry.form, entry.default) == (form, default)


def test_a_destination_has_the_limits_of_its_own_kind() -> None:
    """Datadog accepts 4 MiB and Splunk 5, so each has its own section."""
    limits = {
        section.title: entry.form
        for section in sections("workload")
        for entry in section.entries
        if entry.key == "sink.destination.buffer_mib"
    }
    assert limits == {
        "sink.destination, kind: http": "whole number, 1 to 64",
        "sink.destination, kind: datadog": "whole number, 1 to 4",
        "sink.destination, kind: splunk": "whole number, 1 to 5",
        "sink.destination, kind: opensearch": "whole number, 1 to 100",
    }


def test_every_property_of_the_job_is_shown() -> None:
    """The properties' page has all of them. The configuration has those that a person sets."""
    assert {each.key for each in job_entries(wired=True)} == set(KEYS.values())
    assert "inputStreamName" not in {each.key for each in job_entries(wired=False)}


def test_exactly_the_tooling_stacks_outputs_are_described(tooling: Recorder) -> None:
    """With previews, which are on by default."""
    assert set(tooling.outputs) == set(outputs.TOOLING)


def test_the_command_shows_the_keys_with_the_given_beginning() -> None:
    """It shows only the kinds of stack that have such keys."""
    shown = CliRunner().invoke(app, ["config", "flink.vpc"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "flink.vpc.security_group_ids" in shown.stdout
    assert "flink.parallelism" not in shown.stdout
    assert "kind tooling" not in shown.stdout


def test_the_command_refuses_in_one_line() -> None:
    """What was given, what is allowed; exit code 2."""
    result = CliRunner().invoke(app, ["config", "flnk"])
    told = "PREFIX: given 'flnk'; allowed: the beginning of a key, such as flink or sink"
    assert (result.exit_code, result.stderr) == (2, f"{told}\n")
