"""When things were done: the command of one question."""

from __future__ import annotations

from typing import Annotated

import typer

from linkgraph.algorithms.activity import WEEKDAYS, WINDOW_DAYS
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    PartnersOption,
    ServerOption,
    asked,
    local_case,
)
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.errors import UsageError
from linkgraph.model import Role


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(activity)


def activity(
    selector: Annotated[str | None, typer.Argument(help="Whose acts; those of the whole case if left out.")] = None,
    community: Annotated[
        str | None, typer.Option(help="Acts of the members of a community, by its id in 'communities'.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Zone of hours and days, as in Europe/London. Default: home zone of the case.")
    ] = None,
    window: Annotated[int, typer.Option(min=1, help="Days of a window in which communities are found.")] = WINDOW_DAYS,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find when there were acts: hours, likely home zones, change points, communities over time."""
    if selector and community:
        raise UsageError("Name an entity or a --community, not both.")
    opened = asked(case, neo4j, database, partners=partners)
    if selector and (own := local_case(opened)):
        entity = opened.one(selector)
        if entity.role is Role.VICTIM:
            own.log("view.victim", {"entity": entity.id})
    found = opened.activity(selector, community=community, zone=zone, window_days=window)
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    grid = list(zip(WEEKDAYS, record["grid"], strict=True))
    print_table(
        ("hour", *(f"{hour:02d}" for hour in range(24))),
        [*((day, *hours) for day, hours in grid), ("all", *record["hours"])],
        title=f"{record['acts']:,} acts by the clocks of {record['zone']}",
    )
    if record["changes"]:
        print_table(
            ("from this day on", "may be from", "to", "acts a day before", "after", "p", "a file begins or ends here"),
            [
                (
                    one["day"],
                    one["low"],
                    one["high"],
                    one["before"],
                    one["after"],
                    one["p"],
                    "yes" if one["files_that_begin"] or one["files_that_end"] else "no",
                )
                for one in record["changes"]
            ],
        )
    if record["community_events"]:
        windows = record["windows"]
        print_table(
            ("window", "from", "to", "what", "community", "of or into", "overlap"),
            [
                (
                    one["window"],
                    windows[one["window"]]["from"],
                    windows[one["window"]]["to"],
                    one["what"],
                    one["community"],
                    one["other"],
                    one["jaccard"],
                )
                for one in record["community_events"]
            ],
        )
    say(found.headline())
    if record["window_method"]["not_worked_out"]:
        say(f"Communities over time are not worked out: {record['window_method']['not_worked_out']}.")
    left = [
        (record["without_hour"], "have a day and no hour"),
        (record["without_time"], "have no time"),
        (record["of_victims_left_out"], "are those of victims and left out"),
    ]
    for number, why in left:
        if number:
            say(f"{number:,} acts {why}.")
