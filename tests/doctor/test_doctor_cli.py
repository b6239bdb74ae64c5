"""The command `doctor`: the stack's files, Pulumi's backend, exit codes."""

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
    """Compare the tooling's target with its stack, and give the result."""
    settings = read("tooling", files)
    (check,) = Agreement(stack="tooling", settings=settings, root=files).checks()
    return check.state, check.found


def test_the_repositorys_files_agree(files: Path) -> None:
    """Names that both accounts use are derived from settings, so both files must agree."""
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
def test_files_that_disagree_are_reported(
    files: Path, stack: str, old: str, new: str, said: str
) -> None:
    """Otherwise the first run would fail at its end, with an unknown or untrusted role."""
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
def test_a_mistake_in_a_stacks_file_gives_one_line(
    files: Path, old: str, new: str, said: str
) -> None:
    """The text is the same as that of `pulumi up`."""
    changed(files, "sandbox", old, new)
    with pytest.raises(StackError) as caught:
        read("sandbox", files)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_check_does_not_need_the_key_of_a_secret(files: Path) -> None:
    """Only Pulumi's engine can decrypt it, and no check needs it."""
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
def test_the_backend_is_compared_with_the_pipelines(
    said: str | None, state: str, found: str
) -> None:
    """With a second state of the same stack, everything would be made twice."""

    class Pulumi(Host):
        def output(self, *command: str) -> str | None:
            assert command[:2] == ("pulumi", "whoami")
            return said

    for stack in ("sandbox", "tooling"):
        check = backend(Pulumi(), read(stack))
        assert check.state == state
        assert check.found.startswith(found)


def test_a_stack_that_is_no_target_of_its_pipeline_is_found(files: Path) -> None:
    """The deployer would trust a role that the tooling stack doesn't make, and IAM refuses it."""
    settings = read("sandbox", files)
    (check,) = Agreement(stack="sandbox", settings=settings, root=files).checks()
    assert check.state == "ok"
    changed(files, "tooling", "- stack: sandbox", "- stack: prod")
    (check,) = Agreement(stack="sandbox", settings=settings, root=files).checks()
    assert (check.state, check.found) == ("missing", "Pulumi.tooling.yaml has no target sandbox")


def test_an_unknown_stack_gives_exit_code_1_and_the_known_stacks() -> None:
    """The command makes no call to an account."""
    done = CliRunner().invoke(app, ["doctor", "--stack", "nope", "--json"])
    assert done.exit_code == 1
    last = json.loads(done.stdout)["checks"][-1]
    assert "it has sandbox, tooling" in last["found"]


def test_an_unknown_profile_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The table has it, and there is no traceback."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")  # nothing listens there
    given = ["doctor", "--stack", "tooling", "--profile", "nobody", "--json"]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 1
    last = json.loads(done.stdout)["checks"][-1]
    assert (last["what"], last["state"]) == ("credentials", "missing")
    assert "nobody" in last["found"]
