"""Pulumi's command line on this machine, installed by `make pulumi` or on the PATH."""

import re
import shutil
from pathlib import Path
from typing import Final

from pulumi import automation

from common.paths import ROOT, writable_cache
from local.errors import LocalError

MODULE: Final = ROOT / "tools" / "pulumi" / "go.mod"
"""The file with the version."""


def version() -> str:
    """Give the version that `make pulumi` installs."""
    (found,) = re.findall(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", MODULE.read_text("utf-8"))
    return str(found)


def cache() -> Path:
    """Give the directory into which `make pulumi` installs the command line."""
    return writable_cache() / "pulumi" / version()


def is_there() -> bool:
    """Return whether the command line is installed."""
    return (cache() / "bin" / "pulumi").is_file() or shutil.which("pulumi") is not None


def command() -> automation.PulumiCommand:
    """Give the command line. Raises `LocalError` if it isn't installed."""
    if not is_there():
        message = f"Pulumi's engine is neither in {cache()} nor on the PATH: run make pulumi"
        raise LocalError(message)
    cached = (cache() / "bin" / "pulumi").is_file()
    return automation.PulumiCommand(root=str(cache()) if cached else None)
