"""Commands that hand a case on and receive from others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from linkgraph import sharing
from linkgraph.cli.keys import unlocked
from linkgraph.cli.options import CaseOption, JsonOption, WhyOption, local
from linkgraph.cli.output import print_json, print_line, print_table, say
from linkgraph.errors import StorageError, UsageError
from linkgraph.exchange.bundle import HANDLING, PAP, Terms
from linkgraph.exchange.redaction import profile as profiles
from linkgraph.exchange.redaction.redact import Redacted
from linkgraph.ingest.values.text import visible
from linkgraph.sharing import Asked
from linkgraph.writing import replace_file

ProfileOption = Annotated[
    str,
    typer.Option("--profile", help=f"What may go: {', '.join(profiles.NAMES)}, or a TOML file of your own."),
]
SeedsOption = Annotated[
    list[str] | None,
    typer.Option("--seed", metavar="SELECTOR", help="Only what surrounds this entity; give it as often as needed."),
]
HopsOption = Annotated[int | None, typer.Option("--hops", min=1, help="How many links from the seeds.")]
SinceOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="Only links that lie wholly on or after this day, UTC.")
]
UntilOption = Annotated[
    str | None, typer.Option("--to-day", metavar="DAY", help="Only links that lie wholly on or before this day, UTC.")
]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="Your key, by name or fingerprint, where you have several.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (bundle, receive, reveal):
        app.command()(command)
    app.command("profiles")(list_profiles)


def bundle(
    profile: ProfileOption,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="KEY", help="Recipient: a name, agency or fingerprint of your address book."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write, *.lgb.")] = None,
    seeds: SeedsOption = None,
    hops: HopsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    legal_basis: Annotated[
        str, typer.Option("--legal-basis", help="The law or agreement, and the request it answers.")
    ] = "",
    handling: Annotated[str, typer.Option("--handling", help="What the receiver may do with it.")] = HANDLING,
    contact: Annotated[str, typer.Option("--contact", help="Whom to ask about it.")] = "",
    keep_until: Annotated[
        str | None, typer.Option("--keep-until", metavar="DAY", help="Last day that it may be kept.")
    ] = None,
    pap: Annotated[str, typer.Option("--pap", help=f"Permissible actions: {', '.join(PAP)}.")] = "PAP:AMBER",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would go and what not, and why. Nothing is written.")
    ] = False,
    key: KeyOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand on what a profile lets go: one file, signed, and encrypted to named recipients.

    Before it is signed, all of it is searched for everything that must not go; if anything is found nothing is
    written and the exit code is 4.
    """
    opened = local(case)
    asked = asked_for(profile, seeds, hops, since, until)
    if dry_run:
        _show(sharing.preview(opened, asked, to or ()), as_json=as_json)
        return
    if not to or output is None or not legal_basis.strip():
        raise UsageError("A bundle needs its recipients (--to), a file (-o) and a legal basis (--legal-basis).")
    if pap not in PAP:
        raise UsageError(f"'{pap}' is no marking of the Permissible Actions Protocol; one of: {', '.join(PAP)}.")
    terms = Terms(legal_basis, handling, contact, day(keep_until), pap)
    made = sharing.make_bundle(opened, output, asked, to=to, terms=terms, own=unlocked(key))
    if as_json:
        print_json({"bundle": made.id, "bag": made.bag, "searched_for": made.searched_for, **made.predicate})
        return
    predicate = made.predicate
    say(
        f"{predicate['entities']:,} entities and {predicate['links']:,} links, marked {predicate['marking']}, are in "
        f"{output}. It was searched for {made.searched_for:,} texts that must not go; none is in it."
    )
    if made.words_of_the_format:
        say(f"{made.words_of_the_format} of them are words of the formats and were looked for with their service only.")
    print_line(f"bundle {made.id}\nSHA-256 of the signed bag: {made.bag}")


