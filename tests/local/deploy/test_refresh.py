"""A refresh finds the changes of others to each type of resource. A deployment undoes them."""

import json
from pathlib import Path

import pytest
from engines import ENGINES
from every_type import DRIFTS
from every_type import program as one_of_every_type
from programs import Program

from local.clients import Clients
from local.deploy import lifecycle
from local.deploy.resources import TYPES
from local.deploy.resources.model import Cloud
from local.deploy.state import StackState

pytestmark = pytest.mark.emulator


def test_every_type_of_the_table_has_its_case(program: Program, account: str) -> None:
    """Records have no case, because they don't exist on the emulator."""
    program.up(*one_of_every_type(account))
    made = json.loads((program.state / "sandbox.json").read_text())["resources"]
    types = {kind for kind, row in TYPES.items() if not row.record}
    assert {each["type"] for each in made} == types
    names = {each["urn"].rpartition("::")[2] for each in made}
    assert names - DRIFTS.keys() == {"held"}  # the case `version` deletes it


def test_a_refresh_finds_the_changes_of_others(
    program: Program, clients: Clients, account: str, project: Path
) -> None:
    """A refresh finds exactly the changed input, or that the resource is gone."""
    program.up(*one_of_every_type(account))
    state = StackState(program.state / "sandbox.json", clients.endpoint)
    cloud = Cloud(clients, account, "us-east-1", project)
    for resource in state:
        found = lifecycle.read(TYPES[resource.type], cloud, resource.existing)
        assert found == resource.inputs, resource.name
    for name, drift in DRIFTS.items():
        drift.do(lambda service: clients.client(service, account), account)
        (resource,) = (each for each in state if each.name == name)
        found = lifecycle.read(TYPES[resource.type], cloud, resource.existing)
        told = found and {
            key for key in found | resource.inputs if found.get(key) != resource.inputs.get(key)
        }
        if name == "block":
            assert told is not None
            assert drift.seen in told
        else:
            assert told == (drift.seen and {drift.seen}), name


@pytest.mark.parametrize("program", ENGINES, indirect=True)
def test_a_deployment_with_a_refresh_undoes_the_changes_of_others(
    program: Program, clients: Clients, account: str
) -> None:
    """Missing resources are created, and changed resources are changed back.

    A second deployment changes nothing. Both engines take the same steps.
    """
    lines = one_of_every_type(account)
    program.up(*lines)
    program.up(*lines, refresh=True)
    assert program.summary.changed == 0, program.done
    for drift in DRIFTS.values():
        drift.do(lambda service: clients.client(service, account), account)
    program.up(*lines, refresh=True)
    done = {name: action for action, name in program.done}
    gone = {name for name, drift in DRIFTS.items() if drift.seen is None}
    assert {name for name, action in done.items() if action == "created"} == gone | {"held"}
    assert {name for name, action in done.items() if action == "updated"} == DRIFTS.keys() - gone
    program.up(*lines, refresh=True)
    assert program.summary.changed == 0, program.done
