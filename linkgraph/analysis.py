"""All questions of a case, asked one after the other; answers that still hold are not worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from linkgraph import algorithms, findings
from linkgraph.findings import Finding
from linkgraph.material import Material


class Answer(Protocol):
    """What every answer can do."""

    def to_json(self) -> object:
        """Give the stable form."""

    def headline(self) -> str:
        """Give the answer in a sentence or two, without the names of victims."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question and how it is answered."""

    name: str
    """As its command is called."""
    asks: str
    """The question in an investigator's words."""
    answer: Callable[[Material], Answer]
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What was chosen where one could choose: with others the answer is another."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, its finding, and whether it was known already."""

    question: Question
    finding: Finding
    reused: bool


QUESTIONS: tuple[Question, ...] = (
    Question("communities", "Who belongs together?", lambda given: given.communities),
    Question(
        "hubs",
        "Who holds the network together?",
        lambda given: algorithms.hubs(given.graph, measures=given.centrality),
    ),
    Question("crossborder", "Where does it cross a border?", lambda given: algorithms.crossborder(given.graph)),
    Question("leads", "Whom to look at first?", lambda given: algorithms.leads(given.graph)),
)


def analyse(
    material: Material,
    case: Path,
    revision: int,
    known: Mapping[str, str],
    *,
    fresh: bool = False,
    starting: Callable[[Question], None] = lambda _: None,
) -> Iterator[Answered]:
    """Answer every question and keep each finding as soon as it is there.

    Args:
        material: the case, open for reading.
        case: its folder.
        revision: audit entry of the newest change of the graph.
        known: SHA-256 of each question's finding as the audit log has it; a file with another is not trusted.
        fresh: work out all of them anew.
        starting: called before each question that is worked out.
    """
    for question in QUESTIONS:
        held = None if fresh else findings.kept(case, question.name, revision, question.parameters)
        if held is not None and held.sha256 == known.get(question.name):
            yield Answered(question, held, reused=True)
            continue
        starting(question)
        answer = question.answer(material)
        made = findings.keep(case, question.name, revision, question.parameters, answer.headline(), answer.to_json())
        yield Answered(question, made, reused=False)
