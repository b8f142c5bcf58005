"""One file a question: pure functions over a :class:`~linkgraph.graph.Graph`.

Every answer is a frozen dataclass with ``to_json()`` (the stable form) and ``to_frame()`` (pandas).
The same graph gives the same answer, to the byte; ties go by id; victims are never ranked, and
their labels are masked everywhere.
"""

from linkgraph.algorithms.activity import activity
from linkgraph.algorithms.brokers import brokers
from linkgraph.algorithms.co_use import co_use
from linkgraph.algorithms.communities import communities
from linkgraph.algorithms.crossborder import crossborder
from linkgraph.algorithms.disruption import disruption
from linkgraph.algorithms.hierarchy import hierarchy
from linkgraph.algorithms.hubs import hubs
from linkgraph.algorithms.identities import identities
from linkgraph.algorithms.leads import leads
from linkgraph.algorithms.measures.centrality import centrality
from linkgraph.algorithms.money import money
from linkgraph.algorithms.paths import shortest_path

__all__ = [
    "activity",
    "brokers",
    "centrality",
    "co_use",
    "communities",
    "crossborder",
    "disruption",
    "hierarchy",
    "hubs",
    "identities",
    "leads",
    "money",
    "shortest_path",
]
