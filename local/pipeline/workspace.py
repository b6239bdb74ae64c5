"""The directory that a build's source is unpacked into, one after the other."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import Final

KEPT: Final = (".venv", "job/.venv", "job/target")
"""What stays in the workspace from one build to the next: each is held against the lock or the
sources before it is used, and making it anew takes minutes."""


def unpack(archive: zipfile.ZipFile, directory: Path) -> None:
    """Make the directory hold what the archive does, but for what is `KEPT`.

    A file that is the same keeps its time, so that Maven builds again only what has changed. Modes
    aren't restored: nothing may rest on them, as not every source keeps them.
    """
    wanted = {name for name in archive.namelist() if not name.endswith("/")}
    for path in sorted(directory.rglob("*"), reverse=True) if directory.exists() else []:
        name = path.relative_to(directory).as_posix()
        if any(name == kept or name.startswith(f"{kept}/") for kept in KEPT):
            continue
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # it holds something that is wanted, or kept
                path.rmdir()
        elif name not in wanted:
            path.unlink()
    for name in sorted(wanted):
        path, content = directory / name, archive.read(name)
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
