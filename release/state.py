"""The state that a version keeps, which decides the savepoints that it can restore.

Flink restores each operator's state into the operator with the same id. It refuses a savepoint with
state of an id that the new job doesn't have. An operator with the same id and other state fails
when it reads the state. So a version can restore another version's state if it has all operators of
that version that keep state, and each keeps the same state.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, TypeAlias, cast

from common.files import write_whole

Operators: TypeAlias = Mapping[str, str]
"""The id of each operator with state, and a digest of its state."""

STATE: Final = "state.json"
"""File with the operators, beside the jar and in the archive."""

SOURCE: Final = "trades"
"""The id of the source, whose state is declared in Java."""

JAVA_STATE: Final = re.compile(r'new ListStateDescriptor<>\(\s*"([^"]+)",\s*([^;]+?)\)+;')
"""A state of the source in the Java code: its name and its type."""

_ALIAS: Final = re.compile(r" AS [\w$]+")
"""A column's name. State does not depend on it."""


class PlanError(Exception):
    """The job can't be planned. The message is one line with the reason."""


def restorable(running: Operators, new: Operators) -> list[str]:
    """List the state of the running version that the new one can't restore. Empty if it can."""
    return [
        f"{operator} keeps other state" if operator in new else f"{operator} is gone"
        for operator, kept in sorted(running.items())
        if new.get(operator) != kept
    ]


QUICK_JVM: Final = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""PyFlink gives these options to the JVM that plans. It ends before another compiler would help."""


def of_archive(archive: IO[bytes]) -> Operators | None:
    """Read the operators from a version's archive. None if it has no list of them."""
    try:
        with zipfile.ZipFile(archive) as entries:
            return cast("Operators", json.loads(entries.read(STATE))["operators"])
    except (zipfile.BadZipFile, KeyError):
        return None


def operators(root: Path, jar: Path) -> Operators:
    """Plan the job under `root`, and return its operators with state.

    Planning takes seconds, so the result is kept beside the jar and used again for the same
    sources. Raises `PlanError`.
    """
    python = root / "job" / ".venv" / "bin" / "python"
    if not python.exists():
        message = f"{python} is missing: run make setup"
        raise PlanError(message)
    java = sorted((root / "job" / "src" / "main").rglob("*.java"))
    sources = [*sorted((root / "job").glob("*.py")), root / "release" / "plan.py", *java]
    inputs = digest("".join(path.read_text("utf-8") for path in sources))
    kept = jar.with_name(STATE)
    if kept.exists():
        known = cast("dict[str, Any]", json.loads(kept.read_text("utf-8")))
        if known["inputs"] == inputs:
            return cast("Operators", known["operators"])
    done = subprocess.run(
        [python, "-m", "release.plan", jar],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"JVM_ARGS": QUICK_JVM},
    )
    if done.returncode:
        message = f"the job can't be planned: {_reason(done.stderr)}"
        raise PlanError(message)
    planned = cast("Mapping[str, str]", json.loads(done.stdout.splitlines()[-1]))
    found = fingerprints(planned, "".join(path.read_text("utf-8") for path in java))
    write_whole(kept, json.dumps({"inputs": inputs, "operators": found}))
    return found


def fingerprints(planned: Mapping[str, str], java: str) -> Operators:
    """Return a digest of each operator's description.

    `java` is the text of the source's Java code.
    """
    source = sorted(f"{name}: {' '.join(kind.split())}" for name, kind in JAVA_STATE.findall(java))
    kept = {**planned, SOURCE: "; ".join(source)}
    return {operator: digest(_ALIAS.sub("", told))[:12] for operator, told in kept.items()}


def digest(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _reason(stderr: str) -> str:
    """Find the reason in Flink's output: the innermost cause, or else the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return (causes or lines or ["no reason given"])[-1].removeprefix("Caused by: ")
