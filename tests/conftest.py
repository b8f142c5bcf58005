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


_LONGEST_FIRST = ("neo4j", "sharing/", "browser/", "fuzz/", "faults/", "exchange/")
"""What takes long on one process is to begin early, so that the others do not wait for it at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first."""
    items.sort(key=lambda item: next((at for at, name in enumerate(_LONGEST_FIRST) if name in _file(item.nodeid)), 99))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep a file's tests on one process, for what its fixtures make, and all that need Neo4j: one server is enough."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "neo4j" if "neo4j" in _file(nodeid) else _file(nodeid)

    config.option.loadscopereorder = False
    return Together(config, log)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
