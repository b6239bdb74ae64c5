"""The architecture page agrees with the code: rooms, imports and the files that it lists."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools.documentation.site import ROOT

PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
JOURNEYS = {
    "A field of a trade or a result": r"\b(EVENT_TIME|TICKER|PRICE|max_price)\b|job\.fields",
    "A setting": r"\bcheckpoint_seconds\b",
    "A version of the job": r"releases/|\b(key_of|version_of_key|RELEASES|Archive\.packaged)\b",
    "An output": r"\bdashboard_name\b",
}
"""What a file of each journey contains, by the heading of its table."""

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def lint_imports(directory: Path) -> "subprocess.CompletedProcess[str]":
    """Check the import contracts of the project in `directory`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, check=False, cwd=directory, capture_output=True, text=True)


def test_every_import_contract_is_kept() -> None:
    """The contracts are in pyproject.toml; the output names the import that breaks one."""
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "imported"), [("oracle", "job.statements"), ("job", "components")]
)
def test_an_import_from_a_higher_room_breaks_a_contract(
    room: str, imported: str, tmp_path: Path
) -> None:
    """One wrong import is added to a copy of the code, and the output names it."""
    ignore = shutil.ignore_patterns(".*", "__pycache__", "src", "target", "static")
    for each in CONTRACTS["root_packages"]:
        shutil.copytree(ROOT / each, tmp_path / each, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / room / "__init__.py").open("a", encoding="utf-8") as module:
        module.write(f"import {imported}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert f"{room} -> {imported}" in done.stdout


def test_the_page_shows_each_layer_of_the_contract() -> None:
    """The table lists the layers from the top to the bottom, with their rooms."""
    (contract,) = [each for each in CONTRACTS["contracts"] if each["id"] == "rooms"]
    (table,) = re.findall(r"\| layer \| rooms \|.*?\n\n", PAGE, re.DOTALL)
    shown = [re.findall(r"`(\w+)/`", row) for row in table.strip().splitlines()[2:]]
    assert shown == [layer.split(" | ") for layer in contract["layers"]]


def test_the_page_names_each_room() -> None:
    """A room is a top-level folder with Python modules, except for the tests."""
    rooms = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")}
    (table,) = re.findall(r"\| room \|.*?\n\n", PAGE, re.DOTALL)
    assert rooms == {*CONTRACTS["root_packages"]}
    assert rooms == {*re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE)}


def sources() -> dict[str, str]:
    """Give the text of each file of the program, by its path from the root."""
    rooms = [room for room in CONTRACTS["root_packages"] if room != "tools"]
    found = [ROOT / "tools" / "documentation", *(ROOT / room for room in rooms)]
    paths = [
        path
        for room in found
        for pattern in ("*.py", "src/main/java/**/*.java")
        for path in room.rglob(pattern)
    ]
    paths = [*paths, *ROOT.glob("*.py"), *ROOT.glob("Pulumi.*.yaml")]
    named = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {name: path.read_text("utf-8") for name, path in named.items() if "/.venv/" not in name}


@pytest.mark.parametrize("heading", JOURNEYS)
def test_a_journey_lists_each_of_its_files(heading: str) -> None:
    """A file with the field, setting, key or output is in the table, and no other file is."""
    (section,) = re.findall(rf"^### {heading}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    listed = {name for row in rows for name in re.findall(r"`([\w./]+\.\w+)`", row)}
    expected = {name for name, text in sources().items() if re.search(JOURNEYS[heading], text)}
    assert listed == expected
    assert f"{len(expected)} files" in section
