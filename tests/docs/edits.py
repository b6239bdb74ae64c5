"""The changes that a page tells its reader to make, applied to a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
OWN_COMPUTATION: Final = ROOT / "docs/how-to/own-computation.md"

_BLOCK: Final = re.compile(r"^```diff\n--- (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Edit(NamedTuple):
    """A change of one place in a file."""

    path: str
    old: str
    new: str


def edits_of(page: Path) -> Iterator[Edit]:
    """Give the changes in a page's blocks of kind `diff`, in order."""
    for path, block in _BLOCK.findall(page.read_text("utf-8")):
        lines = block.splitlines(keepends=True)
        old, new = (
            "".join(line[1:] or "\n" for line in lines if line[0] in signs)
            for signs in (" -\n", " +\n")
        )
        yield Edit(path, old, new)


def follow(page: Path, root: Path) -> list[str]:
    """Make a page's changes below a directory, and give the changed files.

    Each place must exist once. A file that isn't there is left out.
    """
    changed: list[str] = []
    for path, old, new in edits_of(page):
        file = root / path
        if file.exists():
            text = file.read_text("utf-8")
            assert text.count(old) == 1, f"{path}: {text.count(old)} places with\n{old}"
            file.write_text(text.replace(old, new), "utf-8")
            changed.append(path)
    return changed


def copy_project(directory: Path) -> Path:
    """Copy the project's files without what is built from them."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-zco", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, directory / name)
    return directory
