"""The graph in a notebook: the page in a frame, tables as DataFrames, the network for networkx and rustworkx.

Labels of victims, and of what is a victim's alone, are masked in all of them, as ``graph.labels`` has them.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow as pa
import rustworkx as rx

from linkgraph.graph import Graph
from linkgraph.viz.page import Page


@dataclass(frozen=True, slots=True)
class Shown:
    """The page, for a notebook to display; the whole page then is in the notebook's output."""

    page: Page
    height: int = 700
    """Of the frame, in CSS pixels."""

    def __repr__(self) -> str:
        # Jupyter keeps this beside the frame: the page must not be in the output twice, and here unescaped.
        return f"<linkgraph page {self.page.digest}, {len(self.page.content):,} bytes>"

    def _repr_html_(self) -> str:
        """Give the page in a frame that may run its script and save files, and reach nothing of the notebook."""
        text = html.escape(self.page.text, quote=True)
        return (
            f'<iframe title="linkgraph" sandbox="allow-scripts allow-downloads" width="100%" height="{self.height}" '
            f'style="border:1px solid #999" srcdoc="{text}"></iframe>'
        )


def entities(graph: Graph) -> pd.DataFrame:
    """Give one row an entity, in order of node number, with its id as index."""
    return _frame(_masked(graph)).set_index("id")


def links(graph: Graph) -> pd.DataFrame:
    """Give one row a link, with its id as index; ``source`` and ``target`` are ids of entities."""
    return _frame(graph.links).set_index("id")


def to_networkx(graph: Graph) -> nx.MultiDiGraph:
    """Give the graph for networkx: nodes by id, links from source to target, keyed by their id.

    Every link is there, also of kinds that have no direction and those that never link.
    """
    made: nx.MultiDiGraph = nx.MultiDiGraph()
    made.add_nodes_from((row.pop("id"), row) for row in _masked(graph).to_pylist())
    made.add_edges_from((row.pop("source"), row.pop("target"), row.pop("id"), row) for row in graph.links.to_pylist())
    return made


def to_rustworkx(graph: Graph) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
    """Give the graph for rustworkx: node index = node number, edge index = row of ``graph.links``; rows as payload."""
    made: rx.PyDiGraph[dict[str, Any], dict[str, Any]] = rx.PyDiGraph(multigraph=True)
    made.add_nodes_from(_masked(graph).to_pylist())
    made.add_edges_from(list(zip(graph.source.tolist(), graph.target.tolist(), graph.links.to_pylist(), strict=True)))
    return made


def _masked(graph: Graph) -> pa.Table:
    """Give the table of entities without the names of victims."""
    table = graph.entities
    values = zip(graph.ids, table["value"].to_pylist(), strict=True)
    shown = {"label": graph.labels, "value": [graph.substitutes.get(entity, value) for entity, value in values]}
    for name, column in shown.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(column, pa.string()))
    return table


def _frame(table: pa.Table) -> pd.DataFrame:
    found: pd.DataFrame = table.to_pandas()
    return found
