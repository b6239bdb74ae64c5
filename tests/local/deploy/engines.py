"""The two engines as parameters of tests: our own, and Pulumi's if it is installed."""

from typing import Final

import pytest

from local.deploy.pulumi_command import cache, is_there

WHY_NOT: Final = f"Pulumi's engine is neither in {cache()} nor on the PATH: make pulumi"

NEEDS_PULUMI: Final = (
    pytest.mark.pulumi,
    pytest.mark.skipif(not is_there(), reason=WHY_NOT),
)

ENGINES: Final = (pytest.param("in-process"), pytest.param("pulumi", marks=NEEDS_PULUMI))
