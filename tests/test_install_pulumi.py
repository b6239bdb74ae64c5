"""`.ci/install-pulumi`, run by bash: it installs from a release in a directory, or with Go."""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE = (ROOT / "tools" / "pulumi" / "go.mod").read_text("utf-8")
(VERSION,) = re.findall(r"github\.com/pulumi/pulumi/pkg/v3 v([0-9.]+)", MODULE)
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
ARCHIVE = f"pulumi-v{VERSION}-linux-{MACHINE}.tar.gz"


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n", "utf-8")
    path.chmod(0o755)


class Machine:
    """A machine with its own cache and PATH, a clone, and possibly releases of Pulumi."""

    def __init__(self, directory: Path) -> None:
        """Make the machine in a directory."""
        self.directory = directory
        self.clone = directory / "clone"
        self.cache = directory / "cache" / "stocktrading" / "pulumi" / VERSION / "bin"
        shutil.copytree(ROOT / ".ci", self.clone / ".ci")
        shutil.copytree(ROOT / "tools" / "pulumi", self.clone / "tools" / "pulumi")
        (directory / "bin").mkdir()

    def publish(self, told: str = f"v{VERSION}") -> str:
        """Publish a release whose `pulumi` prints a version. Give its checksum."""
        release = self.directory / "releases" / f"v{VERSION}"
        for name in ("pulumi", "pulumi-language-python"):
            program(self.directory / "pulumi" / name, f"echo {told}")
        release.mkdir(parents=True)
        with tarfile.open(release / ARCHIVE, "w:gz") as archive:
            archive.add(self.directory / "pulumi", "pulumi")
        digest = hashlib.sha256((release / ARCHIVE).read_bytes()).hexdigest()
        (release / f"pulumi-{VERSION}-checksums.txt").write_text(f"{digest}  {ARCHIVE}\n", "utf-8")
        return digest

    def pin(self, digest: str) -> None:
        """Write an archive's checksum into the repository."""
        sums = self.clone / "tools" / "pulumi" / "SHA256SUMS"
        sums.write_text(f"{digest}  {ARCHIVE}\n", "utf-8")

    def install(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return subprocess.run(
            [self.clone / ".ci" / "install-pulumi", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{self.directory / 'bin'}:/usr/bin:/bin",
                "HOME": str(self.directory),
                "XDG_CACHE_HOME": str(self.directory / "cache"),
                "PULUMI_RELEASES": f"file://{self.directory / 'releases'}",
            },
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine without cache and releases."""
    return Machine(tmp_path)


def test_a_release_is_installed_once_for_all_clones(machine: Machine) -> None:
    """A second clone finds it in the user's cache and downloads nothing."""
    machine.pin(machine.publish())
    done = machine.install()
    assert (done.returncode, done.stdout) == (0, f"pulumi {VERSION} is in {machine.cache}\n")
    assert done.stderr == ""
    assert sorted(path.name for path in machine.cache.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
    ]
    shutil.rmtree(machine.directory / "releases")
    assert machine.install().returncode == 0


def test_an_archive_without_the_repositorys_checksum_is_refused(machine: Machine) -> None:
    """It is refused although its own list of checksums fits, and Go does not build it instead."""
    machine.publish()
    machine.pin("0" * 64)
    program(machine.directory / "bin" / "go", "exit 0")
    done = machine.install()
    assert done.returncode != 0
    assert f"{ARCHIVE}: FAILED" in done.stdout + done.stderr
    assert list(machine.cache.iterdir()) == []


def test_without_a_line_in_the_repository_the_releases_own_list_is_used(machine: Machine) -> None:
    """A message says so. An archive with another checksum than in that list is refused too."""
    machine.publish()
    done = machine.install()
    assert done.returncode == 0
    assert f"SHA256SUMS has no line for {ARCHIVE}" in done.stderr
    release = machine.directory / "releases" / f"v{VERSION}"
    (release / f"pulumi-{VERSION}-checksums.txt").write_text(f"{'0' * 64}  {ARCHIVE}\n", "utf-8")
    shutil.rmtree(machine.cache)
    assert machine.install().returncode != 0
    assert list(machine.cache.iterdir()) == []


def test_go_builds_pulumi_if_no_release_can_be_fetched(machine: Machine) -> None:
    """It builds once, with the version in the binary, as `pulumi version` prints it."""
    built = 'while [[ $1 != -o ]]; do shift; done; echo "built $*" >&2; out=$2'
    told = (
        '[[ $* =~ Version=(v[0-9.]+) ]]; printf "#!/bin/bash\\necho ${BASH_REMATCH[1]}\\n" > $out'
    )
    program(machine.directory / "bin" / "go", f"{built}\n{told}\nchmod +x $out")
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" in done.stderr
    told_version = subprocess.run([machine.cache / "pulumi"], capture_output=True, check=True)
    assert told_version.stdout.decode() == f"v{VERSION}\n"
    assert "built" not in machine.install().stderr


def test_without_a_release_and_go_the_error_is_one_line(machine: Machine) -> None:
    """The line says what is missing."""
    done = machine.install()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"no release of Pulumi {VERSION} can be fetched, and no go is on the PATH to build it"
    )


def test_a_deployment_gets_the_release_with_its_language_host(machine: Machine) -> None:
    """It is in the given directory. Go's build can't run `pulumi up` of a Python program."""
    machine.pin(machine.publish())
    goal = machine.directory / "goal"
    done = machine.install(goal)
    assert (done.returncode, done.stdout) == (0, f"pulumi {VERSION} is in {goal}\n")
    assert (goal / "pulumi-language-python").is_file()


def test_a_deployment_does_not_use_gos_build(machine: Machine) -> None:
    """Without a release it fails, and the directory is empty."""
    program(machine.cache / "pulumi", f"echo v{VERSION}")
    goal = machine.directory / "goal"
    assert machine.install(goal).returncode != 0
    assert not goal.exists()


def test_nothing_is_installed_if_the_path_has_that_version(machine: Machine) -> None:
    """An image with Pulumi needs no download."""
    program(machine.directory / "bin" / "pulumi", f"echo v{VERSION}")
    goal = machine.directory / "goal"
    done = machine.install(goal)
    assert done.stdout == f"pulumi {VERSION} is installed already\n"
    assert not goal.exists()
