"""Decisions that two accounts are, or are not, one person's: by a person, for a reason. Nothing is merged by them."""

from __future__ import annotations

from linkgraph.errors import UsageError
from linkgraph.model import Decision, Entity, EntityKind, Role
from linkgraph.store.embedded import CaseStore

KINDS = (EntityKind.ACCOUNT, EntityKind.PERSON)
PROTECTED = (Role.VICTIM, Role.POLICE_COVER)

# As in schema.sql: for a store that was made before there were decisions.
_TABLE = """
CREATE TABLE IF NOT EXISTS same_as (
    a VARCHAR NOT NULL, b VARCHAR NOT NULL, decision VARCHAR, who VARCHAR NOT NULL, why VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL, revision BIGINT NOT NULL
)
"""


def decide(store: CaseStore, one: Entity, other: Entity, decision: Decision | None, who: str, why: str) -> None:
    """Decide about two entities, or undo what was decided with None; logged with who and why.

    Raises:
        UsageError: there is no reason, the two cannot be one, or there is nothing to undo.
    """
    if not why.strip():
        raise UsageError("A decision needs a reason: say why.")
    if one.id == other.id:
        raise UsageError(f"'{one.id[:8]}' is one entity already: name two.")
    if one.kind is not other.kind or one.kind not in KINDS:
        raise UsageError(f"A {one.kind} and a {other.kind} are not one: name two accounts or two persons.")
    for role in PROTECTED:
        if decision is Decision.ACCEPTED and (one.role is role) is not (other.role is role):
            raise UsageError(
                f"One of the two is marked as {role} and the other is not: "
                "give both that role first ('linkgraph role'), then accept."
            )
    pair = (one.id, other.id) if one.id < other.id else (other.id, one.id)
    if decision is None and pair not in {(stands.a, stands.b) for stands in store.same_as()}:
        raise UsageError(f"Nothing was decided about '{one.id[:8]}' and '{other.id[:8]}'.")
    record(store, pair, decision, who, why)


def record(store: CaseStore, pair: tuple[str, str], decision: Decision | None, who: str, why: str) -> None:
    """Write down the decision about two entities, by id, the smaller first, that was rightly made."""
    a, b = pair
    with store.transaction():
        revision = store.log(who, "same_as", {"a": a, "b": b, "decision": decision, "why": why})
        store.run(_TABLE)
        store.run(
            "INSERT INTO same_as VALUES (?, ?, ?, ?, ?, ?, ?)",
            [a, b, decision, who, why, store.logged_at(revision), revision],
        )


def one_person(store: CaseStore, entity: str) -> list[str]:
    """Give the ids of all that were accepted to be one person's with an entity, over any number of steps, in order."""
    found, front = {entity}, {entity}
    accepted = [(one.a, one.b) for one in store.same_as() if one.decision is Decision.ACCEPTED]
    while front:
        front = {b for a, b in accepted if a in front} | {a for a, b in accepted if b in front}
        front -= found
        found |= front
    return sorted(found - {entity})
