"""A stack's outputs are read in one place; what can't be right is said in one line."""

import json
import os
from pathlib import Path

import pytest

from stack import outputs
from stack.outputs import NotDeployedError, Outputs, OutputsError

GIVEN = {
    "region": "eu-central-1",
    "account_id": "222222222222",
    "endpoint": None,
    "ingest_stream": "in",
    "results_stream": "out",
    "dead_letter_stream": "dead",
    "application_name": "stocktrading-analytics",
    "sink_bucket": "sink",
    "aggregation_enabled": True,
    "another_output": 3,
}


@pytest.fixture(autouse=True)
def empty_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty directory, without the credentials of this machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_outputs_are_read_as_pulumi_prints_them() -> None:
    """Outputs that nobody declared don't matter; one that is missing is None."""
    found = Outputs.parse(json.dumps(GIVEN), "file")
    assert (found.ingest_stream, found.sink_bucket, found.aggregation_enabled) == (
        "in",
        "sink",
        True,
    )
    assert (found.endpoint, found.log_group) == (None, None)


def test_aggregation_is_off_where_the_stack_says_nothing() -> None:
    """Packing needs a consumer that takes it apart: it is never assumed."""
    given = {name: value for name, value in GIVEN.items() if name != "aggregation_enabled"}
    assert Outputs.parse(json.dumps(given), "file").aggregation_enabled is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file: not JSON (Expecting value"),
        ("{", "file: not JSON (Expecting property name enclosed in double quotes"),
        ("[]", "file: given a list; expected what `pulumi stack output --json` prints"),
        ('{"pipeline_name": "x"}', "file: region: given nothing; expected a workload stack's"),
        (json.dumps(GIVEN | {"region": 3}), "file: region: given 3; expected a workload stack's"),
        (json.dumps(GIVEN | {"ingest_stream": ""}), "file: ingest_stream: given ''; expected a"),
        (json.dumps(GIVEN | {"sink_bucket": []}), "file: sink_bucket: given []; expected a"),
        (
            json.dumps(GIVEN | {"aggregation_enabled": "yes"}),
            "file: aggregation_enabled: given 'yes'; allowed: true or false",
        ),
    ],
)
def test_what_is_no_stacks_outputs_is_refused(text: str, message: str) -> None:
    """The line names the file, the output, what it holds and what was expected."""
    with pytest.raises(OutputsError) as refused:
        Outputs.parse(text, "file")
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_stack_without_outputs_is_not_deployed() -> None:
    """A first roll-out may ask before there is anything."""
    with pytest.raises(NotDeployedError, match="isn't deployed"):
        Outputs.parse("{}", "stack x")


def test_a_missing_file_is_named() -> None:
    """No traceback for a mistyped path."""
    with pytest.raises(OutputsError, match=r"^nowhere\.json: No such file or directory; expected"):
        Outputs.find(None, Path("nowhere.json"))


def test_without_a_local_cloud_the_line_says_how_to_start_one() -> None:
    """The local cloud's outputs are there only while it runs."""
    with pytest.raises(OutputsError, match=r"^\.local/sandbox\.json: missing: .*`make demo`"):
        Outputs.find(None, None)


def pulumi(monkeypatch: pytest.MonkeyPatch, directory: Path, script: str) -> None:
    """Put a `pulumi` of our own first on the path."""
    command = directory / "pulumi"
    command.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)


def test_a_stack_is_asked_for_its_outputs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command is `pulumi stack output --json --stack NAME`; the name is one argument."""
    answer = json.dumps(GIVEN)
    asked = 'stack output --json --stack dev; rm -rf "x"'
    pulumi(monkeypatch, tmp_path, f"[ \"$*\" = '{asked}' ] && echo '{answer}'")
    assert Outputs.find('dev; rm -rf "x"', None).ingest_stream == "in"


def test_what_pulumi_complains_of_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of several lines the last, which says what is wrong."""
    pulumi(monkeypatch, tmp_path, "echo warning >&2; echo \"error: no stack 'dev'\" >&2; exit 255")
    with pytest.raises(OutputsError) as refused:
        Outputs.of_stack("dev")
    assert str(refused.value) == "--stack: dev: pulumi says: error: no stack 'dev'"


def test_without_pulumi_the_line_says_what_else_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that only sends trades needs no Pulumi."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutputsError, match=r"^--stack: the pulumi command .* --outputs FILE$"):
        Outputs.of_stack("dev")


def test_an_emulators_credentials_are_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody has signed in; on AWS none are made up."""
    here = Outputs.parse(json.dumps(GIVEN | {"endpoint": "http://127.0.0.1:4566"}), "file")
    assert here.credentials() == ("222222222222", "test")
    assert Outputs.parse(json.dumps(GIVEN), "file").credentials() is None
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert here.credentials() is None


def test_an_output_is_declared_and_exported_or_the_program_fails() -> None:
    """In the order of the declarations."""
    exported: list[tuple[str, object]] = []

    def note(name: str, value: object) -> None:
        exported.append((name, value))

    declared = {"a": "First.", "b": "Second."}
    outputs.export(note, declared, {"b": 2, "a": 1})
    assert exported == [("a", 1), ("b", 2)]
    with pytest.raises(ValueError, match="'b', 'c'"):
        outputs.export(note, declared, {"a": 1, "c": 3})
