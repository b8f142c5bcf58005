"""Commands that answer questions about the graph, from a case folder or a Neo4j server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from linkgraph.algorithms.records import Record
from linkgraph.case import Case
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    KindOption,
    LinksOption,
    ServerOption,
    TopOption,
    asked,
    entity_kind,
    link_kinds,
)
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.errors import UsageError
from linkgraph.evidence import ranges, records
from linkgraph.model import Entity, Role
from linkgraph.questions import Detail, Questions
from linkgraph.wording import country_words


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (stats, show, path, communities, hubs, crossborder, leads):
        app.command()(command)


def stats(
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count entities and links by kind, sources and quarantined rows."""
    counts = asked(case, neo4j, database).counts()
    if as_json:
        print_json(
            {
                "entities": counts.entities,
                "links": counts.links,
                "sources": counts.sources,
                "quarantined": counts.quarantined,
            }
        )
        return
    print_table(("entities", "number"), [*counts.entities.items(), ("all", sum(counts.entities.values()))])
    print_table(("links", "number"), [*counts.links.items(), ("all", sum(counts.links.values()))])
    say(f"{counts.sources:,} sources, {counts.quarantined:,} rows in quarantine.")


def show(
    selector: Annotated[str, typer.Argument(help="Entity: id (8 digits or more), value, label or Kind:value.")],
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one entity: what is said of it, its links, and the file and row behind each."""
    opened = asked(case, neo4j, database)
    detail = opened.show(selector)
    if detail.entity.role is Role.VICTIM and isinstance(opened, Case):
        opened.log("view.victim", {"entity": detail.entity.id})
    if as_json:
        print_json(_detail_json(detail))
        return
    entity = detail.entity
    zone = _home_zone(opened)
    print_table(
        ("entity", ""),
        [
            ("id", entity.id),
            ("kind", entity.kind),
            ("value", entity.value),
            ("label", entity.label),
            ("role", entity.role),
            ("country", country_words(entity.country, entity.country_basis, _origin(entity))),
            ("first seen", _both(entity.first_seen, zone)),
            ("last seen", _both(entity.last_seen, zone)),
        ],
    )
    names = {one.sha256: one.name for one in opened.sources()}
    if entity.attributes:
        print_table(
            ("attribute", "value", "basis", "from", "row"),
            [(one.name, one.value, one.basis, names.get(one.origin, one.origin), one.row) for one in entity.attributes],
        )
    print_table(
        ("link", "", "with", "kind", "count", "first seen (UTC)", "last seen (UTC)", "worth", "evidence"),
        [
            (
                link["kind"],
                "→" if link["source"] == entity.id else "←",
                other["label"],
                other["kind"],
                link["count"],
                _short(link["first_seen"]),
                _short(link["last_seen"]),
                link["grade"],
                _evidence_words(detail, link["id"], names),
            )
            for link, other in _links_of(detail)
        ],
    )


def path(
    start: Annotated[str, typer.Argument(help="Entity to start from.")],
    end: Annotated[str, typer.Argument(help="Entity to reach.")],
    links: LinksOption = None,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the shortest path between two entities, with the evidence of each hop."""
    opened = asked(case, neo4j, database)
    answer = opened.path(start, end, link_kinds(links))
    found = answer.to_json()
    if as_json:
        print_json(found)
        return
    if answer.path is None:
        say("The two are not connected.")
        return
    names = {one.sha256: one.name for one in opened.sources()}
    labels = {node["id"]: node for node in found["nodes"]}
    print_table(
        ("from", "link", "to", "count", "first seen (UTC)", "last seen (UTC)", "evidence"),
        [
            (
                labels[link["source"]]["label"],
                link["kind"],
                labels[link["target"]]["label"],
                link["count"],
                link["first_seen"],
                link["last_seen"],
                [
                    f"{names.get(source, source[:12])} row {rows}"
                    for source, rows in ranges(answer.evidence.get(link["id"], ())).items()
                ],
            )
            for link in found["links"]
        ],
        title=f"{found['length']} links",
    )


def communities(
    links: LinksOption = None,
    resolution: Annotated[float, typer.Option(min=0.0, help="Higher: more and smaller communities.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed gives the same communities.")] = 1,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find who belongs together (Leiden communities)."""
    found = asked(case, neo4j, database).communities(links=link_kinds(links), resolution=resolution, seed=seed)
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    print_table(
        ("community", "size", "members"),
        [
            (
                one["id"],
                one["size"],
                ", ".join(member["label"] for member in one["members"][:8]) + (" …" if one["size"] > 8 else ""),
            )
            for one in record["communities"]
        ],
        title=f"{record['algorithm']}, modularity {record['modularity']:.4f}, seed {record['seed']}",
    )


def hubs(
    top: TopOption = 20,
    kind: KindOption = None,
    links: LinksOption = None,
    component: Annotated[
        str, typer.Option(help="'all': measure in the whole network; 'largest': in its largest component.")
    ] = "all",
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find who holds the network together. A victim is never ranked."""
    if component not in {"all", "largest"}:
        raise UsageError(f"--component is 'all' or 'largest', not '{component}'.")
    found = asked(case, neo4j, database).hubs(
        top=top, kind=entity_kind(kind), links=link_kinds(links), largest_component=component == "largest"
    )
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    measures = ("degree", "degree_centrality", "betweenness", "closeness", "pagerank", "core")
    print_table(
        ("label", "kind", *(name.replace("_", " ") for name in measures), "why"),
        [(one["label"], one["kind"], *(one[name] for name in measures), one["reasons"]) for one in record],
    )


def crossborder(
    links: LinksOption = None,
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the links that cross a border, by pairs of countries. JSON holds all, tables the first."""
    opened = asked(case, neo4j, database)
    record = opened.crossborder(links=link_kinds(links)).to_json()
    if as_json:
        print_json(record)
        return
    print_table(
        ("countries", "links"),
        [(" – ".join(pair["countries"]), pair["links"]) for pair in record["pairs"][:top]],
    )
    graph = opened.graph()
    labels = dict(zip(graph.ids, graph.labels, strict=True))
    print_table(
        ("bridge between national clusters", "link", "to", "countries"),
        [
            (
                labels[one["source"]],
                one["kind"],
                labels[one["target"]],
                " – ".join(one["countries"]),
            )
            for one in record["bridges"][:top]
        ],
    )
    say("Countries of addresses are those they are registered to, not where they were used.")


def leads(
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List whom to look at first, with every term of the score. A victim is never a lead."""
    record = asked(case, neo4j, database).leads(top=top).to_json()
    if as_json:
        print_json(record)
        return
    print_table(
        ("score", "label", "kind", "why"),
        [
            (
                one["score"],
                one["label"],
                one["kind"],
                [f"{term['points']:+.2f} {term['reason']}" for term in one["terms"] if term["points"]],
            )
            for one in record
        ],
    )


def _links_of(detail: Detail) -> list[tuple[Record, Record]]:
    """Give the links of the shown entity, strongest first, with who is on the other side."""
    graph = detail.links
    entities = {
        row["id"]: row | {"label": label} for row, label in zip(graph.entities.to_pylist(), graph.labels, strict=True)
    }
    own = []
    for link in detail.links.links.to_pylist():
        if detail.entity.id in (link["source"], link["target"]):
            other = link["target"] if link["source"] == detail.entity.id else link["source"]
            own.append((link, entities[other]))
    return sorted(own, key=lambda pair: (-pair[0]["count"], pair[0]["kind"], pair[0]["id"]))


def _detail_json(detail: Detail) -> Record:
    entity = detail.entity
    return {
        "id": entity.id,
        "kind": entity.kind,
        "value": entity.value,
        "label": entity.label,
        "role": entity.role,
        "country": entity.country,
        "country_basis": entity.country_basis,
        "first_seen": _iso(entity.first_seen),
        "last_seen": _iso(entity.last_seen),
        "attributes": [
            {"name": one.name, "value": one.value, "basis": one.basis, "origin": one.origin, "row": one.row}
            for one in entity.attributes
        ],
        "links": [
            {
                "id": link["id"],
                "kind": link["kind"],
                "source": link["source"],
                "target": link["target"],
                "count": link["count"],
                "weight": link["weight"],
                "first_seen": _iso(link["first_seen"]),
                "last_seen": _iso(link["last_seen"]),
                "grade": link["grade"],
                "amounts": link["amounts"],
                "other": {"id": other["id"], "kind": other["kind"], "label": other["label"]},
                "evidence": records(detail.evidence.get(link["id"], ())),
            }
            for link, other in _links_of(detail)
        ],
    }


def _home_zone(opened: Questions) -> ZoneInfo | None:
    return ZoneInfo(opened.settings.timezone) if isinstance(opened, Case) else None


def _both(moment: datetime | None, zone: ZoneInfo | None) -> str | None:
    """Write a time in UTC and, where it differs, in the case's home zone."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    if zone is None or zone.utcoffset(utc.replace(tzinfo=None)) is None or str(zone) == "UTC":
        return f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC ({utc.astimezone(zone):%Y-%m-%d %H:%M:%S %Z})"


def _short(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _origin(entity: Entity) -> str | None:
    return next(
        (one.origin for one in entity.attributes if one.name == "country" and one.basis is entity.country_basis),
        None,
    )


def _evidence_words(detail: Detail, link: str, names: dict[str, str]) -> list[str]:
    shown = detail.evidence.get(link, ())
    corrected = ranges(one for one in shown if one.corrected_by)
    return [
        f"{names.get(source, source[:12])} row {numbers}"
        + (f" (as corrected: {corrected[source]})" if source in corrected else "")
        for source, numbers in ranges(shown).items()
    ]
