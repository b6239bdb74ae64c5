"""A stack's configuration, as the engine would give it to the program."""

import json
from pathlib import Path

import pytest

from components.base.validation import SettingsError
from components.config.stack_config import StackConfig


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the directory of a Pulumi project with one stack, `sandbox`."""
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "Pulumi.sandbox.yaml").write_text("config:\n  aws:region: us-east-1\n")
    return tmp_path


def read(project: Path, stack_file: str, **overrides: object) -> dict[str, str]:
    """Write the stack's file and read its configuration."""
    (project / "Pulumi.sandbox.yaml").write_text(stack_file)
    given = {key.replace("__", ":"): value for key, value in overrides.items()}
    return dict(StackConfig.read(project, "sandbox", given).values)


def test_scalars_are_text_and_structures_their_json(project: Path) -> None:
    """The SDK gets only text, under keys with their namespace."""
    values = read(
        project,
        "config: {'tiny:a': x, 'tiny:b': true, 'tiny:c': 3, 'aws:region': eu-west-1, "
        "'tiny:d': {e: [1, two]}, bare: y}",
    )
    assert values == {
        "tiny:a": "x",
        "tiny:b": "true",
        "tiny:c": "3",
        "aws:region": "eu-west-1",
        "tiny:d": json.dumps({"e": [1, "two"]}),
        "tiny:bare": "y",
    }


def test_the_stack_wins_over_the_projects_defaults(project: Path) -> None:
    """The project's `value` and `default` are used if the stack's file has no value."""
    (project / "Pulumi.yaml").write_text(
        "name: tiny\nconfig:\n  a: {default: 1}\n  b: {value: 2}\n  c: 3\n"
        "  d: {type: string}\n  pulumi:tags: {value: {k: v}}\n"
    )
    assert read(project, "config: {'tiny:a': 9}") == {
        "tiny:a": "9",
        "tiny:b": "2",
        "tiny:c": "3",
        "pulumi:tags": json.dumps({"k": "v"}),
    }


def test_an_override_replaces_a_value_or_a_part_of_one(project: Path) -> None:
    """A path after the key selects a part of a structured value, which is made if missing."""
    (project / "Pulumi.sandbox.yaml").write_text("config: {'tiny:a': {b: {c: 1, d: 2}}}")
    overrides = {"tiny:a.b.c": 7, "tiny:new.deep": True, "tiny:plain": "x"}
    values = StackConfig.read(project, "sandbox", overrides).values
    assert json.loads(values["tiny:a"]) == {"b": {"c": 7, "d": 2}}
    assert json.loads(values["tiny:new"]) == {"deep": True}
    assert values["tiny:plain"] == "x"


def test_a_secret_is_refused_until_it_is_overridden(project: Path) -> None:
    """Only the engine can decrypt it, so the message says what to do."""
    encrypted = "config: {'tiny:key': {secure: abc}}"
    with pytest.raises(SettingsError) as told:
        read(project, encrypted)
    assert str(told.value) == (
        "tiny:key is encrypted, and only Pulumi's engine can decrypt it: override it here"
    )
    assert read(project, encrypted, tiny__key="plain") == {"tiny:key": "plain"}


def test_a_secret_inside_a_structure_is_named_by_its_path(project: Path) -> None:
    """A nested `secure` isn't handed on as if it were a value."""
    with pytest.raises(SettingsError, match=r"^tiny:sink\.key is encrypted"):
        read(project, "config: {'tiny:sink': {key: {secure: abc}}}")


def test_the_message_for_an_unknown_stack_lists_the_known_ones(project: Path) -> None:
    """The message names the stacks of the project."""
    with pytest.raises(SettingsError) as told:
        StackConfig.read(project, "staging", {})
    assert str(told.value) == f"no stack staging in {project}: it has sandbox"


@pytest.mark.parametrize("content", ["a: [", "just text", ""])
def test_the_message_for_a_malformed_file_is_one_line(project: Path, content: str) -> None:
    """The message names the file, and has no traceback in it."""
    with pytest.raises(SettingsError) as told:
        read(project, content)
    assert "Pulumi.sandbox.yaml" in str(told.value)
    assert "\n" not in str(told.value)
