"""A temporary clone of this repository for the commits of a rehearsal."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

import yaml

from local.errors import LocalError
from local.pipeline.run import Source

IDENTITY: Final = (
    *("-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@example.com"),
    *("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"),
)


class Edit(NamedTuple):
    """A text that occurs once in a file, and its replacement."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Scratch:
    """The clone. Raises `LocalError` in one line if Git fails."""

    directory: Path

    @classmethod
    def clone(cls, origin: Path, directory: Path) -> Self:
        """Clone a checkout. Its uncommitted changes become one more commit."""
        shutil.rmtree(directory, ignore_errors=True)
        listed = _git(origin, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        _git(directory.parent, "clone", "--quiet", str(origin), str(directory))
        scratch = cls(directory)
        scratch._overlay(origin, {name for name in listed.split("\0") if name})
        if _git(directory, "status", "--porcelain"):
            scratch.commit("Add the uncommitted changes")
        return scratch

    def head(self) -> str:
        """Give the id of the commit that is checked out."""
        return _git(self.directory, "rev-parse", "HEAD")

    def go_to(self, commit: str) -> None:
        """Check a commit out. The next commit is built on it."""
        _git(self.directory, "reset", "--quiet", "--hard", commit)

    def edit(self, edits: Sequence[Edit]) -> None:
        """Change files. Raises `LocalError` if a text to replace doesn't occur exactly once."""
        for edit in edits:
            path = self.directory / edit.path
            text = path.read_text("utf-8")
            if text.count(edit.old) != 1:
                message = f"{edit.path} has {edit.old!r} {text.count(edit.old)} times, not once"
                raise LocalError(message)
            path.write_text(text.replace(edit.old, edit.new), "utf-8")

    def configure(self, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a stack's configuration file."""
        path = self.directory / f"Pulumi.{stack}.yaml"
        content = cast("dict[str, Any]", yaml.safe_load(path.read_text("utf-8")))
        change(content["config"])
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def commit(self, subject: str) -> Source:
        """Commit all changes. Give the commit in the form of the pipeline's source action."""
        _git(self.directory, "add", "--all")
        _git(self.directory, *IDENTITY, "commit", "--quiet", "--message", subject)
        command = ["git", "-C", str(self.directory), "archive", "--format=zip", "HEAD"]
        done = subprocess.run(command, capture_output=True, check=True, env=_environment())
        return Source(commit=self.head(), subject=subject, archive=done.stdout)

    def _overlay(self, origin: Path, names: set[str]) -> None:
        for name in _git(self.directory, "ls-files", "-z").split("\0"):
            if name and not (origin / name).is_file():
                (self.directory / name).unlink()
        for name in names:
            here, there = origin / name, self.directory / name
            if here.is_file() and not (there.exists() and same(here, there)):
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(here, there)


def same(one: Path, other: Path) -> bool:
    """Return whether two files have the same content."""
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        message = f"git {arguments[0]} in {directory}: {reason}"
        raise LocalError(message)
    return done.stdout.rstrip("\n")


def _environment() -> Mapping[str, str]:
    """Leave out the variables that a Git hook sets, because they name another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
