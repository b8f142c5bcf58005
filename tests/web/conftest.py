"""A small case with a victim in it, explored: in process, and as a server on a port of this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from web.exploring import Asking, Served, exploring, made, nothing

from linkgraph.web import serving
from linkgraph.web.held import held


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a case that nobody changes."""
    return made(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """The folder of the case."""
    return Path(shutil.copytree(original, tmp_path / "op"))


@pytest.fixture
def explored(folder: Path) -> Iterator[Asking]:
    """The case, explored in process."""
    with exploring(folder) as asking:
        yield asking


@pytest.fixture(scope="module")
def served(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The case, served on a port of this machine."""
    folder = Path(shutil.copytree(original, tmp_path_factory.mktemp("served") / "op"))
    ready, stop = threading.Event(), threading.Event()
    with (
        serving.listening() as address,
        held(folder, address.origin, read_only=False) as case,
        serving.explored(case, None) as explorer,
    ):
        explorer.look(nothing)
        thread = threading.Thread(
            target=serving.serve,
            args=(explorer, address),
            kwargs={"ready": ready.set, "upload_limit": 2_000_000, "stop": stop},
        )
        thread.start()
        assert ready.wait(30)
        yield Served(address, explorer, case)
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
