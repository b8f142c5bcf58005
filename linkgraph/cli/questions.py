"""Commands that answer questions about the graph, from a case folder or a Neo4j server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from linkgraph.algorithms.communities import FIRM
from linkgraph.algorithms.direction.timed_path import TimedPath
from linkgraph.algorithms.lead_weights import weights_from
from linkgraph.algorithms.records import Record, iso
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    KindOption,
    LinksOption,
    PartnersOption,
    ServerOption,
    TopOption,
    asked,
    entity_kind,
    link_kinds,
    local_case,
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
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count entities and links by kind, sources and quarantined rows."""
    counts = asked(case, neo4j, database, partners=partners).counts()
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
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one entity: what is said of it, its links, and the file and row behind each."""
    opened = asked(case, neo4j, database, partners=partners)
    detail = opened.detail(selector)
    if detail.entity.role is Role.VICTIM and (own := local_case(opened)):
        own.log("view.victim", {"entity": detail.entity.id})
    if as_json:
        print_json(_detail_json(detail))
        return
    entity = detail.entity
    zone = opened.home_zone
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
    if detail.same_as:
        print_table(
            ("one person's as", "decision", "who", "when", "why"),
            [(other["label"], one.decision, one.who, _both(one.at, zone), one.why) for other, one in detail.same_as],
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
    in_time: Annotated[
        bool,
        typer.Option(
            "--in-time",
            help="Along contacts and payments from the first to the second, none earlier than the one before it: "
            "the path that arrives first.",
        ),
    ] = False,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the shortest path between two entities, with the evidence of each hop."""
    opened = asked(case, neo4j, database, partners=partners)
    if in_time:
        _path_in_time(opened, opened.path_in_time(start, end, link_kinds(links)), as_json=as_json)
        return
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


def _path_in_time(opened: Questions, answer: TimedPath, *, as_json: bool) -> None:
    found = answer.to_json()
    if as_json:
        print_json(found)
        return
    if found["length"] is None:
        say("No path in the order of time leads from the first to the second, by the rows there are.")
        return
    names = {one.sha256: one.name for one in opened.sources()}
    labels = {node["id"]: node["label"] for node in found["nodes"]}
    print_table(
        ("from", "link", "to", "from (UTC)", "to (UTC)", "evidence"),
        [
            (
                labels[link["source"]],
                link["kind"],
                labels[link["target"]],
                link["first_seen"],
                link["last_seen"],
                [f"{names.get(row['source'], row['source'][:12])} row {row['row']}" for row in link["evidence"]],
            )
            for link in found["links"]
        ],
        title=f"{found['length']} links in the order of time",
    )
    say("Something can have been passed on along these rows; none of them says that it was.")


