"""The directory into which each build's source is unpacked."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import Final

KEPT: Final = (".venv", "job/.venv", "job/target")
"""These directories stay in the workspace from one build to the next, because making one again
takes minutes. The tools compare each with the lock or the sources before they use it."""


def unpack(archive: zipfile.ZipFile, directory: Path) -> None:
    """Make the directory's content the same as the archive's, except for what is `KEPT`.

    An unchanged file keeps its modification time, so that Maven builds only changed files again.
    File modes aren't restored. No build may depend on modes, because not every source keeps them.
    """
    wanted = {name for name in archive.namelist() if not name.endswith("/")}
    for path in sorted(directory.rglob("*"), reverse=True) if directory.exists() else []:
        name = path.relative_to(directory).as_posix()
        if any(name == kept or name.startswith(f"{kept}/") for kept in KEPT):
            continue
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # it contains a file of the archive, or a kept one
                path.rmdir()
        elif name not in wanted:
            path.unlink()
    for name in sorted(wanted):
        path, content = directory / name, archive.read(name)
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
