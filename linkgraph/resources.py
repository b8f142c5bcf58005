"""Files that ship with the package: Cypher texts and the sample case.

In a checkout they are top-level folders; in an installed wheel they lie under ``_shipped``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def folder(name: str) -> Traversable:
    """Give a shipped folder, ``cypher`` or ``sample_graphs``."""
    package = resources.files("linkgraph")
    shipped = package.joinpath("_shipped", name)
    if shipped.is_dir():
        return shipped
    return Path(str(package)).parent / name


def cypher(name: str) -> str:
    """Give the text of a file of ``cypher/``, named without its suffix."""
    return folder("cypher").joinpath(f"{name}.cypher").read_text("utf-8")


@contextmanager
def sample_graphs() -> Iterator[Path]:
    """Give the folder of sample cases on the disk."""
    with resources.as_file(folder("sample_graphs")) as path:
        yield path
