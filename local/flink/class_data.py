"""Class data sharing: an archive of loaded classes, which halves the start time of Flink's JVMs.

The first JVM writes the archive when it exits. Later JVMs map the archive. An archive fits only
one JDK and one set of jars, so its name contains a digest of both. The job's own jar is not in the
set: Flink loads it with a separate class loader, and a JVM doesn't archive the classes of such a
loader. See JEP 350, https://openjdk.org/jeps/350.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

QUICK: Final = "-XX:TieredStopAtLevel=1"
"""Turns the second compiler off. It only helps a process that computes for minutes."""

FIRST_JAVA: Final = 13
"""The first release whose JVM writes an archive when it exits."""


@dataclass(frozen=True)
class ClassData:
    """The archive of one kind of process, for one start of that process."""

    archive: Path
    _draft_name: str = field(default_factory=lambda: uuid4().hex[:8])

    @classmethod
    def of(cls, kind: str, java: str, jars: Iterable[Path], cache: Path) -> Self:
        """Name the archive of a kind of process. `java` is the output of `java -version`."""
        digest = hashlib.sha256(java.encode())
        for jar in sorted(jars):
            status = jar.stat()  # of the link's target: a JVM rejects the archive of another jar
            digest.update(f"{jar}:{status.st_size}:{status.st_mtime_ns};".encode())
        return cls(cache / f"{kind}-{digest.hexdigest()[:16]}.jsa")

    @property
    def _draft(self) -> Path:
        return self.archive.with_suffix(f".{self._draft_name}")

    @property
    def option(self) -> str:
        """The JVM's options: map the archive, or write it if it doesn't exist yet.

        Without the option `-Xlog` a JVM prints each class that it leaves out.
        """
        if self.archive.exists():
            return f"-XX:SharedArchiveFile={self.archive} -Xlog:cds*=off"
        return f"-XX:ArchiveClassesAtExit={self._draft} -Xlog:cds*=off"

    def keep(self, *, ended_in_order: bool) -> None:
        """Keep the archive that the ended process has written, if any, for later processes.

        The archive is deleted if the process didn't exit in order.
        """
        if not self._draft.exists():
            return
        if ended_in_order:
            self._draft.replace(self.archive)
        else:
            self._draft.unlink()
