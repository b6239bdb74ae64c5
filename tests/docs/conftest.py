"""One build of the site for all its tests, outside the project's own `site/`."""

import shutil
from pathlib import Path

import pytest
from built_page import Copy

from tools.documentation import site


@pytest.fixture(scope="session")
def copy_of_docs(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Give a function that copies what the site is built from."""

    def copied() -> Path:
        root = tmp_path_factory.mktemp("docs")
        shutil.copy(site.ROOT / site.CONFIG, root)
        ignore = shutil.ignore_patterns(site.MERMAID.name)
        shutil.copytree(site.ROOT / "docs", root / "docs", ignore=ignore)
        return root

    return copied


@pytest.fixture(scope="session")
def built_site(copy_of_docs: Copy) -> Path:
    """Give the directory of the built site."""
    root = copy_of_docs()
    assert site.build(root) == 0, "the builder warns: see its output"
    return root / "site"
