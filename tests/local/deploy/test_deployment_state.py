"""The state that our own engine and Pulumi's engine write."""

import json
import stat
from pathlib import Path

import pytest
from engines import NEEDS_PULUMI
from programs import Program

from local.errors import LocalError

pytestmark = pytest.mark.emulator

STREAM = "aws.kinesis.Stream('s', name='one', shard_count=1)"
SECRET = ("aws.kms.Key('k', description=pulumi.Output.secret('quiet'))",)


def test_only_the_owner_can_read_the_state(program: Program, tmp_path: Path) -> None:
    """The state may contain secrets."""
    program.up(*SECRET)
    path = tmp_path / "state" / "sandbox.json"
    assert "quiet" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("program", [pytest.param("pulumi", marks=NEEDS_PULUMI)], indirect=True)
def test_only_the_owner_can_read_pulumis_state(program: Program, tmp_path: Path) -> None:
    """A secret in the state is also encrypted."""
    program.up(*SECRET)
    directory = tmp_path / "state" / "pulumi" / "state"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    kept = [file.read_text() for file in directory.rglob("*.json")]
    assert any("kms/key" in text for text in kept)
    assert not any("quiet" in text for text in kept)


def test_a_state_of_another_emulator_is_forgotten(program: Program, tmp_path: Path) -> None:
    """The resources of another emulator don't exist on this one."""
    program.up(STREAM)
    path = tmp_path / "state" / "sandbox.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "endpoint": "http://127.0.0.1:1"}))
    with pytest.raises(LocalError, match="ResourceInUseException"):
        program.up(STREAM)  # it is created again, and this emulator still has it
    path.write_text(json.dumps(kept))


def test_the_urn_of_a_child_contains_its_parents_types(program: Program, tmp_path: Path) -> None:
    """As with Pulumi's engine, children of two component types may have the same name."""
    program.up(
        "class Box(pulumi.ComponentResource):",
        "    def __init__(self, name, opts=None):",
        "        super().__init__('own:data:Box', name, None, opts)",
        "        options = pulumi.ResourceOptions(parent=self)",
        "        aws.cloudwatch.LogGroup(f'{name}-log', name=name, opts=options)",
        "Box('a')",
    )
    kept = json.loads((tmp_path / "state" / "sandbox.json").read_text())["resources"]
    assert [each["urn"] for each in kept] == [
        "urn:pulumi:sandbox::tiny::own:data:Box$aws:cloudwatch/logGroup:LogGroup::a-log"
    ]
