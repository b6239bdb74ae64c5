"""Checks what the project needs on a machine.

It works offline and with only the standard library, so it can run before anything is installed.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.paths import ROOT
from doctor.check import Check

PYTHON: Final = "3.11"
JAVA: Final = 17
MAVEN: Final = (3, 6)
GIB: Final = 1024**3
TO_INSTALL: Final = 4 * GIB
"""Measured: both environments need 1.4 GiB. Downloads of Maven and uv need 1 GiB, and the state of
a run needs the rest."""
TO_RUN: Final = GIB
CHECKSUMS: Final = Path("tools/pulumi/SHA256SUMS")
BOARD_PORT: Final = 8280
BROWSERS: Final = ("chromium", "chromium-browser")


@dataclass(frozen=True)
class Host:
    """The parts of this machine that are checked. Tests replace it."""

    root: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def system(self) -> str:
        """`Linux`, `Darwin`, ..."""
        return platform.system()

    def find(self, program: str) -> str | None:
        """Give the path of a program on the PATH."""
        return shutil.which(program, path=self.environment.get("PATH"))

    def checksums(self) -> str:
        """Give the list of the releases of Pulumi that may be installed."""
        return (self.root / CHECKSUMS).read_text("utf-8")

    def output(self, *command: str) -> str | None:
        """Run a command and give its output on both streams, or None if it can't run."""
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
                env=dict(self.environment),
                cwd=self.root,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return None if done.returncode else f"{done.stdout}{done.stderr}"

    def free_bytes(self) -> int:
        """Free bytes on the project's disk."""
        return shutil.disk_usage(self.root).free

    def port_is_free(self, port: int) -> bool:
        """Whether a port of the loopback interface is free."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True


def machine(host: Host, *, deploys: bool = False) -> list[Check]:
    """Check a machine. `deploys`: the machine must also be able to run Pulumi against AWS."""
    return [
        _system(host),
        _python(host),
        _uv(host, deploys=deploys),
        _java(host),
        _maven(host),
        _make(host),
        _git(host),
        _disk(host),
        _board_port(host),
        _browser(host),
        _pulumi(host, needed=deploys),
        *([_checksums(host)] if deploys else []),
    ]


def _told(host: Host, command: str, *arguments: str) -> str | None:
    """Give what a program prints, which can be nothing. None if it can't be run or fails."""
    shown = host.output(command, *arguments)
    return None if shown is None else shown.strip()


def _system(host: Host) -> Check:
    if host.system == "Linux":
        return Check("system", "ok", "Linux")
    return Check("system", "advice", host.system, "only Linux was tested; use it if this fails")


def _python(host: Host) -> Check:
    what = f"Python {PYTHON}"
    shown = _told(host, f"python{PYTHON}", "--version")
    if shown:
        return Check(what, "ok", shown)
    if host.find("uv"):
        return Check(what, "ok", "not installed; uv will fetch it")
    do = f"install Python {PYTHON} (Debian: apt-get install python{PYTHON} python{PYTHON}-venv)"
    return Check(
        what, "missing", f"no python{PYTHON} on the PATH", f"{do}, or uv, which fetches it"
    )


def _uv(host: Host, *, deploys: bool) -> Check:
    if deploys and not host.find("uv"):
        do = "make setup, then source .venv/bin/activate, which puts it there"
        return Check("uv", "missing", "none on the PATH, where Pulumi looks for it", do)
    for place in (host.find("uv"), str(host.root / ".tools" / "bin" / "uv")):
        shown = _told(host, place, "--version") if place else None
        if shown:
            return Check("uv", "ok", shown)
    if _told(host, f"python{PYTHON}", "-c", "import ensurepip") is not None:
        return Check("uv", "ok", "not installed; make will install it into .tools")
    do = f"install uv, or what python{PYTHON} -m venv needs (Debian: python{PYTHON}-venv)"
    return Check("uv", "missing", f"no uv, and python{PYTHON} can't make an environment", do)


def _java(host: Host) -> Check:
    what, home = f"JDK {JAVA}", host.environment.get("JAVA_HOME", "")
    java = f"{home}/bin/java" if home else "java"
    shown = _told(host, java, "-version")
    if not shown:
        do = f"install a JDK {JAVA} (Debian: openjdk-{JAVA}-jdk-headless), set JAVA_HOME to it"
        return Check(what, "missing", f"no {java} that runs", do)
    found = re.search(r'version "(?:1\.)?(\d+)[^"]*"', shown)
    name = shown.splitlines()[0]
    if not found or int(found[1]) != JAVA:
        do = f"Flink 1.20 runs on {JAVA}: set JAVA_HOME to a JDK {JAVA}"
        return Check(what, "missing", name, do)
    if _told(host, f"{java}c", "-version") is None:
        do = f"install the JDK, not only the runtime (Debian: openjdk-{JAVA}-jdk-headless)"
        return Check(what, "missing", f"{name}, but without javac", do)
    return Check(what, "ok", name)


