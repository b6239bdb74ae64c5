"""Fixtures and hooks for the tests of several directories."""

import gc
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

from terminal.answer import CHECKS

# Hypothesis would fail a test that takes more than 0.2 s, which happens on a busy machine.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# No test runs a job for so long that Java's second compiler would repay its CPU.
os.environ.setdefault("FLINK_ENV_JAVA_OPTS_TM", "-XX:TieredStopAtLevel=1")

PAGE_MILLISECONDS = 120_000
"""Milliseconds that a page may take to show a change. An idle machine needs a second."""

FLAGS = (
    "--no-sandbox",  # tests may run as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


ONE_CLUSTER = ("bench", "room", "cluster", "plans")
"""Fixtures with a cluster, or a JVM, that several tests share."""

LONGEST = ("tests/local/rehearsal/", "tests/local/chaos/", "tests/stream/")
"""Files with the longest tests of the cluster's tier."""


def _fits(command: str, value: Mapping[str, Any]) -> None:
    """Hold each object that a command prints in a test to the shape that is documented for it."""
    from terminal.answers import adapter  # noqa: PLC0415 -- most tests print none

    adapter(command).validate_json(json.dumps(value))


CHECKS.append(_fits)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read only the files of the tier that `-m` names, because importing all takes seconds.

    If `-m` begins with a marker, such as "browser and not cluster", only files with the text
    `mark.browser` are read. Tests get `mark.pulumi` from a list, so it needs all files.
    """
    needed = re.match(r"(\w+)( and .*)?$", str(config.getoption("-m")))
    if needed is None or needed[1] in {"not", "pulumi"} or collection_path.suffix != ".py":
        return None
    return f"mark.{needed[1]}" not in collection_path.read_text("utf-8") or None


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prepare the cluster's tier for two processes, each of which takes the next test or group.

    Tests of one cluster stay in one process. The longest tests come first, so that none of them
    starts when the other process has finished.
    """
    for item in items:
        if item.get_closest_marker("cluster"):
            for name in set(ONE_CLUSTER).intersection(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.xdist_group(name))
    items.sort(
        key=lambda item: (
            not (item.get_closest_marker("cluster") and item.nodeid.startswith(LONGEST))
        )
    )


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection, which took a fifth of the pure tier.

    The modules and tests exist until the end, and each full collection would visit all of them.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start a headless Chromium with its own profile. It is shared because its start is slow."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium")
    expect.set_options(timeout=PAGE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
