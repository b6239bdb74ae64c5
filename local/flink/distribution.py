"""The sources of Flink: the distribution inside PyFlink, a JDK, and the web UI from Maven.

PyFlink's wheel contains a whole Flink distribution except the web UI. The web UI is one more jar,
which is fetched once and kept. An error says in one line what is missing.
"""

import logging
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

from common.paths import ROOT, maven_repository, writable_cache
from local.errors import LocalError

logger: Final = logging.getLogger(__name__)

CACHE: Final = writable_cache() / "flink"
"""What is made once and used by each later start, from every checkout: jars and class data."""

JAVA_RELEASE: Final = 17
"""The newest Java release that Flink 1.20 supports. The job is built with it too."""

MAVEN_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


class FlinkError(LocalError):
    """A Flink cluster or job can't run. The text says why in one line."""


@dataclass(frozen=True)
class Java:
    """A Java program."""

    path: str
    version: str
    """The output of `java -version`."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A Flink distribution, and the Python that runs its job clients."""

    home: Path
    """The directory with Flink's `bin`, `conf`, `lib` and `opt`."""
    python: Path
    """The interpreter with PyFlink."""

    @classmethod
    def find(cls, environment: Path = ROOT / "job" / ".venv") -> Self:
        """Find PyFlink in the job's own environment.

        Raises `FlinkError` if it isn't installed.
        """
        homes = sorted(environment.glob("lib/python3*/site-packages/pyflink"))
        if not homes:
            message = f"no PyFlink in {environment}: run `make setup`, which installs it"
            raise FlinkError(message)
        return cls(home=homes[0], python=environment / "bin" / "python")

    @property
    def version(self) -> str:
        """Flink's version, from the name of its main jar: `1.20.5`."""
        for jar in self.home.glob("lib/flink-dist-*.jar"):
            return jar.stem.removeprefix("flink-dist-")
        message = f"no flink-dist jar in {self.home / 'lib'}: PyFlink is broken, run `make setup`"
        raise FlinkError(message)

    @property
    def java_options(self) -> str:
        """Flink's default `env.java.opts.all`. Flink doesn't run on Java 17 without it."""
        stock = (self.home / "conf" / "config.yaml").read_text("utf-8")
        found = re.search(r"^ +all: (--add-exports.*)$", stock, re.MULTILINE)
        if found is None:
            message = f"no env.java.opts.all in {self.home / 'conf/config.yaml'}: PyFlink is broken"
            raise FlinkError(message)
        return found[1].strip()

    @property
    def python_jar(self) -> Path:
        """PyFlink's own jar, with the class that runs a job's `main` in Python."""
        for jar in self.home.glob("opt/flink-python-*.jar"):
            return jar
        message = f"no flink-python jar in {self.home / 'opt'}: PyFlink is broken, run `make setup`"
        raise FlinkError(message)

    def link_jars(self, directory: Path, *more: Path) -> None:
        """Fill a directory with the distribution's jars and `more` jars, by hard links if possible.

        Jars of the same size and time stay: class data fit only them, and another cluster may be
        reading them.
        """
        directory.mkdir(parents=True, exist_ok=True)
        for jar in (*self.home.glob("lib/*.jar"), *more):
            there = directory / jar.name
            if there.exists() and _size_and_time(there) == _size_and_time(jar):
                continue
            draft = directory / f".{jar.name}.{uuid4().hex[:8]}"
            try:
                draft.hardlink_to(jar)
            except OSError:  # another file system
                shutil.copy2(jar, draft)
            draft.replace(there)


def _size_and_time(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def find_web_ui(version: str) -> list[Path]:
    """Give the jar of Flink's web UI in a list. Empty, with a warning, if it can't be fetched.

    The job runs without it, for example on a machine that has no network after its set-up.
    """
    try:
        return [fetch_web_ui(version, CACHE)]
    except FlinkError as error:
        logger.warning("%s; Flink runs without its web UI", error)
        return []


def check_java(environment: Mapping[str, str]) -> Java:
    """Find the Java program that Flink's own scripts would use.

    The scripts use `JAVA_HOME` if it is a directory, else `java` on the `PATH`. Raises `FlinkError`
    if there is no Java in this environment, or if it has another release than `JAVA_RELEASE`.
    """
    home = environment.get("JAVA_HOME", "")
    java = f"{home}/bin/java" if Path(home).is_dir() and home else "java"
    found = shutil.which(java, path=environment.get("PATH"))
    if found is None:
        message = f"no Java at {java}: install a JDK 17 and put it on the PATH or in JAVA_HOME"
        raise FlinkError(message)
    # S603: Flink's own scripts would run the same program.
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    release = parse_java_release(shown.stderr)
    if release != JAVA_RELEASE:
        message = f"{found} is Java {release or 'of no known release'}; a JDK 17 is needed"
        raise FlinkError(message)
    return Java(found, shown.stderr)


def parse_java_release(shown: str) -> int | None:
    """Read the release in the output of `java -version`: 17 from 17.0.15, 8 from 1.8.0_402."""
    found = re.search(r'version "(?:1\.)?(\d+)', shown)
    return int(found[1]) if found else None


def fetch_web_ui(version: str, cache: Path) -> Path:
    """Give the jar of Flink's web UI. Maven fetches it the first time; later it is in the cache.

    Raises `FlinkError` if the jar must be fetched and Maven is missing or fails.
    """
    jar = cache / f"flink-runtime-web-{version}.jar"
    if jar.exists():
        return jar
    maven = shutil.which("mvn")
    if maven is None:
        message = "no Maven (mvn) on the PATH: it is needed once, to fetch Flink's web UI"
        raise FlinkError(message)
    partial = cache / "partial"
    command = [
        *(maven, "--quiet", "--batch-mode", "-Dstyle.color=never", *maven_repository(), MAVEN_COPY),
        *(
            f"-Dartifact=org.apache.flink:flink-runtime-web:{version}",
            f"-DoutputDirectory={partial}",
        ),
    ]
    # S603: Maven from the PATH, with fixed arguments.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = re.findall(r"\[ERROR\] (.+?)(?: -> \[Help.*)?$", done.stdout, re.MULTILINE)
        reason = next(iter(errors), "no reason given")
        message = f"Maven could not fetch Flink's web UI {version}: {reason}"
        raise FlinkError(message)
    return (partial / jar.name).replace(jar)


if __name__ == "__main__":  # `make package` fetches it, so that nothing needs the network later
    find_web_ui(Distribution.find().version)
