"""The local cloud that the tests of the pipeline's roles share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from archives import packaged
from pipeline_world import make_stranger, tooling

from local.accounts import TOOLING
from local.cloud import NAMESPACE, LocalCloud
from local.pipeline.state_backend import StateBackend, keep_outcome


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks. The workload's state is in the pipeline's backend."""
    up = LocalCloud(directory=tmp_path_factory.mktemp("local"))
    with packaged(tmp_path_factory.mktemp("dist")), up:
        backend = StateBackend.of_url(
            up.client("s3", TOOLING), tooling(up)["state_backend_url"], NAMESPACE
        )
        keep_outcome(backend, "sandbox", up.directory / "state" / "sandbox.json", up.outputs)
        make_stranger(up)
        yield up
