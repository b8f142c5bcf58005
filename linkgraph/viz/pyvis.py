"""The graph for notebooks, as a pyvis Network that works without a network.

pyvis 0.3.2 asks a CDN for bootstrap whatever ``cdn_resources`` says, so the page around its drawing
library is ours: the library that pyvis ships, in line, under a policy that lets the browser ask nothing.
Labels and titles are plain text to vis-network 9, drawn on a canvas or set as text; characters
that are not seen are written out. For a picture with evidence behind it see :mod:`linkgraph.viz.page`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from pyvis.network import Network

from linkgraph.graph import Graph
from linkgraph.viz.layout import arrange
from linkgraph.viz.visible import visible
from linkgraph.wording import country_words

_COLOURS = {
    "Account": "#0072B2",
    "IPAddress": "#E69F00",
    "PaymentAccount": "#009E73",
    "FileHash": "#CC79A7",
    "Resource": "#56B4E9",
    "Email": "#F0E442",
    "Phone": "#D55E00",
    "Device": "#999999",
    "Person": "#000000",
}
"""Okabe & Ito (2008), as on the page."""
_SHAPES = {
    "Account": "dot",
    "IPAddress": "diamond",
    "PaymentAccount": "square",
    "FileHash": "hexagon",
    "Resource": "triangle",
    "Email": "square",
    "Phone": "triangleDown",
    "Device": "square",
    "Person": "star",
}
_DIRECTED = frozenset({"PAID", "CONTACTED"})

_TEMPLATE = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'">
<title>{{ heading|e }}</title>
<style>{% include 'lib/vis-9.1.2/vis-network.css' %}</style>
<style>#mynetwork { width: {{ width }}; height: {{ height }}; background: {{ bgcolor }}; }</style>
<script>{% include 'lib/vis-9.1.2/vis-network.min.js' %}</script>
</head>
<body>
<div id="mynetwork"></div>
<script>
const nodes = new vis.DataSet({{ nodes|tojson }});
const edges = new vis.DataSet({{ edges|tojson }});
const network = new vis.Network(document.getElementById("mynetwork"), { nodes, edges }, {{ options|safe }});
</script>
</body>
</html>
"""


class OfflineNetwork(Network):  # type: ignore[misc]  # pyvis ships no types
    """A pyvis Network whose HTML is one file that makes no request."""

    def __init__(self, height: str, width: str) -> None:
        super().__init__(height=height, width=width, cdn_resources="in_line")
        shipped = FileSystemLoader(self.template_dir)
        loader = ChoiceLoader([DictLoader({"template.html": _TEMPLATE}), shipped])
        self.templateEnv = Environment(loader=loader, autoescape=False)  # noqa: S701  # scripts are included as they are; texts pass through |tojson and |e
        self.prep_notebook()

    def write_html(self, name: str, local: bool = True, notebook: bool = False, open_browser: bool = False) -> None:
        """Write the page to a file as UTF-8, whatever the machine's own encoding."""
        Path(name).write_text(self.generate_html(name, local, notebook), encoding="utf-8")
        if open_browser:
            import webbrowser  # noqa: PLC0415  # notebooks on servers have no browser

            webbrowser.open(Path(name).resolve().as_uri())


def to_pyvis(graph: Graph, *, height: str = "700px", width: str = "100%") -> Network:
    """Give the graph as a pyvis Network, positions computed here and victims masked.

    Up to a few hundred entities; above that the browser crawls and the page is the better picture.

    Args:
        graph: what is to be drawn.
        height: CSS length of the drawing.
        width: CSS length of the drawing.
    """
    network = OfflineNetwork(height, width)
    network.toggle_physics(False)
    layout = arrange(graph.source, graph.target, graph.component, graph.degree.astype(np.float64), whole=True)
    bases = graph.entities["country_basis"].to_pylist()
    for node, entity in enumerate(graph.ids):
        kind, label = graph.kinds[node], visible(graph.labels[node])
        said = country_words(graph.countries[node], bases[node])
        x, y = layout.position[node].tolist()
        network.add_node(
            entity,
            label=label,
            title="\n".join(filter(None, (f"{kind} {label}", said))),
            color=_COLOURS.get(kind, "#999999"),
            shape=_SHAPES.get(kind, "dot"),
            size=12,
            x=x,
            y=y,
            physics=False,
        )
    links = graph.links
    # Not add_edge: it drops the second link between two nodes and compares each new one with all others.
    for source, target, kind, count in zip(
        links["source"].to_pylist(),
        links["target"].to_pylist(),
        links["kind"].to_pylist(),
        links["count"].to_pylist(),
        strict=True,
    ):
        arrows = "to" if kind in _DIRECTED else ""
        network.edges.append(
            {
                "from": source,
                "to": target,
                "title": f"{kind}, seen {count}×",
                "arrows": arrows,
                "color": "#66717D",
            }
        )
    return network
