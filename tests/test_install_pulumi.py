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
LOCK = (ROOT / "uv.lock").read_text("utf-8")
(PLUGIN_VERSION,) = re.findall(r'name = "pulumi-aws"\nversion = "([0-9.]+)"', LOCK)
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
GO_MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
ARCHIVE = f"pulumi-v{VERSION}-linux-{MACHINE}.tar.gz"
PLUGIN = f"pulumi-resource-aws-v{PLUGIN_VERSION}-linux-{GO_MACHINE}.tar.gz"
LISTED = f'[{{"name": "aws", "kind": "resource", "version": "{PLUGIN_VERSION}"}}]'
COMMAND = """case "$1 $2" in
"version ") echo {version} ;;
"plugin ls") cat "$HOME/plugins" ;;
"plugin install") [ -f "$7" ] && echo '{listed}' > "$HOME/plugins" ;;
esac"""
"""A command line of Pulumi that remembers an installed plugin."""


def command(version: str = f"v{VERSION}") -> str:
    """Give the text of such a command."""
    return COMMAND.replace("{version}", version).replace("{listed}", LISTED)


def digest_of(path: Path) -> str:
    """Give a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
        shutil.copy(ROOT / "uv.lock", self.clone)
        self.sums = self.clone / "tools" / "pulumi" / "SHA256SUMS"
        self.sums.write_text("# nothing is pinned\n", "utf-8")
        self.release = directory / "releases" / f"v{VERSION}"
        self.plugin_release = directory / "plugins-of-aws" / f"v{PLUGIN_VERSION}"
        (directory / "bin").mkdir()
        (directory / "plugins").write_text("[]", "utf-8")

    def publish(self) -> None:
        """Publish a release of Pulumi and of its AWS plugin, for two processors, with lists."""
        for name in ("pulumi", "pulumi-language-python"):
            program(self.directory / "pulumi" / name, command())
        for directory, names, sums in (
            (
                self.release,
                [ARCHIVE.replace(MACHINE, machine) for machine in ("x64", "arm64")],
                f"pulumi-{VERSION}-checksums.txt",
            ),
            (
                self.plugin_release,
                [PLUGIN.replace(GO_MACHINE, machine) for machine in ("amd64", "arm64")],
                f"pulumi-aws_{PLUGIN_VERSION}_checksums.txt",
            ),
        ):
            directory.mkdir(parents=True)
            for name in names:
                with tarfile.open(directory / name, "w:gz") as archive:
                    archive.add(self.directory / "pulumi", "pulumi")
            lines = [f"{digest_of(directory / name)}  {name}\n" for name in names]
            (directory / sums).write_text("".join(lines), "utf-8")

    def pin(self) -> subprocess.CompletedProcess[str]:
        """Write the releases' checksums into the repository, as a maintainer does."""
        return self.run("tools/pulumi/pin")

    def install(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return self.run(".ci/install-pulumi", *arguments)

    def run(self, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a script of the clone."""
        return subprocess.run(
            [self.clone / script, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{self.directory / 'bin'}:/usr/bin:/bin",
                "HOME": str(self.directory),
                "XDG_CACHE_HOME": str(self.directory / "cache"),
                "PULUMI_RELEASES": f"file://{self.directory / 'releases'}",
                "PULUMI_AWS_RELEASES": f"file://{self.directory / 'plugins-of-aws'}",
            },
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine without cache and releases."""
    return Machine(tmp_path)


def test_a_release_is_installed_once_for_all_clones(machine: Machine) -> None:
    """A second clone finds it in the user's cache and downloads nothing."""
    machine.publish()
    machine.pin()
    done = machine.install()
    assert (done.returncode, done.stdout) == (0, f"pulumi {VERSION} is in {machine.cache}\n")
    assert done.stderr == ""
    assert sorted(path.name for path in machine.cache.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
    ]
    shutil.rmtree(machine.directory / "releases")
    assert machine.install().returncode == 0


@pytest.mark.parametrize("into", [False, True])
def test_an_archive_with_another_checksum_is_refused(machine: Machine, into: bool) -> None:  # noqa: FBT001 -- a case
    """It is refused although its own list of checksums fits, and Go does not build it instead."""
    machine.publish()
    machine.sums.write_text(f"{'0' * 64}  {ARCHIVE}\n", "utf-8")
    program(machine.directory / "bin" / "go", "exit 0")
    done = machine.install(*([machine.directory / "goal"] if into else []))
    assert done.returncode != 0
    assert f"{ARCHIVE}: FAILED" in done.stdout + done.stderr
    assert list(machine.cache.iterdir()) == []


def test_a_deployment_refuses_what_the_repository_does_not_list(machine: Machine) -> None:
    """The release's own list is not enough, because who changes the archive can change it too."""
    machine.publish()
    goal = machine.directory / "goal"
    done = machine.install(goal)
    assert done.returncode == 1
    assert done.stderr == (
        f"tools/pulumi/SHA256SUMS has no line for {ARCHIVE}: "
        "run tools/pulumi/pin, look at the change, and commit it\n"
    )
    assert not goal.exists()


@pytest.mark.parametrize("listed", [None, "0" * 64])
def test_a_deployment_refuses_another_aws_plugin(machine: Machine, listed: str | None) -> None:
    """Pulumi itself would fetch any plugin of that version."""
    machine.publish()
    machine.pin()
    lines = [line for line in machine.sums.read_text("utf-8").splitlines() if PLUGIN not in line]
    machine.sums.write_text("\n".join([*lines, *([f"{listed}  {PLUGIN}"] if listed else []), ""]))
    done = machine.install(machine.directory / "goal")
    assert done.returncode != 0
    assert PLUGIN in done.stdout + done.stderr
    assert (machine.directory / "plugins").read_text("utf-8") == "[]"


def test_without_a_line_in_the_repository_go_builds_pulumi_for_the_tests(machine: Machine) -> None:
    """The release is there, but nobody has pinned it."""
    machine.publish()
    program(machine.directory / "bin" / "go", "exit 1")
    done = machine.install()
    assert done.returncode != 0
    assert "building Pulumi" in done.stderr


def test_pin_writes_the_checksums_of_both_processors(machine: Machine) -> None:
    """It keeps the comment at the start of the file."""
    machine.publish()
    done = machine.pin()
    assert done.returncode == 0, done.stderr
    assert "lists 4 files" in done.stdout
    first, *lines = machine.sums.read_text("utf-8").splitlines()
    assert first == "# nothing is pinned"
    assert f"{digest_of(machine.release / ARCHIVE)}  {ARCHIVE}" in lines
    assert f"{digest_of(machine.plugin_release / PLUGIN)}  {PLUGIN}" in lines


def test_pin_refuses_a_file_that_differs_from_its_releases_list(machine: Machine) -> None:
    """Nothing is written."""
    machine.publish()
    (machine.plugin_release / PLUGIN).write_bytes(b"changed")
    done = machine.pin()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"{PLUGIN} is not what pulumi-aws_")
    assert machine.sums.read_text("utf-8") == "# nothing is pinned\n"


def test_pin_says_that_a_release_has_no_list(machine: Machine) -> None:
    """The checksum is then that of the download."""
    machine.publish()
    (machine.plugin_release / f"pulumi-aws_{PLUGIN_VERSION}_checksums.txt").unlink()
    done = machine.pin()
    assert done.returncode == 0
    assert "compared with nothing" in done.stderr


def test_the_repositorys_list_fits_the_versions_that_are_used() -> None:
    """After a change of version, a line of the old one must not remain."""
    lines = (ROOT / "tools" / "pulumi" / "SHA256SUMS").read_text("utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            assert re.fullmatch(
                rf"[0-9a-f]{{64}}  (pulumi-v{VERSION}|pulumi-resource-aws-v{PLUGIN_VERSION})-\S+",
                line,
            )


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
        f"no release of Pulumi {VERSION} can be used, and no go is on the PATH to build it"
    )


def test_a_deployment_gets_the_release_with_its_language_host(machine: Machine) -> None:
    """The plugin is installed too. Go's build can't run `pulumi up` of a Python program."""
    machine.publish()
    machine.pin()
    goal = machine.directory / "goal"
    done = machine.install(goal)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"pulumi {VERSION} is in {goal}",
        f"the AWS plugin {PLUGIN_VERSION} is installed",
    ]
    assert (goal / "pulumi-language-python").is_file()


def test_a_deployment_does_not_use_gos_build(machine: Machine) -> None:
    """Without a release it fails, and the directory is empty."""
    program(machine.cache / "pulumi", f"echo v{VERSION}")
    goal = machine.directory / "goal"
    assert machine.install(goal).returncode != 0
    assert not goal.exists()


def test_nothing_is_installed_if_the_path_has_that_version(machine: Machine) -> None:
    """An image with Pulumi and the plugin needs no download."""
    program(machine.directory / "bin" / "pulumi", command())
    (machine.directory / "plugins").write_text(LISTED, "utf-8")
    goal = machine.directory / "goal"
    done = machine.install(goal)
    assert done.stdout == f"pulumi {VERSION} is installed already\n"
    assert not goal.exists()
