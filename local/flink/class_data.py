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

from local.flink.distribution import Java

QUICK: Final = ("-XX:TieredStopAtLevel=1",)
"""Turns the second compiler off. It only helps a process that computes for minutes."""

HOT_ONLY: Final = (
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)
"""Lets the second compiler wait ten times longer than by default (`java -XX:+PrintFlagsFinal`).
Under load it soon compiles the same methods. Under a light load it would use more CPU than the job:
4.5 s of 13.5 s in the first minute of a job with 100 trades a second."""


@dataclass(frozen=True)
class ClassData:
    """The archive of one kind of process, for one start of that process."""

    archive: Path
    _draft_name: str = field(default_factory=lambda: uuid4().hex[:8])

    @classmethod
    def of(cls, kind: str, java: Java, jars: Iterable[Path], cache: Path) -> Self:
        """Name the archive of a kind of process, for the jars of its class path in their order."""
        digest = hashlib.sha256(f"{java.path}\n{java.version}".encode())
        for jar in jars:
            status = jar.stat()  # of the link's target: a JVM rejects the archive of another jar
            digest.update(f"{jar}:{status.st_size}:{status.st_mtime_ns};".encode())
        return cls(cache / f"{kind}-{digest.hexdigest()[:16]}.jsa")

    @property
    def _draft(self) -> Path:
        return self.archive.with_suffix(f".{self._draft_name}")

    @property
    def options(self) -> tuple[str, str]:
        """The JVM's options: map the archive, or write it if it doesn't exist yet.

        Without the option `-Xlog` a JVM prints each class that it leaves out.
        """
        if self.archive.exists():
            return f"-XX:SharedArchiveFile={self.archive}", "-Xlog:cds*=off"
        return f"-XX:ArchiveClassesAtExit={self._draft}", "-Xlog:cds*=off"

    def keep(self, *, ended_in_order: bool) -> None:
        """Keep the archive that the ended process has written, if any, for later processes.

        Archives of another JDK or other jars are deleted: each has up to 90 MB. The new archive is
        deleted if the process didn't exit in order.
        """
        if not self._draft.exists():
            return
        if not ended_in_order:
            self._draft.unlink()
            return
        kind = self.archive.stem.partition("-")[0]
        for other in self.archive.parent.glob(f"{kind}-*{self.archive.suffix}"):
            other.unlink(missing_ok=True)
        self._draft.replace(self.archive)
