"""The command: the stack's files, Pulumi's backend, exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from components.config.settings import WorkloadSettings
from doctor.backend import backend
from doctor.machine import ROOT, Host
from doctor.stack import Agreement, StackError, read

STATE = "s3://stocktrading-state-111111111111-us-east-1?region=us-east-1"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a copy of the project's files for stacks."""
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def changed(files: Path, stack: str, old: str, new: str) -> None:
    """Change a stack's file."""
    file = files / f"Pulumi.{stack}.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def agreement(files: Path) -> tuple[str, str]:
    """Compare the tooling's target with its stack: the state, and what was found."""
    settings = read("tooling", files)
    (check,) = Agreement(stack="tooling", settings=settings, root=files).checks()
    return check.state, check.found


def test_the_shipped_files_agree(files: Path) -> None:
    """Names that cross the accounts are derived from settings, so both sides must say the same."""
    assert agreement(files) == ("ok", "account 222222222222, us-east-1")


@pytest.mark.parametrize(
    ("stack", "old", "new", "said"),
    [
        (
            "sandbox",
            'stocktrading-analytics:account_id: "222222222222"',
            'stocktrading-analytics:account_id: "333333333333"',
            "the target says 222222222222, the stack 333333333333",
        ),
        (
            "sandbox",
            'account_id: "111111111111"\n    region: us-east-1',
            'account_id: "111111111111"\n    region: eu-west-1',
            "its tooling says eu-west-1, the stack us-east-1",
        ),
        (
            "sandbox",
            "stocktrading-analytics:kind: workload",
            "stocktrading-analytics:kind: workload\n  stocktrading-analytics:prefix: desk",
            "the target says stocktrading, the stack desk",
        ),
        ("tooling", "- stack: sandbox", "- stack: prod", "no stack prod"),
    ],
)
def test_files_that_disagree_are_told(
    files: Path, stack: str, old: str, new: str, said: str
) -> None:
    """Else a role would not be found, or a trust refused, at the end of the first run."""
    changed(files, stack, old, new)
    state, found = agreement(files)
    assert state == "missing"
    assert said in found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: workload", "kind: lab", "kind: given 'lab'; allowed: workload, tooling"),
        ("parallelism: 2", "paralelism: 2", "flink.paralelism: unknown key"),
        ("  aws:region: us-east-1\n", "", "aws:region: required, but not given"),
    ],
)
def test_a_mistake_in_a_stacks_file_is_one_line(files: Path, old: str, new: str, said: str) -> None:
    """As `pulumi up` would tell it."""
    changed(files, "sandbox", old, new)
    with pytest.raises(StackError) as caught:
        read("sandbox", files)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_in_the_file_needs_no_key_to_look(files: Path) -> None:
    """Only Pulumi's engine opens it; nothing here needs it."""
    encrypted = "kind: workload\n  stocktrading-analytics:sink_secret:\n    secure: v1:abc"
    changed(files, "sandbox", "kind: workload", encrypted)
    assert isinstance(read("sandbox", files), WorkloadSettings)


@pytest.mark.parametrize(
    ("said", "state", "found"),
    [
        (json.dumps({"user": "me", "url": STATE}), "ok", STATE),
        (json.dumps({"user": "me", "url": "file://~"}), "advice", "file://~; the pipeline uses"),
        (None, "advice", "not logged in"),
        ("error: not logged in", "advice", "not logged in"),
    ],
)
def test_the_backend_is_held_against_the_pipelines(
    said: str | None, state: str, found: str
) -> None:
    """A second state of the same stack would make everything twice."""

    class Pulumi(Host):
        def output(self, *command: str) -> str | None:
            assert command[:2] == ("pulumi", "whoami")
            return said

    for stack in ("sandbox", "tooling"):
        check = backend(Pulumi(), read(stack))
        assert check.state == state
        assert check.found.startswith(found)


def test_an_unknown_stack_ends_with_1_and_names_those_that_are_there() -> None:
    """And nothing is asked of an account."""
    done = CliRunner().invoke(app, ["doctor", "--stack", "nope", "--json"])
    assert done.exit_code == 1
    last = json.loads(done.stdout)["checks"][-1]
    assert "it has sandbox, tooling" in last["found"]


def test_an_unknown_profile_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the table, not as a traceback."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    given = ["doctor", "--stack", "tooling", "--profile", "nobody", "--json"]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 1
    last = json.loads(done.stdout)["checks"][-1]
    assert (last["what"], last["state"]) == ("credentials", "missing")
    assert "nobody" in last["found"]
