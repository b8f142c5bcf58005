"""Known shared addresses: exits of anonymity networks, proxies, gateways of carriers, as the agency lists them.

Nothing of such a list is part of the graph. It only says of addresses that other evidence shows that
many share them, so that using one says little.
"""

from __future__ import annotations

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, SourceKind, ValueType
from linkgraph.model import EntityKind
from linkgraph.store.grades import SHARED_ADDRESS

KIND = SourceKind(
    name="known-addresses",
    about="addresses that many share, so that using one says little: exit nodes, proxies, carriers' gateways",
    fields=(
        Field("ip", ValueType.IP, ("ip_address", "ipaddress", "address", "exit", "exit_address"), required=True),
        Field("note", ValueType.TEXT, ("kind", "type", "operator", "comment")),
    ),
    entities=(EntityRule("ip", EntityKind.IP_ADDRESS, "ip"),),
    links=(),
    attributes=(AttributeRule("ip", SHARED_ADDRESS, "note", constant="listed"),),
    events=False,
    time=None,
    shows=False,
    headerless=("ip",),
)
