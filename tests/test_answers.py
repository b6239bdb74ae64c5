"""What commands print with --json fits the schemas of the documentation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator, ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group
from typer.testing import CliRunner

from cli import app
from common.paths import ROOT
from redrive.rejection import Rejection
from terminal.answer import answer
from terminal.answers import ANSWERS
from tools.documentation import answer_page

ALWAYS = {"demo", "release-demo", "dead-letters export"}
"""Commands that always print JSON, so they need no option."""

TRADES = "EVENT_TIME,TICKER,PRICE\n2026-01-31T09:30:00Z,AMZN,214.5\n2026-01-31T09:30:01Z,GOOG,-1\n"


def commands(group: TyperGroup, words: tuple[str, ...] = ()) -> dict[str, TyperCommand]:
    """Give all commands, by their words."""
    found: dict[str, TyperCommand] = {}
    context = typer.Context(group)
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        if isinstance(one, TyperGroup):
            found |= commands(one, (*words, name))
        elif isinstance(one, TyperCommand):
            found[" ".join((*words, name))] = one
    return found


def validator(command: str) -> Any:  # noqa: ANN401 -- its methods have no complete types
    """Give the validator of a command's published schema."""
    text = (ROOT / "docs/reference/schemas" / answer_page.file(command)).read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_every_command_with_json_has_a_schema() -> None:
    """And every schema belongs to a command."""
    group = get_group(app)
    assert isinstance(group, TyperGroup)
    found = commands(group)
    with_json = {name for name, one in found.items() if any("--json" in p.opts for p in one.params)}
    assert ANSWERS.keys() == with_json | ALWAYS


@pytest.mark.parametrize(
    "command",
    [
        ("doctor",),
        ("capacity", "--peak", "50000", "--packed"),
        ("config", "flink"),
        ("config", "", "--kind", "tooling"),
        ("send", "trades.csv", "--dry-run", "--bad-rows", "report"),
    ],
    ids=" ".join,
)
def test_what_a_command_prints_fits_its_published_schema(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """It is one JSON object on one line of stdout."""
    (tmp_path / "trades.csv").write_text(TRADES, "utf-8")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("\n") == 1, done.stderr
    validator(command[0]).validate(json.loads(done.stdout))


def test_doctor_prints_the_same_json_before_anything_is_installed() -> None:
    """`make doctor` needs only Python."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "doctor", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    validator("doctor").validate(json.loads(done.stdout))


def test_a_line_of_an_export_fits_its_schema() -> None:
    """A cut payload has its whole size."""
    given = {"id": "s/1/0", "reason": "not_json", "arrival_time": "2026-01-31T09:30:00.000Z"}
    for size in (None, 9):
        one = Rejection(**given, payload=b"\xff", shard="s", sequence_number="1", size=size)
        validator("dead-letters export").validate(json.loads(one.line()))


def test_a_schema_refuses_what_does_not_fit() -> None:
    """It allows names that came later, and no missing name and no other type."""
    check = {"what": "a", "state": "ok", "found": "b", "do": ""}
    doctor = validator("doctor")
    doctor.validate({"ready": True, "checks": [check], "later": 1})
    wrongs: list[object] = [
        {"ready": True},
        {"ready": "yes", "checks": []},
        {"ready": 1, "checks": []},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            doctor.validate(wrong)
    with pytest.raises(ValidationError):
        doctor.validate({"ready": True, "checks": [check | {"state": "good"}]})


def test_the_tests_hold_each_printed_object_to_its_shape(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A new name must be declared, and so must a new command."""
    answer("release prune", {"deleted": []})
    assert capsys.readouterr().out == '{"deleted": []}\n'
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        answer("release prune", {"deleted": [], "other": 1})
    with pytest.raises(KeyError):
        answer("no command", {})


def test_the_overview_of_keys_has_every_key() -> None:
    """It is what the table shows, for both kinds of stack."""
    ran = CliRunner().invoke(app, ["config", "--json"])
    keys = json.loads(ran.stdout)["keys"]
    assert "flink.parallelism" in {each["key"] for each in keys}
    assert not any("`" in text for each in keys for text in each.values())
    assert {each["kind"] for each in keys} == {"workload", "tooling"}
