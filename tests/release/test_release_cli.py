"""The release commands: one line for a mistake, exit codes, and JSON output."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stubs import (
    NAME,
    client,
    configuration,
    describes,
    detail,
    key,
    lists_snapshots,
    stubbed,
    workload,
)
from test_evidence import GOOD
from typer.testing import CliRunner

from cli import app
from release import application, lookup, snapshots, store
from release.errors import ReleaseError
from release.evidence import Evidence
from release.rollback import Control
from release.verify import Watch, Witness
from release.workload import Workload
from stack.outputs import Outputs

RAW = {
    "application_name": NAME,
    "region": "us-east-1",
    "account_id": "222222222222",
    "ingest_stream": "stocktrading-ingest-stream",
    "results_stream": "stocktrading-results-stream",
    "dead_letter_stream": "stocktrading-dead-letter-stream",
    "endpoint": None,
}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Give a file of a stack's outputs."""
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(RAW), "utf-8")
    return path


def run(*arguments: str) -> Any:  # noqa: ANN401 -- Typer's own result
    """Run the command line."""
    return CliRunner().invoke(app, ["release", *arguments])


def with_flink(monkeypatch: pytest.MonkeyPatch, flink: object) -> None:
    """Make the commands' workload use this client."""

    def make(_: Outputs, __: str | None) -> Workload:
        return workload(flink=flink)

    monkeypatch.setattr(lookup, "Workload", make)


def with_evidence(monkeypatch: pytest.MonkeyPatch, evidence: Evidence) -> None:
    """Make `Witness.look` return this evidence."""

    def look(_: Witness) -> Evidence:
        return evidence

    monkeypatch.setattr(Witness, "look", look)


def test_the_help_of_every_command_has_an_example() -> None:
    """The example is a call of that command."""
    commands = "publish fetch restores snapshot start verify rollback prune"
    for command in commands.split():
        told = run(command, "--help")
        assert told.exit_code == 0
        assert f"Example: stocktrading release {command} " in told.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "expected what `pulumi stack output --json` prints"),
        (json.dumps(RAW | {"region": ""}), "region: given ''; expected a workload stack's output"),
    ],
)
def test_a_file_of_something_else_is_one_line_and_exit_code_1(
    tmp_path: Path, content: str, told: str
) -> None:
    """Never a traceback."""
    path = tmp_path / "outputs.json"
    path.write_text(content, "utf-8")
    result = run("prune", "--outputs", str(path))
    assert result.exit_code == 1
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_outputs_of_a_named_stack_come_from_pulumi(monkeypatch: pytest.MonkeyPatch) -> None:
    """If Pulumi fails, the message has the last line that Pulumi printed."""
    asked: list[list[str]] = []

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 255, "", "warning: x\nerror: no stack named y")

    monkeypatch.setattr(subprocess, "run", answer)
    result = run("prune", "--stack", "y")
    assert asked == [["pulumi", "stack", "output", "--json", "--stack", "y"]]
    assert result.exit_code == 1
    assert result.stderr == ("release prune: --stack: y: pulumi says: error: no stack named y\n")


def test_stack_and_outputs_together_are_refused(outputs: Path) -> None:
    """The exit code is 2, as for every wrong command."""
    assert run("prune", "--stack", "x", "--outputs", str(outputs)).exit_code == 2


