"""The commands on machines that differ: home, disk, terminal, Python. Each works or says why."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from common.files import drafted, write_whole
from common.paths import LOCAL, ROOT
from local import commands

SHOW_PATHS = """
from common.paths import maven_repository, writable_cache
from stack.emulator import secret_file
print(writable_cache())
print(secret_file(4566))
"""

FULL = """
mount -t tmpfs -o size=64k tiny "$1" && cd "$1" && echo before > kept || exit 77
exec "$2" -c '
from pathlib import Path
from common.files import advice, write_whole
try:
    write_whole(Path("kept"), "x" * 1_000_000)
except OSError as error:
    print(advice(error))
print(Path("kept").read_text().strip(), sorted(path.name for path in Path().iterdir()))
'
"""
"""Fills a disk of 64 kB. Exit code 77 means that this machine allows no such disk."""

PLAIN = ("capacity", "--peak", "5000"), ("config", "flink"), ("doctor",), ("config", "--help")


def run(
    *command: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program from the project's directory, with changes of its environment."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_home_that_can_be_written_the_checkout_keeps_the_files() -> None:
    """These are the caches, and the secret of the local cloud's emulator."""
    given = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "PYTHONPATH": str(ROOT)}
    shown = run(sys.executable, "-c", SHOW_PATHS, environment=given).stdout.split("\n")
    cache = LOCAL / "cache"
    assert shown[:2] == [str(cache), str(cache / "emulators" / "4566")]


def test_uv_keeps_its_cache_in_the_checkout_if_the_home_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a home that can be written, uv's own default remains."""
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    show = ("make", "--silent", "--eval=show:;@echo [$(UV_CACHE_DIR)]", "show")
    given = {"XDG_CACHE_HOME": ""}
    assert run(*show, environment=given | {"HOME": "/dev/null"}).stdout == (
        f"[{ROOT}/.local/cache/uv]\n"
    )
    assert run(*show, environment=given | {"HOME": "/tmp"}).stdout == "[]\n"  # noqa: S108 -- only looked at


def test_a_full_disk_keeps_the_old_file_and_gives_one_line(tmp_path: Path) -> None:
    """No half-written file remains, under any name."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare")
    done = run(
        *(unshare, "-rm", "sh", "-c", FULL, "sh", str(tmp_path), sys.executable),
        environment={"PYTHONPATH": str(ROOT)},
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine allows no mounts")
    assert done.stdout.splitlines() == [
        "No space left on device: free some space, then run the command again",
        "before ['kept']",
    ]


def write_half(file: Path) -> None:
    """Write half of a file, then fail."""
    with drafted(file) as draft:
        draft.write_text("ha", "utf-8")
        message = "full"
        raise OSError(message)


def test_a_file_is_replaced_only_when_it_is_whole(tmp_path: Path) -> None:
    """An error in between leaves the old file and no draft."""
    file = tmp_path / "a.json"
    write_whole(file, "old")
    with pytest.raises(OSError, match="full"):
        write_half(file)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert file.read_text("utf-8") == "old"


@pytest.mark.parametrize(
    ("number", "file", "line"),
    [
        (errno.ENOSPC, None, "No space left on device: free some space, then run the command"),
        (errno.EROFS, "/x", "/x: Read-only file system: name a directory that can be written"),
        (errno.EACCES, "/x", "/x: Permission denied: name a file that you may use"),
    ],
)
def test_an_error_of_the_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, number: int, file: str | None, line: str
) -> None:
    """This is so for every command, wherever the error comes from. Exit code 1."""

    def status(*, as_json: bool) -> None:
        del as_json
        raise OSError(number, os.strerror(number), file)

    monkeypatch.setattr(commands, "status", status)
    ran = CliRunner().invoke(app, ["local", "status"])
    assert (ran.exit_code, ran.stderr.count("\n")) == (1, 1)
    assert line in ran.stderr


def test_an_error_that_is_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file is told where it is named. Elsewhere it is a defect."""

    def status(*, as_json: bool) -> None:
        del as_json
        raise FileNotFoundError(errno.ENOENT, "No such file", "/x")

    monkeypatch.setattr(commands, "status", status)
    assert isinstance(CliRunner().invoke(app, ["local", "status"]).exception, FileNotFoundError)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_terminal_without_unicode_gets_escapes(encoding: str) -> None:
    """An arrow, a box or a record's text can't end a command."""
    code = (
        "import cli, sys; cli.prepare(); print('a \\u2192 b \\u2503');"
        "print('\\u2192', file=sys.stderr)"
    )
    given = {"PYTHONIOENCODING": f"{encoding}:strict", "PYTHONPATH": str(ROOT)}
    done = run(sys.executable, "-c", code, environment=given)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a \\u2192 b \\u2503\n", "\\u2192\n")


@pytest.mark.parametrize("command", PLAIN, ids=" ".join)
def test_piped_output_is_plain_text_of_80_columns(command: tuple[str, ...]) -> None:
    """There are no colours and no carriage returns, and nothing that ASCII can't print."""
    given = {"COLUMNS": "80", "PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C"}
    done = run(sys.executable, "-c", "from cli import app; app()", *command, environment=given)
    assert done.stdout
    assert "Traceback" not in done.stderr
    assert not set("\x1b\r") & set(done.stdout + done.stderr)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    """A machine has Python 3.12 only, and no uv."""
    for name in ("bash", "sh", "sed", "dirname", "make"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho Python 3.12.3\n", "utf-8")
    python.chmod(0o755)
    done = run("make", "-B", ".tools/bin/uv", environment={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "neither python3.11 nor uv is on the PATH, only Python 3.12.3: install Python 3.11, or uv, "
        "which fetches it"
    )
