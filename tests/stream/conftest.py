"""One emulator and one cluster for all tests of the stream, because their start takes longest."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator

import pytest
from stream_harness import Bench, environment

from local.emulator.child import Emulator
from local.flink.cluster import FlinkCluster
from local.flink.config import Memory
from release.package import build


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Start the archive that `make package` builds, on a TaskManager with four slots.

    `JOB_ARCHIVE` names another one, such as that of a release.
    """
    root = tmp_path_factory.mktemp("stream")
    given = os.environ.get("JOB_ARCHIVE")
    with zipfile.ZipFile(given or build().archive) as archive:
        archive.extractall(root / "archive")
    with (
        Emulator(run_directory=root / "emulator") as emulator,
        FlinkCluster(
            root / "flink",
            slots=4,
            environment=environment(emulator.endpoint),
            memory=Memory(task_manager=3072),
            # Flink keeps some classes of each ended job, and twenty jobs run here in turn.
            settings={"taskmanager.memory.jvm-metaspace.size": "1g"},
        ) as cluster,
    ):
        yield Bench(emulator, cluster, root / "archive")
