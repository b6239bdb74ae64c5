"""The bill of materials says exactly what the archive contains, and each part has its licence."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from common.paths import ROOT
from release import package, sbom
from tools.documentation import parts_page

pytestmark = pytest.mark.skipif(shutil.which("mvn") is None, reason="needs Maven")

SHADED: Final = "org/apache/flink/kinesis/shaded/"
ROOTS: Final = {
    "com.amazonaws": SHADED + "com/amazonaws/",
    "com.fasterxml.jackson.core": SHADED + "com/fasterxml/jackson/(core|databind|annotation)/",
    "com.fasterxml.jackson.dataformat": SHADED + "com/fasterxml/jackson/dataformat/",
    "com.google.protobuf": SHADED + "com/google/protobuf/",
    "commons-codec": "org/apache/commons/codec/",
    "commons-logging": "org/apache/commons/logging/",
    "io.netty": SHADED + "io/netty/(?!util/internal/shaded/org/jctools/)",
    "joda-time": "org/joda/time/",
    "org.apache.commons": "org/apache/commons/lang3/",
    "org.apache.flink": f"({SHADED})?org/apache/flink/(connector|streaming)/",
    "org.apache.httpcomponents": SHADED + "org/apache/http/",
    "org.jctools": SHADED + "io/netty/util/internal/shaded/org/jctools/",
    "org.reactivestreams": SHADED + "org/reactivestreams/",
    "software.amazon.awssdk": SHADED + "software/amazon/(awssdk|eventstream)/",
    "stocktrading": "stocktrading/job/",
}
"""The packages of each group. The connector's name for most libraries has `SHADED` before it."""


@cache
def bill() -> dict[str, Any]:
    """Build the archive, and give its bill of materials."""
    package.build()
    return json.loads(package.SBOM.read_text("utf-8"))


def within(place: str) -> list[dict[str, Any]]:
    """Give the components that are in one place."""
    return [part for part in bill()["components"] if part["properties"][0]["value"] == place]


@cache
def jar() -> zipfile.ZipFile:
    """Open the jar that is in the archive."""
    bill()
    with zipfile.ZipFile(package.ARCHIVE) as archive:
        return zipfile.ZipFile(io.BytesIO(archive.read(sbom.JAR)))


def test_it_follows_the_schema() -> None:
    """CycloneDX's own validator reads it."""
    text = package.SBOM.read_text("utf-8") if bill() else ""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    wrong = text.replace('"type": "library"', '"type": "book"', 1)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(wrong) is not None


def test_it_says_neither_when_nor_where_it_was_built() -> None:
    """So two builds of the same sources give the same bytes."""
    text = package.SBOM.read_text("utf-8") if bill() else ""
    assert "serialNumber" not in bill()
    assert "timestamp" not in bill()["metadata"]
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_it_lists_the_files_of_the_archive() -> None:
    """Each with its checksum, and the archive with its own."""
    listed = {part["name"]: part["hashes"][0]["content"] for part in within("archive")}
    with zipfile.ZipFile(package.ARCHIVE) as archive:
        there = {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()
        }
    assert listed == there
    (own,) = bill()["metadata"]["component"]["hashes"]
    assert own["content"] == hashlib.sha256(package.ARCHIVE.read_bytes()).hexdigest()


def test_every_class_of_the_jar_belongs_to_a_listed_part() -> None:
    """And every listed group has classes in the jar."""
    classes = [name for name in jar().namelist() if name.endswith(".class")]
    homes = {
        name: [group for group, root in ROOTS.items() if re.match(root, name)] for name in classes
    }
    assert [name for name, found in homes.items() if len(found) != 1] == []
    listed = {part["group"] for part in within(sbom.JAR)}
    assert {group for found in homes.values() for group in found} == {*listed, "stocktrading"}


def test_the_listed_versions_are_those_in_the_jar() -> None:
    """Most parts say their version in the jar. Of the others only Maven knows it."""
    said = {
        (match.group(1), match.group(2)): dict(
            line.split("=", 1) for line in jar().read(name).decode().split() if "=" in line
        )["version"]
        for name in jar().namelist()
        if (match := re.fullmatch(r"META-INF/maven/([^/]+)/([^/]+)/pom\.properties", name))
        and match.group(1) != "stocktrading"
    }
    listed = {(part["group"], part["name"]): part["version"] for part in within(sbom.JAR)}
    assert {key: listed.get(key) for key in said} == said
    assert {name for _, name in listed.keys() - said.keys()} == {
        "amazon-kinesis-client",
        "amazon-kinesis-producer",
        "flink-connector-kinesis",
        "protobuf-java",
        "reactive-streams",
        "third-party-jackson-core",
        "third-party-jackson-dataformat-cbor",
    }


def test_every_part_has_a_licence_text_in_the_jar() -> None:
    """Its own, or that of its licence's name."""
    names = set(jar().namelist())
    for part in within(sbom.JAR):
        own = f"META-INF/licenses/{part['name']}-jar/META-INF/"
        texts = [name for name in names if name.startswith(own) and "LICENSE" in name]
        for licence in part["licenses"]:
            common = f"META-INF/licenses/{parts_page.spdx(licence)}.txt"
            texts += [common] if common in names else []
        assert any(len(jar().read(name)) > 500 for name in texts), part["purl"]


def test_the_notices_of_the_parts_are_in_the_jar() -> None:
    """A folder of a part that the jar no longer has would be a build's remains."""
    folders = {
        match.group(1)
        for name in jar().namelist()
        if (match := re.match(r"META-INF/licenses/([^/]+)-jar/META-INF/.+", name))
    }
    assert folders <= {part["name"] for part in within(sbom.JAR)}
    notices = [name for name in jar().namelist() if "NOTICE" in name]
    assert len(notices) > 20
    assert any("jackson-core-jar" in name for name in notices)


def test_it_lists_the_locked_python_packages() -> None:
    """The archive contains none of them. The job runs with them."""
    lock = tomllib.loads((ROOT / "job" / "uv.lock").read_text("utf-8"))["package"]
    locked = {one["name"]: one["version"] for one in lock if "registry" in one["source"]}
    listed = {part["name"]: part["version"] for part in within(sbom.RUNTIME)}
    assert listed == locked
    assert listed["apache-flink"] == "1.20.5"


def test_the_pom_sets_the_version_of_every_part() -> None:
    """No part's version comes from another part's pom, where nobody would raise it."""
    pom = (ROOT / "job" / "pom.xml").read_text("utf-8")
    boms = {"com.amazonaws", "software.amazon.awssdk", "io.netty", "com.fasterxml.jackson"}
    for part in within(sbom.JAR):
        direct = re.search(rf"<artifactId>{part['name']}</artifactId>\s*<version>", pom)
        by_bom = any(part["group"].startswith(group) for group in boms)
        assert direct or by_bom or part["group"] == "org.jctools", part["purl"]


def test_the_page_lists_exactly_the_parts_that_cannot_be_raised() -> None:
    """Each part without a maintained line is in the list, and the list has no other part."""
    ended = {part["name"] for part in within(sbom.JAR) if parts_page.ended(part)}
    assert ended == {name for one in parts_page.ENDED for name in one.names}
    page = (ROOT / "docs" / "reference" / "parts.md").read_text("utf-8")
    assert page == parts_page.page()
