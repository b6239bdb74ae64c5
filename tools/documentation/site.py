"""The site's build: Zensical, and the Mermaid that draws its pictures, from this machine alone."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CONFIG: Final = "zensical.toml"
MERMAID: Final = Path("docs", "assets", "mermaid")
"""Where the pages find Mermaid; not in Git."""

COLOUR: Final = re.compile(r"\x1b\[[\d;]*m")


def build(root: Path = ROOT) -> int:
    """Build site/ in `root`, strictly; give the builder's exit code."""
    stage(root)
    done = _zensical(root, "build", "--clean", "--strict", capture=True)
    sys.stderr.write(_plain(done.stderr))
    return done.returncode


def serve(port: int, root: Path = ROOT) -> int:
    """Serve on 127.0.0.1 until Ctrl-C; give the builder's exit code."""
    stage(root)
    try:
        return _zensical(root, "serve", "--dev-addr", f"127.0.0.1:{port}").returncode
    except KeyboardInterrupt:
        return 0


def stage(root: Path) -> None:
    """Put Mermaid beside the pages, as NiceGUI brings it: the board's library, so locked anyway.

    A page that fetched it from elsewhere would tell that place who reads what.
    """
    found = find_spec("nicegui")
    if found is None or found.origin is None:
        message = "nicegui isn't installed: run make setup"
        raise RuntimeError(message)
    bundle = Path(found.origin).parent / "elements" / "mermaid" / "dist"
    shutil.rmtree(root / MERMAID, ignore_errors=True)
    shutil.copytree(bundle, root / MERMAID, ignore=shutil.ignore_patterns("*.map"))


def _zensical(
    root: Path, *arguments: str, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", *arguments, "--config-file", CONFIG]
    stderr = subprocess.PIPE if capture else None
    return subprocess.run(command, check=False, cwd=root, stderr=stderr, text=True)


def _plain(told: str) -> str:
    """Give what the builder told, without the traceback that ends a strict build's warnings."""
    warnings = told.partition("Traceback (most recent call last)")[0]
    return warnings if sys.stderr.isatty() else COLOUR.sub("", warnings)
