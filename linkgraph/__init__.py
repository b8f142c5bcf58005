"""Link analysis for child-protection and cyber-crime investigations.

>>> import linkgraph
>>> case = linkgraph.open("op-lantern")          # doctest: +SKIP
>>> case.hubs(top=10).to_frame()                 # doctest: +SKIP

A :class:`~linkgraph.case.Case` ingests, answers and proves; :func:`~linkgraph.server.connect` gives
the same answers from the team's Neo4j server without a local case.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkgraph.case import Case as Case
    from linkgraph.case import create as create
    from linkgraph.case import open_case as open
    from linkgraph.errors import LinkgraphError as LinkgraphError
    from linkgraph.server import ServerCase as ServerCase
    from linkgraph.server import connect as connect

__all__ = ["Case", "LinkgraphError", "ServerCase", "__version__", "connect", "create", "open"]

# Loaded when first asked for: a single module of the package must not cost the whole of it.
_HOMES = {
    "Case": ("linkgraph.case", "Case"),
    "create": ("linkgraph.case", "create"),
    "open": ("linkgraph.case", "open_case"),
    "LinkgraphError": ("linkgraph.errors", "LinkgraphError"),
    "ServerCase": ("linkgraph.server", "ServerCase"),
    "connect": ("linkgraph.server", "connect"),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return version("linkgraph")
    if name in _HOMES:
        module, attribute = _HOMES[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module 'linkgraph' has no attribute {name!r}")
