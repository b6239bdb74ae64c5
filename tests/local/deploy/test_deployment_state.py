"""What is written down of a deployment: by our own engine, and by Pulumi's."""

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


def test_the_state_is_its_owners_alone(program: Program, tmp_path: Path) -> None:
    """It may hold secrets."""
    program.up(*SECRET)
    path = tmp_path / "state" / "sandbox.json"
    assert "quiet" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("program", [pytest.param("pulumi", marks=NEEDS_PULUMI)], indirect=True)
def test_pulumis_state_is_its_owners_alone(program: Program, tmp_path: Path) -> None:
    """A secret in it is encrypted besides."""
    program.up(*SECRET)
    directory = tmp_path / "state" / "pulumi" / "state"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    kept = [file.read_text() for file in directory.rglob("*.json")]
    assert any("kms/key" in text for text in kept)
    assert not any("quiet" in text for text in kept)


def test_a_state_of_another_emulator_is_forgotten(program: Program, tmp_path: Path) -> None:
    """An emulator that is gone took its resources with it."""
    program.up(STREAM)
    path = tmp_path / "state" / "sandbox.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "endpoint": "http://127.0.0.1:1"}))
    with pytest.raises(LocalError, match="ResourceInUseException"):
        program.up(STREAM)  # it is made anew, and this emulator still has it
    path.write_text(json.dumps(kept))


def test_a_child_is_known_by_its_parents_types(program: Program, tmp_path: Path) -> None:
    """URNs are the engine's: two components may each have a child of one name."""
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
