"""Build the job's archive: the same sources give the same bytes.

The layout is the one Managed Flink accepts: `main.py` at the root, modules named by `pyFiles`,
one jar named by `jarfile`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from common import releases
from common.files import drafted, write_whole
from common.paths import ROOT, maven_repository
from release import sbom
from release.state import STATE, Operators, PlanError, digest, operators

JOB: Final = ROOT / "job"
COMPILED: Final = JOB / "target" / "stocktrading-job.jar"
DISTRIBUTION: Final = ROOT / "dist"
ARCHIVE: Final = DISTRIBUTION / releases.ARCHIVE
MANIFEST: Final = ARCHIVE.with_suffix(".json")
SBOM: Final = DISTRIBUTION / releases.SBOM
PARTS: Final = "jar.cdx.json"
"""Maven's list of the jar's parts, beside the jar."""
RUN_OPTIONS: Final = {"python": "main.py", "jarfile": sbom.JAR, "pyFiles": "modules"}

_TIMESTAMP: Final = (2026, 1, 1, 0, 0, 0)
"""The fixed time of every entry, so that the archive does not depend on the time of the build."""


class PackageError(Exception):
    """The archive can't be built. The message is one line that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """An archive on disk and what is in it."""

    archive: Path
    manifest: Mapping[str, object]


def build(version: str | None = None) -> Package:
    """Compile the jar, and write the archive, its bill of materials and its manifest.

    The version is the given one, or the Git commit of a clean tree, or the hash of the content.
    Raises `PackageError` if a tool is missing, the jar does not compile or the version can't be
    part of a key.
    """
    if version is not None and not releases.VERSION.fullmatch(version):
        message = f"version {version!r}: allowed are {releases.ALLOWED}"
        raise PackageError(message)
    _compile()
    ARCHIVE.parent.mkdir(exist_ok=True)
    state = _state()
    entries = archive_entries()
    write_archive(entries, ARCHIVE)
    bill = sbom.write(entries, ARCHIVE, JOB / "target" / PARTS, JOB / "uv.lock", SBOM)
    digest = hashlib.sha256(ARCHIVE.read_bytes()).hexdigest()
    content = {"sha256": digest, **_versions()}
    manifest = {
        "version": version or _commit() or f"content-{digest[:12]}",
        **content,
        "sources": _sources(),
        "sbom": bill,
        "state": state,
    }
    write_whole(MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return Package(archive=ARCHIVE, manifest=manifest)


def archive_entries() -> dict[str, Path]:
    """Give the file of every entry of the archive, by the entry's name."""
    modules = {
        f"modules/job/{path.name}": path for path in JOB.glob("*.py") if path.name != "main.py"
    }
    return {
        "main.py": JOB / "main.py",
        sbom.JAR: COMPILED,
        STATE: COMPILED.with_name(STATE),
        **modules,
    }


def find_stale(directory: Path) -> str | None:
    """Say that the archive in `directory` was built from other sources than the job's are now.

    None if it was built from them, or if its manifest doesn't say from which.
    """
    try:
        told: dict[str, Any] = json.loads((directory / releases.MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if told.get("sources") in {None, _sources()}:
        return None
    return (
        f"{directory / releases.ARCHIVE}, version {told.get('version')}, was built from other "
        "sources than job/ has now: run make package to use these"
    )


def _sources() -> str:
    """Give a digest of everything that the archive is built from."""
    files = [*JOB.glob("*.py"), JOB / "pom.xml", *(JOB / "src" / "main").rglob("*.java")]
    named = sorted((str(path.relative_to(JOB)), path.read_text("utf-8")) for path in files)
    return digest(json.dumps(named))[:12]


def write_archive(entries: Mapping[str, Path], archive: Path) -> None:
    """Write a zip file. Its bytes depend only on the entries' names and contents."""
    with drafted(archive) as draft, zipfile.ZipFile(draft, "w") as target:
        for name, path in sorted(entries.items()):
            entry = zipfile.ZipInfo(name, _TIMESTAMP)
            entry.external_attr = 0o644 << 16
            # A jar is compressed already.
            entry.compress_type = (
                zipfile.ZIP_STORED if name.endswith(".jar") else zipfile.ZIP_DEFLATED
            )
            target.writestr(entry, path.read_bytes())


def _compile() -> None:
    licence = ROOT / "LICENSE"
    sources = [
        JOB / "pom.xml",
        licence,
        *(path for path in (JOB / "src").rglob("*") if path.is_file()),
    ]
    listed = JOB / "target" / PARTS
    if COMPILED.exists() and listed.exists():
        newest = max(path.stat().st_mtime for path in sources if path.exists())
        if min(COMPILED.stat().st_mtime, listed.stat().st_mtime) > newest:
            return
    for tool, package in (("mvn", "Maven"), ("java", "a JDK 17")):
        if shutil.which(tool) is None:
            message = f"{tool} is not on the PATH: install {package}, then run this again"
            raise PackageError(message)
    command = ["mvn", "-q", "-B", "-ntp", "-f", str(JOB / "pom.xml"), "-DskipTests", "package"]
    command += maven_repository()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reasons = [line for line in done.stdout.splitlines() if "ERROR" in line]
        raise PackageError(
            "Maven: " + (reasons[0] if reasons else done.stdout + done.stderr).strip()
        )


def _state() -> Operators:
    try:
        return operators(ROOT, COMPILED)
    except PlanError as error:
        raise PackageError(str(error)) from error


def _versions() -> dict[str, str]:
    """Read the versions of Flink and the connector from the pom and the job's project file."""
    pom = ET.parse(JOB / "pom.xml").getroot()  # noqa: S314 -- our own file
    connector = pom.findtext("m:properties/m:connector.version", "", _POM)
    pinned = re.search(r"apache-flink==([\d.]+)", (JOB / "pyproject.toml").read_text("utf-8"))
    if pinned is None:
        message = "job/pyproject.toml: apache-flink must be pinned as apache-flink==<version>"
        raise PackageError(message)
    pyflink = pinned.group(1)
    return {
        "flink": ".".join(pyflink.split(".")[:2]),
        "pyflink": pyflink,
        "connector": f"flink-connector-kinesis {connector}",
    }


_POM: Final = {"m": "http://maven.apache.org/POM/4.0.0"}


def _commit() -> str | None:
    """Give the commit of a clean tree. None for changed files, or outside a checkout."""
    if shutil.which("git") is None:
        return None
    status = _git("status", "--porcelain")
    return None if status is None or status else _git("rev-parse", "HEAD")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
