"""The page of the jar's parts: versions, licences, and which part can't be raised and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from release import package, sbom

CHECKED: Final = "2026-11-28"
"""The day on which the versions in the pom were the newest that Maven Central served."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """Parts whose line has ended or has a successor, at the line's last version."""

    names: tuple[str, ...]
    versions: str
    why: str


ENDED: Final = (
    Ended(
        names=("flink-connector-kinesis",),
        versions="4.3.0-1.19",
        why="Its successors don't unpack packed records: "
        "[why this connector](../explanation/connector.md).",
    ),
    Ended(
        names=("aws-java-sdk-core", "aws-java-sdk-kinesis", "aws-java-sdk-sts", "jmespath-java"),
        versions="1.12.797",
        why="AWS ended the first SDK's support at the end of 2025. The connector reads with it.",
    ),
    Ended(
        names=("amazon-kinesis-client",),
        versions="1.15.3",
        why="Of the line for the first SDK. The connector's interfaces name its record type, and "
        "the jar contains only its types.",
    ),
    Ended(
        names=("amazon-kinesis-producer",),
        versions="0.15.12",
        why="Of the line for the first SDK. The connector's check of properties loads its "
        "configuration, and the jar contains nothing else of it.",
    ),
    Ended(
        names=("httpclient", "httpcore"),
        versions="4.5.14, 4.4.16",
        why="Version 5 has other packages. The first SDK calls these.",
    ),
    Ended(
        names=("jctools-core",),
        versions="4.0.5",
        why="netty-common contains a copy under a name of its own.",
    ),
    Ended(
        names=(
            "netty-buffer",
            "netty-codec",
            "netty-codec-http",
            "netty-codec-http2",
            "netty-common",
            "netty-handler",
            "netty-resolver",
            "netty-transport",
            "netty-transport-classes-epoll",
            "netty-transport-native-unix-common",
        ),
        versions="4.1.140.Final",
        why="The second SDK is built with the line 4.1, which is maintained.",
    ),
)

_SPDX: Final = {"Apache License, Version 2.0": "Apache-2.0"}


def spdx(licence: Mapping[str, Any]) -> str:
    """Give the SPDX id of a component's licence. Maven knows it, except of a part in a part."""
    told = licence["license"]
    return str(told.get("id") or _SPDX[told["name"]])


def ended(part: Mapping[str, Any]) -> bool:
    """Say whether the list has this version of the part."""
    return any(
        part["name"] in one.names and part["version"] in one.versions.split(", ") for one in ENDED
    )


def page() -> str:
    """Render the page from the bill of materials that `make package` wrote."""
    bill = json.loads(package.SBOM.read_text("utf-8"))
    parts = [part for part in bill["components"] if part["properties"][0]["value"] == sbom.JAR]
    rows = [
        f"| `{part['group']}:{part['name']}` | {part['version']} "
        f"| {', '.join(spdx(licence) for licence in part['licenses'])} |"
        for part in sorted(parts, key=lambda part: (part["group"], part["name"]))
    ]
    reasons = [
        f"| {', '.join(f'`{name}`' for name in one.names)} | {one.versions} | {one.why} |"
        for one in ENDED
    ]
    return TEXT.format(checked=CHECKED, reasons="\n".join(reasons), rows="\n".join(rows))


TEXT: Final = """\
# Parts of the jar

The job's jar contains these libraries. `make package` writes the same list, with checksums, to
`dist/stocktrading-job.cdx.json` (CycloneDX), and `stocktrading release publish` puts it beside
the archive. That file also lists the Python packages that the job is locked to. The archive
contains none of them. The texts of the licences and the notices are in the jar, in `META-
INF/licenses`.

The connector's own jar contains old copies of its libraries. The build replaces them by current
versions under the same names, and leaves out what no class of the job needs. The Java tests run
on the result.

## Parts that can't be raised

As of {checked}. All other parts were then at the newest version that Maven Central served.

| part | version | why it stays |
|---|---|---|
{reasons}

## All parts

| part | version | licence |
|---|---|---|
{rows}
"""