def receive(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle, as it came.", dir_okay=False)],
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="Where to write the receipt. Default: beside the bundle.")
    ] = None,
    key: KeyOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a partner's bundle into the case as a layer of its own, and sign a receipt for its sender.

    Everything is verified before anything is written: exit 4 where anything about it is not as it must be.
    """
    opened = local(case)
    target = receipt or path.with_name(f"{path.name}.receipt.json")
    received = sharing.receive(opened, path, unlocked(key))
    try:
        replace_file(target, received.receipt)
    except StorageError as fault:
        raise StorageError(f"{fault} The bundle is received: run it again with --receipt for its receipt.") from fault
    predicate, layer = received.predicate, received.layer
    if as_json:
        layer_json = None if layer is None else {"id": layer.id, "entities": layer.entities, "links": layer.links}
        told = {"layer": layer_json, "counts": received.counts, "receipt": str(target), "again": received.again}
        print_json({**predicate, **told})
        return
    said = {name: visible(str(value)) for name, value in predicate.items()}
    say(
        f"From {received.signed_by.name}, {said['agency']}: case {said['case']}, marked {said['marking']}, "
        f"{said['pap']}. Legal basis: {said['legal_basis']}. {said['handling']}"
    )
    if received.again:
        say("It was received before; nothing was changed, and its receipt is written again.")
    if layer is None:
        print_table(("of", "kind", "country", "month", "count"), [_count(one) for one in received.counts])
    else:
        say(
            f"{layer.entities:,} entities and {layer.links:,} links are layer {layer.id}. Ask both together with "
            "--partners; 'linkgraph partners withdraw' takes the layer out again."
        )
    if predicate["expires"]:
        say(f"It may be kept until {predicate['expires']}.")
    say(f"Send {target} back: it anchors the sender's audit log.")


def reveal(
    pseudonym: Annotated[str, typer.Argument(help="As it was handed on, or its last twelve digits.")],
    why: WhyOption,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find out whom a pseudonym of something that this case handed on is of. It is logged."""
    entity = sharing.reveal(local(case), pseudonym, why)
    if as_json:
        print_json({"entity": entity})
    else:
        print_line(entity)


def list_profiles(
    name: Annotated[str | None, typer.Argument(help="Show this one whole: a start for one of your own.")] = None,
) -> None:
    """List the profiles that say what may go to whom."""
    if name is not None:
        print_line(profiles.named(name).text)
        return
    found = map(profiles.named, profiles.NAMES)
    print_table(
        ("profile", "at most", "victims", "times", "addresses", "for"),
        [(one.name, one.marking, one.victims, one.times, one.addresses, one.title) for one in found],
    )


def asked_for(profile: str, seeds: list[str] | None, hops: int | None, since: str | None, until: str | None) -> Asked:
    """Read what is to go."""
    first, last = day(since), day(until)
    return Asked(
        profile,
        tuple(seeds or ()),
        hops,
        None if first is None else datetime.combine(first, datetime.min.time(), UTC),
        None
        if last is None
        else datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC) - timedelta(microseconds=1),
    )


def day(text: str | None) -> date | None:
    """Read a day, ``2026-11-30``."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write 2026-11-30.") from None


def _show(found: Redacted, *, as_json: bool) -> None:
    extract = found.extract
    if as_json:
        print_json(
            {
                "marking": extract.marking,
                "entities": extract.entities.num_rows,
                "links": extract.links.num_rows,
                "attributes": extract.said.num_rows,
                "goes": _by_kind(extract.entities["kind"].to_pylist() + extract.links["kind"].to_pylist()),
                "counts": [one.to_json() for one in found.counts],
                "stays": [
                    {"what": one.what, "kind": one.kind, "why": one.reason, "count": one.count} for one in found.stays
                ],
                "entities_that_stay": [{"id": one, "why": why} for one, why in sorted(found.entities.items())],
                "searched_for": len(found.suppressed.texts()),
            }
        )
        return
    goes = _by_kind(extract.entities["kind"].to_pylist())
    between = _by_kind(extract.links["kind"].to_pylist())
    print_table(
        ("goes", "kind", "count"),
        [("entity", kind, count) for kind, count in goes.items()]
        + [("link", kind, count) for kind, count in between.items()],
        title=f"Would go, marked {extract.marking}",
    )
    if found.counts:
        print_table(("of", "kind", "country", "month", "count"), [_count(one.to_json()) for one in found.counts])
    print_table(
        ("stays", "kind", "count", "why"),
        [(one.what, one.kind, one.count, one.reason) for one in found.stays],
        title="Would not go",
    )
    say("Nothing was written. --json names every entity that stays, with the reason.")


def _count(one: dict[str, object]) -> tuple[object, ...]:
    return one["of"], one["kind"], one["country"], one["month"], one["count"]


def _by_kind(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for kind in kinds:
        found[kind] += 1
    return dict(sorted(found.items()))
