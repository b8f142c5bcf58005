"""Chart links: any list of source,target[,weight,kind,first_seen,last_seen].

An analyst's drawing, a published network, a partner's export. Ends are persons unless the list
says otherwise in ``source_kind``/``target_kind`` or the link's kind implies it (CONTACTED joins
accounts); a ``kind`` outside the vocabulary is kept as the words of a LINKED link.
"""

from __future__ import annotations

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind

ENDS: dict[str, tuple[EntityKind, EntityKind]] = {
    LinkKind.USED_IP: (EntityKind.ACCOUNT, EntityKind.IP_ADDRESS),
    LinkKind.VISITED: (EntityKind.ACCOUNT, EntityKind.RESOURCE),
    LinkKind.SHARED_FILE: (EntityKind.ACCOUNT, EntityKind.FILE_HASH),
    LinkKind.PAID: (EntityKind.PAYMENT_ACCOUNT, EntityKind.PAYMENT_ACCOUNT),
    LinkKind.CONTACTED: (EntityKind.ACCOUNT, EntityKind.ACCOUNT),
}
"""What the two ends of a link kind are where a chart does not say."""

KIND = SourceKind(
    name="links",
    about="any list of source,target[,weight,kind,first_seen,last_seen]: charts and published networks",
    fields=(
        Field("source", ValueType.CHART_NODE, ("from", "src", "node1", "subject", "start"), required=True),
        Field("target", ValueType.CHART_NODE, ("to", "dst", "node2", "object", "end"), required=True),
        Field("weight", ValueType.NUMBER, ("strength", "value", "count")),
        Field("kind", ValueType.TEXT, ("type", "label", "relation", "relationship")),
        Field("time", ValueType.TIME, ("first_seen", "timestamp", "date", "since")),
        Field("until", ValueType.TIME, ("last_seen",)),
        Field("source_kind", ValueType.TEXT, ("source_type", "from_kind")),
        Field("target_kind", ValueType.TEXT, ("target_type", "to_kind")),
        Field("source_country", ValueType.COUNTRY, ("from_country",)),
        Field("target_country", ValueType.COUNTRY, ("to_country",)),
    ),
    entities=(
        EntityRule("source", None, "source"),
        EntityRule("target", None, "target"),
    ),
    links=(LinkRule(LinkKind.LINKED, "source", "target", kind_field="kind"),),
    attributes=(
        AttributeRule("source", "country", "source_country"),
        AttributeRule("target", "country", "target_country"),
    ),
    events=False,
    until="until",
    headerless=("source", "target", "weight"),
)
