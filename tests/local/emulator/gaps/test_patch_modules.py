"""Each patch of the emulator names its tests, and each test belongs to a patch."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from local.emulator import front, server

PATCHES: Final = (*server.PATCHES, front)


def _named(module: ModuleType) -> set[str]:
    """Give the tests that a module's docstring names."""
    return set(re.findall(r"`(test_\w+)`", inspect.getdoc(module) or ""))


def _tests() -> dict[str, set[str]]:
    """Give the tests of what the emulator lacks, each with its parameters."""
    files = Path(__file__).parent.glob("test_gaps_*.py")
    nodes = [node for file in files for node in ast.parse(file.read_text("utf-8")).body]
    return {
        node.name: {each.arg for each in node.args.args}
        for node in nodes
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("module", PATCHES, ids=lambda module: module.__name__)
def test_each_patch_module_names_its_tests(module: ModuleType) -> None:
    """The docstring of a module names at least one test, and each named test exists."""
    assert _named(module), module.__name__
    assert _named(module) <= _tests().keys()


def test_each_test_here_belongs_to_a_patch() -> None:
    """A patch module names each test. Otherwise a test could remain after its patch is removed."""
    tests = _tests()
    assert all(given & {"client", "bare"} for given in tests.values())
    assert tests.keys() == set[str]().union(*map(_named, PATCHES))


def test_only_the_emulators_package_imports_its_modules() -> None:
    """Code that depends on one version of the emulator is in one place."""
    root = Path(__file__).parents[4]
    uses = re.compile(r'import_module\("ministack|from ministack|import ministack')
    users = {
        str(path.relative_to(root).parent)
        for room in ("local", "board", "release", "simulator", "doctor", "tests")
        for path in (root / room).rglob("*.py")
        if path != Path(__file__) and uses.search(path.read_text("utf-8"))
    }
    assert users == {"local/emulator", "local/emulator/patches"}


def test_each_module_of_patches_is_installed() -> None:
    """The list of patches contains exactly the modules of the package."""
    room = Path(inspect.getfile(importlib.import_module("local.emulator.patches"))).parent
    names = {path.stem for path in room.glob("*.py")} - {"__init__"}
    assert names == {module.__name__.rpartition(".")[2] for module in server.PATCHES}
