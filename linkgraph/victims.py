"""What is shown instead of a victim, and of what is a victim's alone.

A name is no secret while the e-mail address beside it is written out: what nobody but victims holds
or uses is hidden with them, and so is what only these things hold (the telephone of a victim's account).
What somebody else holds or uses too is evidence against that somebody and stays.

Who holds an account that is marked as a victim's is that victim, unless a role says otherwise: the suspect who
took the account over stays in sight.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.model import LinkKind, Role

_POSSESSION = (LinkKind.HOLDS, LinkKind.USED_IP)
"""Links from somebody to what is theirs."""


def substitutes(entities: pa.Table, links: pa.Table) -> dict[str, str]:
    """Give what to show instead of each entity to be hidden, by its id.

    Args:
        entities: schema ``ENTITIES`` of :mod:`linkgraph.store.protocol`.
        links: schema ``LINKS``; they say what is a victim's.
    """
    victims = _with_role(entities, Role.VICTIM)
    theirs = entities["id"].filter(pa.array(belonging(entities, links, Role.VICTIM) & ~victims)).to_pylist()
    shown = {entity: f"of a victim {entity[:8]}" for entity in sorted(theirs)}
    return shown | {entity: f"victim {entity[:8]}" for entity in entities["id"].filter(pa.array(victims)).to_pylist()}


def belonging(entities: pa.Table, links: pa.Table, role: Role) -> npt.NDArray[np.bool_]:
    """Tell of each entity (n,) whether it has a role, or belongs to those who have it and to nobody else.

    Args:
        entities: as of :func:`substitutes`.
        links: as of :func:`substitutes`.
        role: of those who are to be protected.
    """
    found = _with_role(entities, role)
    if not found.any():
        return found
    free = pc.is_null(entities["role"]).to_numpy()
    owned = links.filter(pc.is_in(links["kind"], value_set=pa.array(list(map(str, _POSSESSION)), pa.string())))
    ids = entities["id"].combine_chunks()
    holder, held = (pc.index_in(owned[end], value_set=ids).to_numpy() for end in ("source", "target"))
    holds = pc.equal(owned["kind"], str(LinkKind.HOLDS)).to_numpy()
    while (more := free & ~found & _at(holder[holds & found[held]], len(found))).any():
        found |= more
    while (more := free & ~found & _at(held[found[holder]], len(found)) & ~_at(held[~found[holder]], len(found))).any():
        found |= more
    return found


def _with_role(entities: pa.Table, role: Role) -> npt.NDArray[np.bool_]:
    has: npt.NDArray[np.bool_] = pc.fill_null(pc.equal(entities["role"], str(role)), False).to_numpy()
    return has


def _at(places: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(size, bool)
    mask[places] = True
    return mask
