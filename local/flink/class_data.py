"""Class data sharing: an archive of loaded classes, which halves the start of Flink's JVMs.

A JVM writes the archive as it ends, the first time; those after it map the archive. An archive
belongs to one JDK and to one set of jars, whose digest is in its name. The job's own jar is not
among them: Flink loads it with a class loader of its own, whose classes a JVM doesn't archive.
See JEP 350, https://openjdk.org/jeps/350.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

QUICK: Final = "-XX:TieredStopAtLevel=1"
"""Leaves out the second compiler, which pays only in a process that computes for minutes."""

FIRST_JAVA: Final = 13
"""The first release whose JVM writes an archive as it ends."""


@dataclass(frozen=True)
class ClassData:
    """The archive of one kind of process, for one start of it."""

    archive: Path
    _draft_name: str = field(default_factory=lambda: uuid4().hex[:8])

    @classmethod
    def of(cls, kind: str, java: str, jars: Iterable[Path], cache: Path) -> Self:
        """Name the archive of a kind of process; `java` is what `java -version` shows."""
        digest = hashlib.sha256(java.encode())
        for jar in sorted(jars):
            status = jar.stat()  # of the file itself: a JVM refuses an archive of another jar
            digest.update(f"{jar}:{status.st_size}:{status.st_mtime_ns};".encode())
        return cls(cache / f"{kind}-{digest.hexdigest()[:16]}.jsa")

    @property
    def _draft(self) -> Path:
        return self.archive.with_suffix(f".{self._draft_name}")

    @property
    def option(self) -> str:
        """The JVM's options: map the archive, or write it where there is none yet.

        Without the second one a JVM lists on its output each class that it leaves out.
        """
        if self.archive.exists():
            return f"-XX:SharedArchiveFile={self.archive} -Xlog:cds*=off"
        return f"-XX:ArchiveClassesAtExit={self._draft} -Xlog:cds*=off"

    def keep(self, *, ended_in_order: bool) -> None:
        """After the process has ended: keep the archive that it wrote, if it did, for the next."""
        if not self._draft.exists():
            return
        if ended_in_order:
            self._draft.replace(self.archive)
        else:
            self._draft.unlink()
