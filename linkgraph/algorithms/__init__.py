"""One file a question: pure functions over a :class:`~linkgraph.graph.Graph`.

Every answer is a frozen dataclass with ``to_json()`` (the stable form) and ``to_frame()`` (pandas).
The same graph gives the same answer, to the byte; ties go by id; victims are never ranked, and
their labels are masked everywhere.
"""

from linkgraph.algorithms.centrality import centrality
from linkgraph.algorithms.communities import communities
from linkgraph.algorithms.crossborder import crossborder
from linkgraph.algorithms.hubs import hubs
from linkgraph.algorithms.leads import leads
from linkgraph.algorithms.paths import shortest_path

__all__ = ["centrality", "communities", "crossborder", "hubs", "leads", "shortest_path"]
