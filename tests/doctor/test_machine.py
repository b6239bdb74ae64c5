"""The doctor names what a machine lacks and says what to do, before a command fails."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doctor.check import Check, as_json, ready, table
from doctor.machine import GIB, ROOT, Host, locked_pulumi, machine

PROGRAMS = {
    "python3.11 --version": "Python 3.11.9\n",
    "python3.11 -c import ensurepip": "",
    "/bin/uv --version": "uv 0.13.9\n",
    "java -version": 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime\n',
    "javac -version": "javac 17.0.15\n",
    "mvn -version": "\x1b[1mApache Maven 3.8.7\x1b[m\nMaven home: /m\nJava version: 17.0.15\n",
    "make --version": "GNU Make 4.3\nBuilt for ...\n",
    "git --version": "git version 2.39.5\n",
    "chromium --version": "Chromium 156.0\n",
    "pulumi version": "v3.272.0\n",
}
"""A machine that has everything: each command with its output."""


@dataclass(frozen=True)
class Machine(Host):
    """A machine with given outputs of its programs."""

    programs: Mapping[str, str] = field(default_factory=dict[str, str])
    free: int = 100 * GIB
    taken: frozenset[int] = frozenset()
    kind: str = "Linux"
    listed: str = "# SHA-256\n0f  pulumi.tar.gz\n"

    @property
    def system(self) -> str:
        """What the machine runs."""
        return self.kind

    def find(self, program: str) -> str | None:
        """Find a program that has an answer."""
        found = [one.split()[0] for one in self.programs]
        return f"/bin/{program}" if {program, f"/bin/{program}"} & set(found) else None

    def checksums(self) -> str:
        """Give the list."""
        return self.listed

    def output(self, *command: str) -> str | None:
        """Give a program's answer."""
        return self.programs.get(" ".join(command))

    def free_bytes(self) -> int:
        """Give what is free."""
        return self.free

    def port_is_free(self, port: int) -> bool:
        """Tell of a port."""
        return port not in self.taken


def whole(**changes: str | None) -> Machine:
    """Give a machine that has everything except `changes`, by a command's first words."""
    programs = dict(PROGRAMS)
    for name, answer in changes.items():
        for command in [one for one in PROGRAMS if one.split()[0].rpartition("/")[2] == name]:
            del programs[command]
            if answer is not None:
                programs[command] = answer
    return Machine(programs=programs, environment={})


def found(host: Host, what: str, *, deploys: bool = False) -> Check:
    """Give the one check of that name."""
    (check,) = [one for one in machine(host, deploys=deploys) if one.what == what]
    return check


def test_a_machine_that_has_everything_is_ready() -> None:
    """There is not even advice."""
    checks = machine(whole(), deploys=True)
    assert {check.state for check in checks} == {"ok"}
    assert not [check for check in checks if check.do]


