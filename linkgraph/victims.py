"""What is shown instead of a victim, and of what is a victim's alone.

A name is no secret while the e-mail address beside it is written out: what nobody but victims holds
or uses is hidden with them. What somebody else holds or uses too is evidence against that somebody
and stays.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.model import LinkKind, Role

_POSSESSION = pa.array([LinkKind.HOLDS, LinkKind.USED_IP], pa.string())
"""Links from somebody to what is theirs."""


def substitutes(entities: pa.Table, links: pa.Table) -> dict[str, str]:
    """Give what to show instead of each entity to be hidden, by its id.

    Args:
        entities: schema ``ENTITIES`` of :mod:`linkgraph.store.protocol`.
        links: schema ``LINKS``; they say what is a victim's.
    """
    victims = entities.filter(pc.equal(entities["role"], Role.VICTIM))["id"].combine_chunks()
    owned = links.filter(pc.is_in(links["kind"], value_set=_POSSESSION))
    by_victim = pc.is_in(owned["source"], value_set=victims)
    targets = owned["target"]
    alone = set(targets.filter(by_victim).to_pylist()) - set(targets.filter(pc.invert(by_victim)).to_pylist())
    hidden = {entity: f"of a victim {entity[:8]}" for entity in sorted(alone)}
    return hidden | {entity: f"victim {entity[:8]}" for entity in victims.to_pylist()}
