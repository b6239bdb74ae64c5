"""The archive has the layout that Managed Flink accepts. The same sources give the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import archives
import pytest

from release import package, state

ENTRIES = {
    "main.py",
    "lib/stocktrading-job.jar",
    "state.json",
    *(
        f"modules/job/{name}.py"
        for name in (
            "__init__",
            "fields",
            "limits",
            "pipeline",
            "properties",
            "source",
            "statements",
        )
    ),
}


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """Give some files in place of the job's."""
    files = {
        "main.py": tmp_path / "a",
        "lib/x.jar": tmp_path / "b",
        "modules/job/y.py": tmp_path / "c",
    }
    for name, path in files.items():
        path.write_text(name * 100, "utf-8")
    return files


def test_the_same_files_give_the_same_bytes(tmp_path: Path, sources: dict[str, Path]) -> None:
    """The archive doesn't depend on the files' times or on the order of their names."""
    package.write_archive(sources, tmp_path / "one.zip")
    for path in sources.values():
        os.utime(path, (1, 1))
    package.write_archive(dict(reversed(sources.items())), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_another_content_gives_other_bytes(tmp_path: Path, sources: dict[str, Path]) -> None:
    """So the hash of the content can serve as a version."""
    package.write_archive(sources, tmp_path / "one.zip")
    sources["main.py"].write_text("changed", "utf-8")
    package.write_archive(sources, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() != (tmp_path / "two.zip").read_bytes()


def test_the_archive_has_the_layout_that_the_run_options_name() -> None:
    """`main.py` is at the root.

    There is one jar. The modules are in the folder that `pyFiles` names.
    """
    names = set(package.archive_entries())
    assert names == ENTRIES
    assert package.RUN_OPTIONS["python"] in names
    assert package.RUN_OPTIONS["jarfile"] in names
    assert any(name.startswith(package.RUN_OPTIONS["pyFiles"] + "/") for name in names)


@pytest.mark.parametrize("version", ["", "../up", "a b", "-x", "x" * 65])
def test_a_version_that_does_not_fit_into_a_key_is_refused(version: str) -> None:
    """The version becomes part of an S3 key and a tag."""
    with pytest.raises(package.PackageError, match="allowed are"):
        package.build(version)


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Maven the error says what to install."""
    monkeypatch.setattr(package, "JOB", tmp_path)
    (tmp_path / "pom.xml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(package.PackageError, match="mvn is not on the PATH: install Maven"):
        package.build("1")


@pytest.mark.skipif(shutil.which("mvn") is None, reason="needs Maven")
def test_two_checkouts_build_the_same_archive(tmp_path: Path) -> None:
    """A build in a fresh checkout gives the same archive and the same bill of materials."""
    package.build()
    elsewhere = tmp_path / "elsewhere"
    ignored = shutil.ignore_patterns("target", ".venv", "__pycache__")
    shutil.copytree(package.JOB, elsewhere / "job", ignore=ignored)
    shutil.copy(package.ROOT / "LICENSE", elsewhere)
    for room in ("common", "release"):
        shutil.copytree(package.ROOT / room, elsewhere / room, ignore=ignored)
    (elsewhere / "job" / ".venv").symlink_to(package.JOB / ".venv")  # has PyFlink for the plan
    code = "from release.package import build; build('there')"
    subprocess.run(["python3.11", "-c", code], cwd=elsewhere, check=True)
    there = elsewhere / "dist" / package.ARCHIVE.name
    assert there.read_bytes() == package.ARCHIVE.read_bytes()
    bill = elsewhere / "dist" / package.SBOM.name
    assert bill.read_text("utf-8") == package.SBOM.read_text("utf-8")
    assert {info.date_time[:3] for info in zipfile.ZipFile(there).infolist()} == {(2026, 1, 1)}


def test_an_unchanged_job_is_not_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of what its operators keep is beside the jar. It is in the archive too."""
    first = package.build("one")

    def refuse(*_: object, **__: object) -> None:
        message = "planned again"
        raise AssertionError(message)

    monkeypatch.setattr(state.subprocess, "run", refuse)
    assert state.operators(package.ROOT, package.COMPILED) == first.manifest["state"]
    with package.ARCHIVE.open("rb") as archive:
        assert state.of_archive(archive) == first.manifest["state"]
    monkeypatch.undo()
    package.build()


def test_an_archive_of_other_sources_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that runs the archive says so. An archive of unknown sources is not judged."""
    package.build()
    assert package.find_stale(package.DISTRIBUTION) is None
    assert package.find_stale(tmp_path) is None
    shutil.copytree(package.JOB, tmp_path / "job", ignore=shutil.ignore_patterns(".venv", "target"))
    monkeypatch.setattr(package, "JOB", tmp_path / "job")
    assert package.find_stale(package.DISTRIBUTION) is None
    with (tmp_path / "job" / "statements.py").open("a", encoding="utf-8") as file:
        file.write("# another comment")
    told = package.find_stale(package.DISTRIBUTION)
    assert told is not None
    assert "was built from other sources than job/ has now: run make package" in told
    assert package.find_stale(archives.package(tmp_path / "dist")) is None
