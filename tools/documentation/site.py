"""Build the site with Zensical.

The site serves its own copy of Mermaid, which draws the diagrams.
"""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from common.paths import ROOT

CONFIG: Final = "zensical.toml"
MERMAID: Final = Path("docs", "assets", "mermaid")
"""The directory from which the pages load Mermaid. It is not in Git."""

COLOUR: Final = re.compile(r"\x1b\[[\d;]*m")


def build(root: Path = ROOT) -> int:
    """Build site/ in `root` in strict mode, and return the builder's exit code."""
    stage(root)
    done = _zensical(root, "build", "--clean", "--strict", capture=True)
    sys.stderr.write(_plain(done.stderr))
    return done.returncode


def serve(port: int, root: Path = ROOT) -> int:
    """Serve on 127.0.0.1 until Ctrl-C, and return the builder's exit code."""
    stage(root)
    try:
        return _zensical(root, "serve", "--dev-addr", f"127.0.0.1:{port}").returncode
    except KeyboardInterrupt:
        return 0


def stage(root: Path) -> None:
    """Copy Mermaid from the NiceGUI package to the pages; NiceGUI's version is in the lock file.

    If a page loaded Mermaid from another host, that host would see who reads which page.
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


def _plain(printed: str) -> str:
    """Return the builder's warnings without the traceback that follows them in strict mode."""
    warnings = printed.partition("Traceback (most recent call last)")[0]
    return warnings if sys.stderr.isatty() else COLOUR.sub("", warnings)
