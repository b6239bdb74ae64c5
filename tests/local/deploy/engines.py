"""The two engines as parameters of tests: our own, and Pulumi's if it is installed."""

import json
from collections.abc import Mapping
from typing import Final

import pytest

from local.cloud import LocalCloud
from local.deploy.pulumi_command import cache, is_there
from local.deploy.resources import TYPES
from local.deploy.resources.model import Existing
from local.deploy.state import StackState

WHY_NOT: Final = f"Pulumi's engine is neither in {cache()} nor on the PATH: make pulumi"

NEEDS_PULUMI: Final = (
    pytest.mark.pulumi,
    pytest.mark.skipif(not is_there(), reason=WHY_NOT),
)

ENGINES: Final = (pytest.param("in-process"), pytest.param("pulumi", marks=NEEDS_PULUMI))


def kept(cloud: LocalCloud, stack: str) -> Mapping[str, tuple[str, Existing]]:
    """Give each resource of a stack with its type, by its URN."""
    if cloud.engine == "in-process":
        state = StackState(cloud.directory / "state" / f"{stack}.json", cloud.endpoint)
        return {each.urn: (each.type, each.existing) for each in state}
    (file,) = (cloud.directory / "state" / "pulumi" / "state").rglob(f"{stack}.json")
    resources = json.loads(file.read_text())["checkpoint"]["latest"]["resources"]
    return {
        each["urn"]: (
            each["type"],
            Existing(
                each["id"],
                {key: value for key, value in each["inputs"].items() if not key.startswith("__")},
                each["outputs"],
            ),
        )
        for each in resources
        if each["type"] in TYPES
    }
