"""Where the money goes: the patterns of payments, or what can have come from one to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.algorithms.flow.thresholds import thresholds, thresholds_from
from linkgraph.algorithms.flow.traced import Traced
from linkgraph.algorithms.money import PATTERNS, Money
from linkgraph.algorithms.records import Record
from linkgraph.cli.options import CaseOption, DatabaseOption, JsonOption, PartnersOption, ServerOption, TopOption, asked
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.errors import UsageError
from linkgraph.evidence import join

_SHOWN = 6


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(money)


def money(
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="SELECTOR", help="Payment account, or its holder, that the money comes from."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="SELECTOR", help="Where it is to come to.")] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            min=1,
            max=10_000,
            metavar="DAYS",
            help="Longest that money rests before it is passed on, and longest time of a fan. Default: 14.",
        ),
    ] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", help=f"Show this kind alone: {', '.join(PATTERNS)}.")
    ] = None,
    thresholds_file: Annotated[
        Path | None,
        typer.Option("--thresholds", metavar="FILE", help="A unit's own money.toml: what counts as a pattern."),
    ] = None,
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find where payments come together, spread, are passed on, come back, or cross a border in small sums.

    With --from and --to: how much can have come from the one to the other, and by which rows.
    Each currency by itself. JSON holds all, tables the first.
    """
    if (start is None) != (end is None):
        raise UsageError("Give both --from and --to, or neither.")
    if pattern is not None and pattern not in PATTERNS:
        raise UsageError(f"'{pattern}' is no pattern; known: {', '.join(PATTERNS)}.")
    opened = asked(case, neo4j, database, partners=partners)
    by = thresholds_from(thresholds_file) if thresholds_file else thresholds()
    by = replace(by, window_days=window) if window else by
    found: Money | Traced
    if start is not None and end is not None:
        found = opened.money_between(start, end, window_days=by.window_days)
    else:
        found = opened.money(by)
    record = found.to_json()
    if pattern is not None and isinstance(found, Money):
        record["patterns"] = [one for one in record["patterns"] if one["pattern"] == pattern]
    if as_json:
        print_json(record)
        return
    names = {one.sha256: one.name for one in opened.sources()}
    if isinstance(found, Money):
        _print_patterns(record, names, top)
    else:
        _print_flows(record, names, top)
    for one in record["cut"]:
        say(f"Left out: {one['what']}; {one['why']}.")
    for why, count in record["left_out"].items():
        say(f"{count:,} payments {why} could not be used.")
    say(found.headline())


def _print_patterns(record: Record, names: dict[str, str], top: int) -> None:
    print_table(
        ("pattern", "accounts", "held by", "others", "amounts", "from (UTC)", "to (UTC)", "why", "evidence"),
        [
            (
                one["pattern"],
                [_account(account) for account in one["accounts"]],
                _held_by(one["accounts"]),
                [_account(account) for account in one["others"][:_SHOWN]] + _more(one["others_in_all"] - _SHOWN),
                [f"{name} {amount} {one['currency']}" for name, amount in one["amounts"].items()],
                one["first_seen"],
                one["last_seen"],
                one["reason"] + _twice(one["maybe_reported_twice"]),
                _rows(one["rows"], names),
            )
            for one in record["patterns"][:top]
        ],
    )


def _print_flows(record: Record, names: dict[str, str], top: int) -> None:
    for one in record["flows"]:
        labels = one["labels"]
        print_table(
            ("carried", "from", "to", "amount", "time (UTC)", "evidence"),
            [
                (
                    chain["amount"] if place == 0 else "",
                    labels[row["from"]],
                    labels[row["to"]],
                    row["amount"],
                    row["first_seen"],
                    _rows([row], names),
                )
                for chain in one["chains"][:top]
                for place, row in enumerate(chain["rows"])
            ],
            title=f"{one['amount']} {one['currency']}, {one['chains_in_all']} chains",
        )


def _account(account: Record) -> str:
    return str(account["label"]) + (f" ({account['country']})" if account["country"] else "")


def _held_by(accounts: list[Record]) -> list[str]:
    return list(dict.fromkeys(holder["label"] for account in accounts for holder in account["held_by"]))


def _more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def _twice(count: int) -> str:
    return f"; {count:,} of the rows may report a payment that another file has too" if count else ""


def _rows(rows: list[Record], names: dict[str, str]) -> list[str]:
    by_file: dict[str, list[int]] = {}
    for row in rows:
        by_file.setdefault(row["source"], []).append(row["row"])
    return [f"{names.get(file, file[:12])} row {join(sorted(numbers))}" for file, numbers in sorted(by_file.items())]
