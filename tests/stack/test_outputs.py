"""A stack's outputs are parsed. Wrong outputs give a message of one line."""

import json
import os
import subprocess
import sys
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
    """Unknown outputs are ignored, and a missing optional output is None."""
    found = Outputs.parse(json.dumps(GIVEN), "file")
    assert (found.ingest_stream, found.sink_bucket, found.aggregation_enabled) == (
        "in",
        "sink",
        True,
    )
    assert (found.endpoint, found.log_group) == (None, None)


def test_aggregation_is_off_if_the_outputs_do_not_have_it() -> None:
    """Packing needs a consumer that unpacks the records, so it is not the default."""
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
def test_wrong_outputs_are_refused(text: str, message: str) -> None:
    """The message names the file, the output, its value and what was expected."""
    with pytest.raises(OutputsError) as refused:
        Outputs.parse(text, "file")
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_stack_without_outputs_is_not_deployed() -> None:
    """This happens before the first roll-out."""
    with pytest.raises(NotDeployedError, match="isn't deployed"):
        Outputs.parse("{}", "stack x")


def test_a_missing_file_is_named() -> None:
    """A mistyped path gives no traceback."""
    with pytest.raises(OutputsError, match=r"^nowhere\.json: No such file or directory; expected"):
        Outputs.find(None, Path("nowhere.json"))


def test_without_a_local_cloud_the_message_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The local cloud's outputs exist only while it runs."""
    monkeypatch.setattr(outputs, "LOCAL_OUTPUTS", tmp_path / "sandbox.json")
    with pytest.raises(OutputsError, match=r"^no local cloud is up: .* missing; .*`make demo`"):
        Outputs.find(None, None)


def test_the_local_cloud_is_found_from_every_directory(tmp_path: Path) -> None:
    """The commands read where the local cloud writes, wherever they are started."""
    code = (
        "from common.paths import LOCAL_OUTPUTS, job_status_file\n"
        "from local.directory import DIRECTORY\n"
        "assert LOCAL_OUTPUTS.parent == DIRECTORY, LOCAL_OUTPUTS\n"
        "assert DIRECTORY in job_status_file('a').parents\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "a+")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_file_of_a_killed_local_cloud_is_not_taken_for_a_running_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The process of a local cloud holds a lock beside its outputs. The lock ends with it."""
    file = tmp_path / "sandbox.json"
    file.write_text(json.dumps(GIVEN | {"endpoint": "http://127.0.0.1:4566"}), "utf-8")
    monkeypatch.setattr(outputs, "LOCAL_OUTPUTS", file)
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cloud:
        assert cloud.stdout is not None
        assert cloud.stdout.readline() == b"held\n"
        assert Outputs.find(None, None).ingest_stream == "in"
        cloud.kill()
    for given in (None, file):
        with pytest.raises(OutputsError) as refused:
            Outputs.find(None, given)
        assert str(refused.value) == (
            f"{file}: the local cloud of http://127.0.0.1:4566 has ended; start one with "
            "`make demo` or `stocktrading local up`"
        )


def pulumi(monkeypatch: pytest.MonkeyPatch, directory: Path, script: str) -> None:
    """Put a `pulumi` made by the test first on the path."""
    command = directory / "pulumi"
    command.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)


def test_the_outputs_of_a_stack_come_from_pulumi(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command is `pulumi stack output --json --stack NAME`. The name is one argument."""
    answer = json.dumps(GIVEN)
    asked = 'stack output --json --stack dev; rm -rf "x"'
    pulumi(monkeypatch, tmp_path, f"[ \"$*\" = '{asked}' ] && echo '{answer}'")
    assert Outputs.find('dev; rm -rf "x"', None).ingest_stream == "in"


def test_the_message_has_pulumis_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is the last line that Pulumi printed, which has the cause."""
    pulumi(monkeypatch, tmp_path, "echo warning >&2; echo \"error: no stack 'dev'\" >&2; exit 255")
    with pytest.raises(OutputsError) as refused:
        Outputs.of_stack("dev")
    assert str(refused.value) == "--stack: dev: pulumi says: error: no stack 'dev'"


def test_without_pulumi_the_message_names_the_other_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that only sends trades does not need Pulumi."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutputsError, match=r"^--stack: the pulumi command .* --outputs FILE$"):
        Outputs.of_stack("dev")


def test_the_account_id_is_the_access_key_for_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of the environment take precedence. On AWS the account's id is not used."""
    here = Outputs.parse(json.dumps(GIVEN | {"endpoint": "http://127.0.0.1:4566"}), "file")
    assert here.credentials() == ("222222222222", "test")
    assert Outputs.parse(json.dumps(GIVEN), "file").credentials() is None
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert here.credentials() is None


def test_the_program_fails_unless_the_exported_outputs_are_the_declared_ones() -> None:
    """They are exported in the order of the declarations."""
    exported: list[tuple[str, object]] = []

    def note(name: str, value: object) -> None:
        exported.append((name, value))

    declared = {"a": "First.", "b": "Second."}
    outputs.export(note, declared, {"b": 2, "a": 1})
    assert exported == [("a", 1), ("b", 2)]
    with pytest.raises(ValueError, match="'b', 'c'"):
        outputs.export(note, declared, {"a": 1, "c": 3})
