"""The copy of a state for a preview: what changes in it, and the command's errors."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.base.names import Names
from tools.preview_state import as_previewed

ROOT = Path(__file__).parents[1]
NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
DEPLOYER = "arn:aws:iam::222222222222:role/stocktrading-deployer"
PREVIEWER = "arn:aws:iam::222222222222:role/stocktrading-previewer"


def state(assumed: str) -> dict[str, Any]:
    """Give a state with a provider, and with a resource that has the deployer's name."""
    roles = f'[{{"roleArn":"{assumed}","sessionName":"sandbox"}}]'
    provider = {"type": "pulumi:providers:aws", "inputs": {"assumeRoles": roles}}
    role = {"type": "aws:iam/role:Role", "outputs": {"arn": DEPLOYER}}
    latest = {"secrets_providers": {"type": "cloud"}, "resources": [provider, role]}
    return {"version": 3, "checkpoint": {"stack": "sandbox", "latest": latest}}


def test_only_the_providers_role_changes() -> None:
    """The deployer role itself is a resource of the stack and stays."""
    assert as_previewed(state(DEPLOYER), NAMES) == state(PREVIEWER)


def test_a_state_without_resources_stays() -> None:
    """A stack that was never deployed has none."""
    empty: dict[str, Any] = {"version": 3, "checkpoint": {"stack": "sandbox", "latest": {}}}
    assert as_previewed(empty, NAMES)["checkpoint"]["stack"] == "sandbox"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sandbox", "--backend", "file:///tmp"), "allowed: s3://BUCKET?region=REGION"),
        (("nope", "--backend", "s3://bucket?region=us-east-1"), "it has sandbox, tooling"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """The exit code is 1, and there is no traceback."""
    stack, *options = arguments
    done = subprocess.run(
        [sys.executable, "-m", "tools.preview_state", stack, tmp_path / "copy", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
