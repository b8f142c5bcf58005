"""Roles: what part an entity plays in the case, decided by a person for a reason."""

from __future__ import annotations

from linkgraph.errors import UsageError
from linkgraph.model import Entity, Role
from linkgraph.store import same_as
from linkgraph.store.embedded import CaseStore


def decide(store: CaseStore, entity: Entity, role: Role | None, who: str, why: str, second: str | None) -> None:
    """Give an entity a role, or take it back with None; logged with who and why.

    Anyone may protect a victim; that protection is lifted only by two people. Who was accepted to be one person
    with somebody who is protected, and has no role, is protected as well: the other account is as much a name.

    Raises:
        UsageError: there is no reason, or the role of a victim is to be taken away by one person.
    """
    if not why.strip():
        raise UsageError("A role needs a reason: say why.")
    lifts = entity.role is Role.VICTIM and role is not Role.VICTIM
    if lifts and (second is None or second.strip().casefold() in {"", who.casefold()}):
        raise UsageError(
            f"'{entity.id[:8]}' is marked as a victim: a second person must agree before that is taken away."
        )
    record(store, entity.id, role, who, why, second)
    if role in same_as.PROTECTED:
        for other in same_as.one_person(store, entity.id):
            [found] = [one for one in store.find(other) if one.id == other]
            if found.role is None:
                record(store, other, role, who, f"{why} (accepted as one person with {entity.id[:8]})", None)


def record(store: CaseStore, entity: str, role: Role | None, who: str, why: str, second: str | None) -> None:
    """Write down the decision about an entity, by id, that was rightly made."""
    with store.transaction():
        body = {"entity": entity, "role": role, "why": why} | ({"second": second} if second else {})
        revision = store.log(who, "role", body)
        store.run(
            "INSERT INTO role VALUES (?, ?, ?, ?, ?, ?)",
            [entity, role, who, why, store.logged_at(revision), revision],
        )
