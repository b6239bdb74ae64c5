"""What state a version keeps, and so what savepoints it can restore.

Flink gives each operator's state to the operator of the same id, and refuses a savepoint that holds
state of an id that the new job has no more; an operator of the same id that keeps something else
fails as it reads. So a version can restore what another has built up where each of the other's
operators with state is there, and keeps the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

Operators: TypeAlias = Mapping[str, str]
"""Id of each operator with state, and a digest of what it keeps."""

SOURCE: Final = "trades"
"""Id of the source; its state is declared in Java."""

JAVA_STATE: Final = re.compile(r'new ListStateDescriptor<>\(\s*"([^"]+)",\s*([^;]+?)\)+;')
"""A state of the source: its name and its type."""

_ALIAS: Final = re.compile(r" AS [\w$]+")
"""A column's name, which no state depends on."""


class PlanError(Exception):
    """The job can't be planned; one line that says why."""


def restorable(running: Operators, new: Operators) -> list[str]:
    """Say what of the running version's state the new one can't take over; empty where it can."""
    return [
        f"{operator} keeps something else" if operator in new else f"{operator} is gone"
        for operator, kept in sorted(running.items())
        if new.get(operator) != kept
    ]


def operators(root: Path, jar: Path) -> Operators:
    """Plan the job under `root`, and give its operators with state.

    Planning takes seconds, so what came of it is kept beside the jar for the same sources. Raises
    `PlanError`.
    """
    python = root / "job" / ".venv" / "bin" / "python"
    if not python.exists():
        message = f"{python} is missing: run make setup"
        raise PlanError(message)
    java = sorted((root / "job" / "src" / "main").rglob("*.java"))
    sources = [*sorted((root / "job").glob("*.py")), root / "release" / "plan.py", *java]
    inputs = digest("".join(path.read_text("utf-8") for path in sources))
    kept = jar.with_name("state.json")
    if kept.exists():
        known = cast("dict[str, Any]", json.loads(kept.read_text("utf-8")))
        if known["inputs"] == inputs:
            return cast("Operators", known["operators"])
    done = subprocess.run(
        [python, "-m", "release.plan", jar], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"the job can't be planned: {_reason(done.stderr)}"
        raise PlanError(message)
    planned = cast("Mapping[str, str]", json.loads(done.stdout.splitlines()[-1]))
    found = fingerprints(planned, "".join(path.read_text("utf-8") for path in java))
    kept.write_text(json.dumps({"inputs": inputs, "operators": found}), "utf-8")
    return found


def fingerprints(planned: Mapping[str, str], java: str) -> Operators:
    """Reduce descriptions of operators to digests; `java` is the source's text."""
    source = sorted(f"{name}: {' '.join(kind.split())}" for name, kind in JAVA_STATE.findall(java))
    kept = {**planned, SOURCE: "; ".join(source)}
    return {operator: digest(_ALIAS.sub("", told))[:12] for operator, told in kept.items()}


def digest(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _reason(stderr: str) -> str:
    """Find what Flink says is wrong: the innermost cause, or else the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return (causes or lines or ["no reason given"])[-1].removeprefix("Caused by: ")