def communities(
    links: LinksOption = None,
    resolution: Annotated[float, typer.Option(min=0.0, help="Higher: more and smaller communities.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed gives the same communities.")] = 1,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find who belongs together (Leiden communities)."""
    found = asked(case, neo4j, database, partners=partners).communities(
        links=link_kinds(links), resolution=resolution, seed=seed
    )
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    print_table(
        ("community", "size", "stability", "what it is made of", "members (* not firmly)"),
        [
            (
                one["id"],
                one["size"],
                one["stability"],
                one["label"],
                ", ".join(
                    member["label"] + ("" if member["stability"] >= FIRM else " *") for member in one["members"][:8]
                )
                + (" …" if one["size"] > 8 else ""),
            )
            for one in record["communities"]
        ],
        title=f"{record['algorithm']}, modularity {record['modularity']:.4f}, seed {record['seed']}",
    )
    print_table(
        ("level", "resolution", "communities", "modularity"),
        [
            (name, level["resolution"], len(level["communities"]), level["modularity"])
            for name, level in zip(("coarser", "as above", "finer"), record["levels"], strict=True)
        ],
    )
    say(found.headline())


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
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find who holds the network together. A victim is never ranked."""
    if component not in {"all", "largest"}:
        raise UsageError(f"--component is 'all' or 'largest', not '{component}'.")
    found = asked(case, neo4j, database, partners=partners).hubs(
        top=top, kind=entity_kind(kind), links=link_kinds(links), largest_component=component == "largest"
    )
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    measures = ("degree", "degree_centrality", "betweenness", "closeness", "pagerank", "core")
    print_table(
        ("rank", "label", "kind", *(name.replace("_", " ") for name in measures), "why"),
        [
            (
                _with_range(one, "rank"),
                one["label"],
                one["kind"],
                *(_with_range(one, name) for name in measures),
                one["reasons"],
            )
            for one in record
        ],
    )
    if record:
        shares = " or ".join(f"{100 * share:g}" for share in record[0]["links_missing"])
        say(f"In brackets: the range when {shares} % of the links are missing; {record[0]['draws']} draws of each.")
        for missing in record[0]["without_range"]:
            say(f"No range of {missing}.")


def _with_range(hub: Record, measure: str) -> str:
    """Write a value, and the range it takes when links are missing."""
    low, high = hub[f"{measure}_low"], hub[f"{measure}_high"]
    return f"{hub[measure]:.4g}" + ("" if low is None else f" ({low:.3g}–{high:.3g})")


def crossborder(
    links: LinksOption = None,
    country: Annotated[
        str | None, typer.Option("--country", metavar="CODE", help="Show what concerns this country alone: NL.")
    ] = None,
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find what crosses a border, and whom to ask in which country, in the order in which answers open most.

    JSON holds all, tables the first.
    """
    found = asked(case, neo4j, database, partners=partners).crossborder(links=link_kinds(links))
    record = found.to_json()
    if country is not None:
        code = country.strip().upper()
        for key in ("pairs", "links", "bridges"):
            record[key] = [one for one in record[key] if code in one["countries"]]
        record["requests"] = [one for one in record["requests"] if one["country"] == code]
    if as_json:
        print_json(record)
        return
    print_table(
        ("countries", "links", "kinds", "amounts"),
        [
            (
                " – ".join(pair["countries"]),
                pair["links"],
                [f"{kind} {count:,}" for kind, count in pair["kinds"].items()],
                [f"{amount} {currency or '(no currency)'}" for currency, amount in pair["amounts"].items()],
            )
            for pair in record["pairs"][:top]
        ],
    )
    labels = dict(zip(found.graph.ids, found.graph.labels, strict=True))
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
    print_table(
        ("ask", "country", "whom", "about", "from (UTC)", "to (UTC)", "could open", "weakly", "worth of its links"),
        [
            (
                one["order"],
                one["basis"],
                one["to"],
                [node["label"] for node in one["about"][:3]]
                + ([f"and {one['about_in_all'] - 3:,} more"] if one["about_in_all"] > 3 else []),
                one["first_seen"],
                one["last_seen"],
                one["opens"],
                one["opens_weakly"],
                [f"{count:,} × {grade}" for grade, count in one["grades"].items()],
            )
            for one in record["requests"][:top]
        ],
    )
    if record["requests_cut"]:
        say(f"There are more requests that could open something: {record['requests_in_all']:,} in all.")
    say("Countries of addresses are those they are registered to, not where they were used.")


def leads(
    top: TopOption = 20,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="A unit's own leads.toml: what counts how much.")
    ] = None,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """List whom to look at first, with every term of the score. A victim is never a lead.

    Whoever is in contact with a victim comes first, those who lately were before the others; then the score.
    """
    by = weights_from(weights) if weights else None
    record = asked(case, neo4j, database, partners=partners).leads(top=top, weights=by).to_json()
    if as_json:
        print_json(record)
        return
    print_table(
        ("tier", "score", "label", "kind", "why"),
        [
            (
                f"{one['tier']}: {one['tier_means']}",
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
        "first_seen": iso(entity.first_seen),
        "last_seen": iso(entity.last_seen),
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
                "first_seen": iso(link["first_seen"]),
                "last_seen": iso(link["last_seen"]),
                "grade": link["grade"],
                "amounts": link["amounts"],
                "other": {"id": other["id"], "kind": other["kind"], "label": other["label"]},
                "evidence": records(detail.evidence.get(link["id"], ())),
            }
            for link, other in _links_of(detail)
        ],
        "same_as": [one.to_json() | {"other": other} for other, one in detail.same_as],
    }


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
