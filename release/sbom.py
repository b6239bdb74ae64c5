"""Write the bill of materials of the archive (CycloneDX 1.6): what is in it, and what it runs on.

Its components are the archive's own files, the parts of the jar, and the packages of the Python
environment that the job is locked to. Maven lists the parts of the jar, with their licences and
hashes. A property says where each component is. The same sources give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from common import releases
from common.files import write_whole

JAR: Final = "lib/stocktrading-job.jar"
RUNTIME: Final = "runtime"
WHERE: Final = "stocktrading:in"
"""The property that says where a component is: `archive`, the jar's name, or `runtime`."""

_PART: Final = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")


def write(entries: Mapping[str, Path], archive: Path, parts: Path, lock: Path, goal: Path) -> str:
    """Write the bill of materials of an archive. Give its SHA-256.

    `entries` are the archive's files, `parts` is Maven's list of the jar's parts, and `lock` is the
    lock file of the Python environment.
    """
    maven: dict[str, Any] = json.loads(parts.read_text("utf-8"))
    known = {part["purl"]: part for part in maven["components"]}
    bundled = {part["purl"]: part for part in _bundled(entries[JAR]) if part["purl"] not in known}
    jar = [_in(part, JAR) for _, part in sorted({**known, **bundled}.items())]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": maven["specVersion"],
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "tools": maven["metadata"]["tools"],
            "component": {
                "type": "application",
                "bom-ref": "archive",
                "name": releases.ARCHIVE,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [_sha256(archive)],
            },
        },
        "components": [*_files(entries), *jar, *_python(lock)],
    }
    text = json.dumps(bill, indent=1) + "\n"
    write_whole(goal, text)
    return hashlib.sha256(text.encode()).hexdigest()


def _files(entries: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    for name, path in sorted(entries.items()):
        file = {"type": "file", "bom-ref": name, "name": name, "hashes": [_sha256(path)]}
        yield _in(file, "archive")


def _bundled(jar: Path) -> Iterator[dict[str, Any]]:
    """Give the parts that a part brings in its own jar. Maven's list does not have them."""
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.namelist():
            if not _PART.fullmatch(entry):
                continue
            lines = archive.read(entry).decode().splitlines()
            told = dict(line.strip().split("=", 1) for line in lines if "=" in line)
            group, name, version = (told[key] for key in ("groupId", "artifactId", "version"))
            if group == "stocktrading":
                continue
            pom = archive.read(entry.replace("pom.properties", "pom.xml")).decode()
            licence = re.search(r"<license>\s*<name>(.*?)</name>", pom, re.DOTALL)
            purl = f"pkg:maven/{group}/{name}@{version}?type=jar"
            yield {
                "type": "library",
                "bom-ref": purl,
                "group": group,
                "name": name,
                "version": version,
                "licenses": [{"license": {"name": licence.group(1)}}] if licence else [],
                "purl": purl,
            }


def _python(lock: Path) -> Iterator[dict[str, Any]]:
    """Give the packages that the archive runs with. Managed Flink brings its own of them."""
    for package in tomllib.loads(lock.read_text("utf-8"))["package"]:
        if "registry" not in package["source"]:
            continue
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        purl = f"pkg:pypi/{package['name']}@{package['version']}"
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": purl,
            "name": package["name"],
            "version": package["version"],
            "purl": purl,
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": file["url"],
                    "hashes": [{"alg": "SHA-256", "content": file["hash"].removeprefix("sha256:")}],
                }
                for file in files
            ],
        }
        yield _in(component, RUNTIME)


def _in(component: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {**component, "properties": [{"name": WHERE, "value": place}]}


def _sha256(path: Path) -> dict[str, str]:
    return {"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}
