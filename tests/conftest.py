"""What all tests share: the folder of published data, where it lies beside the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of real data nobody here made; not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the published data are not beside this checkout (../shared/data)")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a file's tests on one process, for what its fixtures make, and all that need Neo4j: one server is enough."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            group = "neo4j" if "neo4j" in item.nodeid else item.nodeid.partition("::")[0]
            item.add_marker(pytest.mark.xdist_group(group))
