"""All questions at once, and what is known of each."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from linkgraph.analysis import Answered, Question
from linkgraph.cli.options import CaseOption, JsonOption, local
from linkgraph.cli.output import print_json, print_table


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(analyze)


def analyze(
    fresh: Annotated[bool, typer.Option("--fresh", help="Work out also what is known and still holds.")] = False,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer all questions of the case and keep the findings; only what has changed is worked out again.

    Each question has a command of its own, with more to choose. Stop it at any time: what is answered is kept.
    """
    opened = local(case)
    console = Console(stderr=True)
    answers: list[Answered] = []
    with console.status("Reading the case …") as status:

        def starting(question: Question) -> None:
            status.update(f"{question.asks} ({question.name})")

        answers.extend(opened.analyse(fresh=fresh, starting=starting))
    if as_json:
        print_json(
            {
                "findings": [
                    {
                        "question": one.question.name,
                        "asks": one.question.asks,
                        "headline": one.finding.headline,
                        "parameters": dict(one.finding.parameters),
                        "revision": one.finding.revision,
                        "file": one.finding.path.relative_to(opened.folder).as_posix(),
                        "sha256": one.finding.sha256,
                        "reused": one.reused,
                    }
                    for one in answers
                ]
            }
        )
        return
    print_table(
        ("question", "command", "answer", "known"),
        [
            (one.question.asks, one.question.name, one.finding.headline, "yes" if one.reused else "new")
            for one in answers
        ],
    )
