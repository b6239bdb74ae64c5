"""Class data are written once, mapped by each later start, and written again for other jars."""

from pathlib import Path

from local.flink.class_data import ClassData
from local.flink.distribution import Java


def name(tmp_path: Path, java: str = "17", content: str = "jar") -> ClassData:
    """Name the archive of a client with one jar."""
    jar = tmp_path / "flink.jar"
    if not jar.exists() or jar.read_text() != content:
        jar.write_text(content)
    return ClassData.of("client", Java("/java", java), [jar], tmp_path)


def draft(data: ClassData) -> Path:
    """Give the path in the JVM's option to write."""
    return Path(data.options[0].removeprefix("-XX:ArchiveClassesAtExit="))


def test_the_first_process_writes_an_archive_and_later_ones_map_it(tmp_path: Path) -> None:
    """It is kept only if the process exited in order. A killed process has written half of it."""
    first = name(tmp_path)
    draft(first).write_text("half")
    first.keep(ended_in_order=False)
    assert not draft(first).exists()
    second = name(tmp_path)
    draft(second).write_text("whole")
    second.keep(ended_in_order=True)
    third = name(tmp_path)
    assert third.options[0] == f"-XX:SharedArchiveFile={third.archive}"
    assert third.archive.read_text() == "whole"
    third.keep(ended_in_order=True)
    assert third.archive.read_text() == "whole"


def test_a_new_archive_replaces_those_of_other_jars(tmp_path: Path) -> None:
    """Each has up to 90 MB. The archives of other kinds of processes stay."""
    old = name(tmp_path)
    other = tmp_path / "jobmanager-0.jsa"
    for archive in (old.archive, other):
        archive.touch()
    new = name(tmp_path, content="other jar")
    draft(new).write_text("whole")
    new.keep(ended_in_order=True)
    assert sorted(tmp_path.glob("*.jsa")) == sorted([new.archive, other])


def test_two_starts_at_once_do_not_write_the_same_file(tmp_path: Path) -> None:
    """The archive of the second process replaces that of the first."""
    assert draft(name(tmp_path)) != draft(name(tmp_path))


def test_another_jdk_and_another_jar_have_another_archive(tmp_path: Path) -> None:
    """A JVM would refuse an archive that was made with another JDK or jar."""
    first = name(tmp_path).archive
    assert name(tmp_path, java="21").archive != first
    assert name(tmp_path, content="other jar").archive != first