@pytest.mark.parametrize(
    ("host", "what", "state", "said", "do"),
    [
        (whole(java=None), "JDK 17", "missing", "no java that runs", "install a JDK 17"),
        (whole(javac=None), "JDK 17", "missing", "without javac", "not only the runtime"),
        (
            whole(java='openjdk version "21.0.2" 2024-01-16'),
            "JDK 17",
            "missing",
            '"21.0.2"',
            "set JAVA_HOME",
        ),
        (whole(java='java version "1.8.0_402"'), "JDK 17", "missing", "1.8.0", "set JAVA_HOME"),
        (whole(mvn=None), "Maven", "missing", "no working mvn", "install Maven"),
        (whole(mvn="Apache Maven 3.3.9"), "Maven", "missing", "3.3.9", "Maven 3.6 or later"),
        (
            whole(mvn="Apache Maven 3.9.1\nJava version: 11.0.2"),
            "Maven",
            "missing",
            "on Java 11",
            "set JAVA_HOME to a JDK 17",
        ),
        (whole(make=None), "make", "missing", "no GNU make", "install GNU make"),
        (whole(make="usage: make [-f file]"), "make", "missing", "no GNU make", "GNU make"),
        (whole(git=None), "git", "advice", "named by their content", "install it"),
        (whole(chromium=None), "Chromium", "advice", "none", "install it"),
        (whole(pulumi=None), "Pulumi CLI", "advice", "none on the PATH", ".ci/install-pulumi"),
        (whole(pulumi="v3.90.1"), "Pulumi CLI", "advice", "the locked SDK is", "install-pulumi"),
        (whole(pulumi="v4.272.0"), "Pulumi CLI", "advice", "the locked SDK is", "install-pulumi"),
        (whole(pulumi="\n"), "Pulumi CLI", "advice", "unknown version", "install-pulumi"),
        (Machine(programs=PROGRAMS, kind="Darwin"), "system", "advice", "Darwin", "Linux"),
        (
            Machine(programs=PROGRAMS, free=GIB // 2),
            "disk",
            "missing",
            "0.5 GiB",
            "free some space",
        ),
        (
            Machine(programs=PROGRAMS, taken=frozenset({8280})),
            "port 8280",
            "advice",
            "in use",
            "PORT=8281",
        ),
    ],
)
def test_a_missing_thing_is_reported_with_what_to_do(
    host: Machine, what: str, state: str, said: str, do: str
) -> None:
    """The machine is not ready only if a command would fail."""
    check = found(host, what)
    assert check.state == state
    assert said in check.found
    assert do in check.do
    assert ready(machine(host)) is (state != "missing")


@pytest.mark.parametrize("answer", ["", "\n", "  \n\n"])
@pytest.mark.parametrize("command", PROGRAMS)
def test_a_program_that_prints_nothing_is_a_check_and_no_error(command: str, answer: str) -> None:
    """Each result still says what was found."""
    host = Machine(programs={**PROGRAMS, command: answer}, environment={})
    for check in machine(host, deploys=True):
        assert check.found.strip(), check.what


def test_uv_or_a_working_python_is_enough() -> None:
    """Each can install the other. A Python without venv can't install uv."""
    assert found(whole(**{"python3.11": None}), "Python 3.11").state == "ok"
    assert found(whole(uv=None), "uv").state == "ok"
    neither = Machine(programs={}, environment={})
    assert found(neither, "Python 3.11").state == "missing"
    no_venv = {key: value for key, value in PROGRAMS.items() if "ensurepip" not in key}
    del no_venv["/bin/uv --version"]
    assert "python3.11-venv" in found(Machine(programs=no_venv), "uv").do


def test_java_home_is_preferred_to_the_path() -> None:
    """Flink's scripts and Maven do the same."""
    programs = {**PROGRAMS, "java -version": 'openjdk version "21"'}
    programs["/jdk/bin/java -version"] = 'openjdk version "17.0.1"'
    programs["/jdk/bin/javac -version"] = "javac 17.0.1"
    host = Machine(programs=programs, environment={"JAVA_HOME": "/jdk"})
    assert found(host, "JDK 17").state == "ok"


def test_pulumi_is_required_only_for_a_deployment() -> None:
    """The local cloud does not use it."""
    assert found(whole(pulumi=None), "Pulumi CLI").state == "advice"
    assert found(whole(pulumi=None), "Pulumi CLI", deploys=True).state == "missing"
    assert locked_pulumi(ROOT) == "3.272.0"


def test_a_deployment_by_the_pipeline_requires_pulumis_checksums() -> None:
    """The pipeline installs only the files of the list. A person may have Pulumi already."""
    check = found(
        Machine(programs=PROGRAMS, listed="# SHA-256\n"), "Pulumi's checksums", deploys=True
    )
    assert (check.state, "tools/pulumi/pin" in check.do) == ("advice", True)
    assert "Pulumi's checksums" not in {one.what for one in machine(whole())}
    assert Host().checksums().startswith("# SHA-256")


def test_a_deployment_requires_uv_on_the_path() -> None:
    """Pulumi looks for it there. It does not find the one that `make setup` installs."""
    tools = {key: told for key, told in PROGRAMS.items() if key != "/bin/uv --version"}
    host = Machine(programs=tools | {f"{ROOT}/.tools/bin/uv --version": "uv 0.13.9\n"})
    assert found(host, "uv").state == "ok"
    check = found(host, "uv", deploys=True)
    assert (check.state, check.found) == ("missing", "none on the PATH, where Pulumi looks for it")
    assert "source .venv/bin/activate" in check.do


def test_the_table_shows_what_to_do_below_each_result() -> None:
    """It has columns and at most 100 characters a line. Colours are optional."""
    checks = [Check("one", "ok", "fine"), Check("another", "missing", "none", "get " + "it " * 60)]
    plain = table(checks, colours=False)
    first, second, third, *_ = plain.splitlines()
    assert first == "one      ok        fine"
    assert second == "another  missing   none"
    assert third.startswith("                   -> get it")
    assert max(map(len, plain.splitlines())) <= 100
    assert "\033[32mok      \033[0m" in table(checks, colours=True)
    assert "\033" not in plain


def test_json_says_whether_anything_is_missing() -> None:
    """A program can read it."""
    told = as_json([Check("a", "missing", "none", "get it")])
    assert told == {
        "ready": False,
        "checks": [{"what": "a", "state": "missing", "found": "none", "do": "get it"}],
    }


def test_it_runs_before_anything_is_installed(tmp_path: Path) -> None:
    """It runs with only the interpreter, isolated from every environment, and an empty PATH."""
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); "
        "sys.argv = ['doctor', '--json']; runpy.run_module('doctor', run_name='__main__')"
    )
    base = Path(os.path.realpath(sys.executable))
    done = subprocess.run(
        [base, "-I", "-S", "-c", code],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 1
    told = {one["what"]: one["state"] for one in json.loads(done.stdout)["checks"]}
    assert (told["Maven"], told["JDK 17"], told["make"]) == ("missing",) * 3
