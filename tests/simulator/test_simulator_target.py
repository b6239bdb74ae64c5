"""The target comes from a stack's outputs. Wrong outputs give a message of one line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SimulatorError
from simulator.target import Target

OUTPUTS = {
    "region": "eu-central-1",
    "account_id": "222222222222",
    "ingest_stream": "stocktrading-ingest-stream",
    "aggregation_enabled": True,
    "endpoint": None,
    "dashboard_url": "https://example.com",
}


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty directory, without the credentials and profiles of this machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def read(**changes: object) -> Target:
    """Read outputs with changes; None leaves one out."""
    given = {name: value for name, value in (OUTPUTS | changes).items() if value is not None}
    return Target.from_outputs(json.dumps(given), "stack sandbox")


def test_the_stream_is_read_from_the_outputs_of_a_stack_on_aws() -> None:
    """The outputs are as `pulumi stack output --json` prints them, with some unknown ones."""
    assert Target.from_outputs(json.dumps(OUTPUTS), "file") == Target(
        stream="stocktrading-ingest-stream",
        region="eu-central-1",
        account_id="222222222222",
        endpoint=None,
        aggregation=True,
    )


def test_aggregation_is_off_if_the_outputs_do_not_have_it() -> None:
    """Packing needs a consumer that unpacks the records, so it is not the default."""
    assert not read(aggregation_enabled=None).aggregation


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "file: not JSON (Expecting property name enclosed in double quotes"),
        ("[]", "file: given a list; expected what `pulumi stack output --json` prints"),
        ("{}", "file: ingest_stream: given nothing; expected a workload stack's output"),
        (
            '{"ingest_stream": ""}',
            "file: ingest_stream: given ''; expected a workload stack's output",
        ),
        (
            '{"ingest_stream": "s", "region": 1}',
            "file: region: given 1; expected a workload stack's output",
        ),
        (
            '{"ingest_stream": "s", "region": "r", "aggregation_enabled": "yes"}',
            "file: aggregation_enabled: given 'yes'; allowed: true or false",
        ),
    ],
)
def test_wrong_outputs_are_refused(text: str, message: str) -> None:
    """The message names the file, the output, its value and what was expected."""
    with pytest.raises(SimulatorError) as caught:
        Target.from_outputs(text, "file")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    """A mistyped path gives no traceback."""
    with pytest.raises(SimulatorError, match=r"^nowhere\.json: No such file or directory; "):
        Target.from_file(Path("nowhere.json"))


def test_without_a_local_cloud_the_message_says_how_to_start_one() -> None:
    """The local cloud's outputs exist only while it runs."""
    with pytest.raises(SimulatorError, match=r"^\.local/sandbox\.json: missing: .*`make demo`"):
        Target.local()


def pulumi(monkeypatch: pytest.MonkeyPatch, directory: Path, script: str) -> None:
    """Put a `pulumi` made by the test first on the path."""
    command = directory / "pulumi"
    command.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)


def test_the_outputs_of_a_stack_come_from_pulumi(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command is `pulumi stack output --json --stack NAME`; the name is one argument."""
    answer = json.dumps(OUTPUTS)
    asked = 'stack output --json --stack dev; rm -rf "x"'
    pulumi(monkeypatch, tmp_path, f"[ \"$*\" = '{asked}' ] && echo '{answer}'")
    assert Target.from_stack('dev; rm -rf "x"').stream == "stocktrading-ingest-stream"


def test_the_message_has_pulumis_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is the last line that Pulumi printed, which has the cause."""
    pulumi(monkeypatch, tmp_path, "echo warning >&2; echo \"error: no stack 'dev'\" >&2; exit 255")
    with pytest.raises(SimulatorError) as caught:
        Target.from_stack("dev")
    assert str(caught.value) == "--stack: dev: pulumi says: error: no stack 'dev'"


def test_without_pulumi_the_message_names_the_other_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that only sends trades does not need Pulumi."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SimulatorError, match=r"^--stack: the pulumi command .* --outputs FILE$"):
        Target.from_stack("dev")


def signed_with(client: Any) -> str | None:  # noqa: ANN401 -- boto3's clients have no types
    """Give the access key that a client signs with."""
    found = client._request_signer._credentials  # noqa: SLF001 -- there is no public attribute for it
    return found.access_key if found else None


def test_the_account_id_is_the_access_key_for_an_emulator() -> None:
    """This needs an endpoint, and no credentials in the environment."""
    client: Any = read(endpoint="http://127.0.0.1:4566").client(1)
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert signed_with(client) == "222222222222"


def test_credentials_of_the_environment_take_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is also so for an endpoint other than AWS's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert signed_with(read(endpoint="http://127.0.0.1:4566").client(1)) == "mine"


def test_the_account_id_is_not_the_access_key_for_aws() -> None:
    """Without an endpoint, the account's id is never used as a key."""
    assert signed_with(read().client(1)) is None


def test_an_endpoint_that_is_not_an_address_is_refused() -> None:
    """The message has one line, not botocore's traceback."""
    with pytest.raises(SimulatorError, match=r"^stream stocktrading-ingest-stream: .*127\.0\.0\.1"):
        read(endpoint="127.0.0.1").client(1)


def test_the_client_does_not_retry_by_itself() -> None:
    """A retry in the client would put accepted entries again, and would not be counted."""
    client: Any = read(endpoint="http://127.0.0.1:4566").client(3)
    config = client.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.max_pool_connections == 3
