"""The sandbox by Pulumi's own engine and AWS provider, on the emulator: up, up again, destroy."""

import hashlib
import json
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pulumi import automation

from components.streaming import archive
from local.accounts import WORKLOAD
from local.clients import Clients
from local.directory import PROJECT
from local.emulator.child import Emulator
from local.stacks import NAMESPACE

pytestmark = [
    pytest.mark.pulumi,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no pulumi on the PATH: https://www.pulumi.com/docs/install/",
    ),
]


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """Give an emulator of the test's own."""
    with Emulator(run_directory=tmp_path / "emulator") as running:
        yield running


@pytest.fixture
def stack(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[automation.Stack]:
    """Give the stack `sandbox`, its state in a file and its secrets under a passphrase."""
    dist, content = tmp_path / "dist", b"archive"
    dist.mkdir()
    (dist / "stocktrading-job.zip").write_bytes(content)
    told = {"version": "v1", "sha256": hashlib.sha256(content).hexdigest()}
    (dist / "stocktrading-job.json").write_text(json.dumps(told))
    monkeypatch.setattr(archive, "DISTRIBUTION", dist)
    work, state = tmp_path / "work", tmp_path / "state"
    work.mkdir()
    state.mkdir()
    file = yaml.safe_load((PROJECT / "Pulumi.sandbox.yaml").read_text("utf-8"))
    file["config"][f"{NAMESPACE}:endpoint"] = emulator.endpoint
    (work / "Pulumi.sandbox.yaml").write_text(yaml.safe_dump(file), "utf-8")

    def program() -> None:
        runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")

    made = automation.create_or_select_stack(
        stack_name="sandbox",
        project_name=NAMESPACE,
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(work),
            secrets_provider="passphrase",
            project_settings=automation.ProjectSettings(
                name=NAMESPACE,
                runtime="python",
                backend=automation.ProjectBackend(url=state.as_uri()),
            ),
            env_vars={"PULUMI_CONFIG_PASSPHRASE": "a test's", "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ),
    )
    yield made
    made.destroy()


def test_the_sandbox_is_made_stays_as_it_is_and_goes(
    stack: automation.Stack, emulator: Emulator
) -> None:
    """A preview makes nothing, a second run changes nothing, and nothing is left at the end."""
    kinesis = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
    preview = stack.preview().change_summary
    assert set(preview) == {automation.OpType.CREATE}
    assert kinesis.list_streams()["StreamNames"] == []
    up = stack.up()
    assert up.outputs["ingest_stream"].value in kinesis.list_streams()["StreamNames"]
    again = stack.up().summary.resource_changes or {}
    assert set(again) == {automation.OpType.SAME}
    assert again[automation.OpType.SAME] == preview[automation.OpType.CREATE]
    stack.destroy()
    assert kinesis.list_streams()["StreamNames"] == []
    left = stack.export_stack().deployment or {}
    assert left.get("resources", []) == []