def test_verify_of_a_working_version_exits_with_0_and_prints_its_checks_as_json(
    monkeypatch: pytest.MonkeyPatch, outputs: Path
) -> None:
    """Standard output has only the JSON. The progress goes to standard error."""
    with_evidence(monkeypatch, GOOD)
    result = run("verify", "--version", "v2", "--outputs", str(outputs), "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["version"], told["works"]) == ("v2", True)
    assert told["checks"][1] == {"name": "version", "state": "yes", "words": "v2 runs"}
    assert "v2 works" in result.stderr


def test_verify_of_a_failed_version_exits_with_1_and_prints_the_reason(
    monkeypatch: pytest.MonkeyPatch, outputs: Path
) -> None:
    """The last line of standard error is the reason."""
    with_evidence(monkeypatch, replace(GOOD, code_key=key("v1")))
    result = run("verify", "--version", "v2", "--outputs", str(outputs), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["works"] is False
    assert result.stderr.splitlines()[-1] == (
        "release verify: v2 has failed: version: v1 is deployed, not v2"
    )


@pytest.mark.parametrize(
    ("command", "usual"), [("verify", 10.0), ("snapshot", 5.0), ("rollback", 5.0)]
)
def test_the_polling_interval_is_an_option_and_an_environment_variable(
    monkeypatch: pytest.MonkeyPatch, outputs: Path, command: str, usual: float
) -> None:
    """The rehearsal sets the variable, because the pipeline's commands don't set the option."""
    heard: list[float] = []

    def look(*given: Any, **named: Any) -> str:  # noqa: ANN401 -- of three functions
        heard.append(named["poll_seconds"] if named else given[0].poll_seconds)
        raise ReleaseError(command)

    def found(*_: object) -> str:
        return "an application"

    with_flink(monkeypatch, client("kinesisanalyticsv2"))
    monkeypatch.setattr(application, "describe", found)
    monkeypatch.setattr(Watch, "until_known", look)
    monkeypatch.setattr(snapshots, "take", look)
    monkeypatch.setattr(Control, "roll_back", look)
    arguments = [command, "--outputs", str(outputs)]
    arguments += [] if command == "snapshot" else ["--version", "v2"]
    run(*arguments)
    monkeypatch.setenv("RELEASE_POLL_SECONDS", "2")
    run(*arguments)
    run(*arguments, "--poll", "3")
    assert heard == [usual, 2.0, 3.0]


def test_restores_compares_the_windows_with_those_of_the_stacks_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Both versions keep the same operators, but windows of another length can't continue."""
    flink, state = client("kinesisanalyticsv2"), {"state": {"trades": "a"}}
    monkeypatch.chdir(tmp_path)

    def give(what: object) -> Callable[..., object]:
        return lambda *_: what  # pyright: ignore[reportUnknownLambdaType] -- takes anything

    monkeypatch.setattr(lookup, "s3", give(None))
    monkeypatch.setattr(lookup, "workload_of", give(workload(flink=flink)))
    monkeypatch.setattr(store, "manifest", give(state))
    file = tmp_path / "Pulumi.sandbox.yaml"
    found: list[Any] = []
    for seconds in (60, 300):
        file.write_text(f"config:\n  x:job:\n    WindowSeconds: {seconds}\n", "utf-8")
        detailed = detail("v1")
        detailed["ApplicationConfigurationDescription"] = configuration("v1", WindowSeconds="60")
        with stubbed(flink) as stub:
            answer = {"ApplicationDetail": detailed}
            stub.add_response("describe_application", answer, {"ApplicationName": NAME})
            found.append(run("restores", "--stack", "sandbox", "--version", "v2", "--bucket", "b"))
    assert [each.exit_code for each in found] == [0, 1]
    assert "v2 can restore the state of v1" in found[0].output
    assert "windows of 60 s every 30 s, and the new ones are of 300 s every 30 s" in found[1].output


def test_before_the_first_deployment_snapshot_exits_with_0(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outputs: Path
) -> None:
    """The stack has no outputs yet, or the application doesn't exist yet."""
    empty = tmp_path / "empty.json"
    empty.write_text("{}", "utf-8")
    result = run("snapshot", "--outputs", str(empty), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"snapshot": None, "why": "nothing is deployed yet"}
    flink = client("kinesisanalyticsv2")
    with_flink(monkeypatch, flink)
    with stubbed(flink) as stub:
        stub.add_client_error("describe_application", "ResourceNotFoundException")
        assert run("snapshot", "--outputs", str(outputs)).exit_code == 0


def test_a_failed_snapshot_does_not_stop_the_deployment(
    monkeypatch: pytest.MonkeyPatch, outputs: Path
) -> None:
    """The command prints a warning, and its exit code is 0."""
    flink = client("kinesisanalyticsv2")
    with_flink(monkeypatch, flink)
    with stubbed(flink) as stub:
        describes(stub, "v1")
        stub.add_client_error("create_application_snapshot", "InvalidRequestException")
        result = run("snapshot", "--outputs", str(outputs))
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: no snapshot to go back to: no snapshot of v1: ")


def test_rollback_of_a_version_that_does_not_run_exits_with_0(
    monkeypatch: pytest.MonkeyPatch, outputs: Path
) -> None:
    """The command prints that there is nothing to roll back."""
    flink = client("kinesisanalyticsv2")
    with_flink(monkeypatch, flink)
    with stubbed(flink) as stub:
        describes(stub, "v1")
        lists_snapshots(stub)
        result = run("rollback", "--version", "v2", "--outputs", str(outputs), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["done"].endswith("nothing to roll back")


def test_an_error_of_the_service_is_printed_in_one_line(
    monkeypatch: pytest.MonkeyPatch, outputs: Path
) -> None:
    """An example is a missing permission."""
    flink = client("kinesisanalyticsv2")
    with_flink(monkeypatch, flink)
    with stubbed(flink) as stub:
        stub.add_client_error("describe_application", "AccessDeniedException", "not\nyours")
        result = run("rollback", "--version", "v2", "--outputs", str(outputs))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "AccessDeniedException" in result.stderr