def _maven(host: Host) -> Check:
    shown = _told(host, "mvn", "-version")
    version = _numbers(shown, r"Apache Maven (\d+)\.(\d+)")
    if shown is None or version is None:
        return Check("Maven", "missing", "no working mvn", "install Maven (Debian: maven)")
    name = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()[0]
    if version < MAVEN:
        return Check("Maven", "missing", name, f"install Maven {MAVEN[0]}.{MAVEN[1]} or later")
    java = re.search(r"Java version: (?:1\.)?(\d+)", shown)
    if java and int(java[1]) != JAVA:
        do = f"set JAVA_HOME to a JDK {JAVA}, which Maven then uses"
        return Check("Maven", "missing", f"{name}, on Java {java[1]}", do)
    return Check("Maven", "ok", name)


def _make(host: Host) -> Check:
    shown = _told(host, "make", "--version")
    if shown and shown.startswith("GNU Make"):
        return Check("make", "ok", shown.splitlines()[0])
    return Check("make", "missing", "no GNU make on the PATH", "install GNU make")


def _git(host: Host) -> Check:
    shown = _told(host, "git", "--version")
    if shown:
        return Check("git", "ok", shown)
    do = "install it to name builds by their commit, and to push"
    return Check("git", "advice", "not installed; builds are named by their content", do)


def _disk(host: Host) -> Check:
    installed = all((host.root / each).is_dir() for each in (".venv", "job/.venv"))
    needed, free = TO_RUN if installed else TO_INSTALL, host.free_bytes()
    found = f"{free / GIB:.1f} GiB free"
    if free >= needed:
        return Check("disk", "ok", found)
    do = f"free some space: {needed / GIB:.0f} GiB are needed" + (
        "" if installed else " for the installation"
    )
    return Check("disk", "missing", f"{found} in {host.root}", do)


def _board_port(host: Host) -> Check:
    what = f"port {BOARD_PORT}"
    if host.port_is_free(BOARD_PORT):
        return Check(what, "ok", "free, for the board")
    return Check(what, "advice", "in use", "use another port: make board PORT=8281")


def _browser(host: Host) -> Check:
    for name in BROWSERS:
        shown = _told(host, name, "--version") if host.find(name) else None
        if shown:
            return Check("Chromium", "ok", shown.splitlines()[0])
    do = "install it (Debian: chromium) to run the board's tests, which are otherwise skipped"
    return Check("Chromium", "advice", "none", do)


def _pulumi(host: Host, *, needed: bool) -> Check:
    what, wanted = "Pulumi CLI", locked_pulumi(host.root)
    shown = _told(host, "pulumi", "version")
    short = "missing" if needed else "advice"
    do = "to deploy to AWS, run .ci/install-pulumi DIRECTORY, which fetches the right version"
    if shown is None:
        return Check(what, short, "none on the PATH", do)
    version, least = _numbers(shown, r"v?(\d+)\.(\d+)"), _numbers(wanted, r"(\d+)\.(\d+)")
    name = next(iter(shown.split()), "unknown version")
    if not version or not least or version[0] != least[0] or version < least:
        return Check(what, short, f"{name}; the locked SDK is {wanted}", do)
    return Check(what, "ok", name)


def _checksums(host: Host) -> Check:
    what = "Pulumi's checksums"
    listed = sum(not line.startswith("#") for line in host.checksums().splitlines())
    if not listed:
        do = "on a machine with internet, run tools/pulumi/pin and commit what it writes"
        found = f"{CHECKSUMS} lists none, so the pipeline can't install Pulumi"
        return Check(what, "advice", found, do)
    return Check(what, "ok", f"{listed} files")


def locked_pulumi(root: Path) -> str:
    """Give the SDK's version in the lock file."""
    lock = tomllib.loads((root / "uv.lock").read_text("utf-8"))
    packages: Sequence[Mapping[str, str]] = lock["package"]
    return next(one["version"] for one in packages if one["name"] == "pulumi")


def _numbers(text: str | None, pattern: str) -> tuple[int, int] | None:
    found = re.search(pattern, text or "")
    return (int(found[1]), int(found[2])) if found else None
