"""All questions of a case, asked one after the other; answers that still hold are not worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from linkgraph import algorithms, findings
from linkgraph.algorithms.activity import WINDOW_DAYS
from linkgraph.algorithms.co_use import ALPHA as CO_USE_ALPHA
from linkgraph.algorithms.co_use import WINDOW as CO_USE_WINDOW
from linkgraph.algorithms.disruption import STEPS
from linkgraph.algorithms.flow.thresholds import thresholds
from linkgraph.algorithms.grouping.levels import COARSER, FINER
from linkgraph.algorithms.hierarchy import DIRECTED, WINDOW
from linkgraph.algorithms.hierarchy import LEAST as LEAST_CONTACTS
from linkgraph.algorithms.hierarchy import TOP as LISTED
from linkgraph.algorithms.identities import GAP_DAYS, LEAST, REVIEWED, TOP
from linkgraph.algorithms.lead_weights import weights
from linkgraph.algorithms.measures.robustness import MOST_DRAWS, SHARES
from linkgraph.algorithms.timing.acts import KINDS
from linkgraph.findings import Finding
from linkgraph.material import Material
from linkgraph.model import LinkKind


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
    of_case: Callable[[Material], Mapping[str, object]] = lambda _: {}
    """What of the case, beside its graph, the answer depends on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, its finding, and whether it was known already."""

    question: Question
    finding: Finding
    reused: bool


LISTED_LINKS = 100_000
"""Crossing links that are kept with a finding, the strongest; the question's own command lists all."""

QUESTIONS: tuple[Question, ...] = (
    Question(
        "co-use",
        "Who shares what, beyond chance?",
        lambda given: algorithms.co_use(given.graph, given.events(LinkKind.USED_IP)),
        {"window_hours": CO_USE_WINDOW.total_seconds() / 3600, "alpha": CO_USE_ALPHA},
    ),
    Question(
        "hubs",
        "Who holds the network together?",
        lambda given: algorithms.hubs(given.graph, measures=given.centrality),
        {"links_missing": list(SHARES), "most_draws": MOST_DRAWS},
    ),
    Question(
        "brokers",
        "Who stands between others, and what falls apart without them?",
        lambda given: algorithms.brokers(given.graph),
    ),
    Question(
        "disruption",
        "What is left when the best placed are removed?",
        lambda given: algorithms.disruption(given.graph, strategy="degree", steps=STEPS),
        {"strategy": "degree", "steps": STEPS},
    ),
    Question(
        "hierarchy",
        "Who directs whom?",
        lambda given: algorithms.hierarchy(given.graph, given.events(*DIRECTED), given.sources),
        {"window_days": WINDOW.days, "least": LEAST_CONTACTS, "top": LISTED},
    ),
    Question(
        "money",
        "Where does the money go?",
        lambda given: algorithms.money(given.graph, given.events(LinkKind.PAID), given.sources),
        thresholds().to_json(),
    ),
    Question(
        "identities",
        "Which accounts may be one person's?",
        lambda given: algorithms.identities(given.graph, given.attributes, given.store.same_as()),
        {"weights": REVIEWED, "gap_days": GAP_DAYS, "least": LEAST, "top": TOP},
    ),
    Question(
        "communities",
        "Who belongs together?",
        lambda given: given.communities,
        {"resolution": 1.0, "seed": 1, "levels": [COARSER, 1.0, FINER]},
    ),
    Question(
        "crossborder",
        "Where does it cross a border?",
        lambda given: algorithms.crossborder(given.graph, given.communities, listed=LISTED_LINKS),
        {"listed": LISTED_LINKS},
    ),
    Question(
        "activity",
        "When were things done, and when did it change?",
        lambda given: algorithms.activity(
            given.graph, given.events(*KINDS), given.sources, given.zone or ZoneInfo("UTC")
        ),
        {"window_days": WINDOW_DAYS},
        lambda given: {"zone": str(given.zone or "UTC")},
    ),
    Question(
        "leads",
        "Whom to look at first?",
        lambda given: algorithms.leads(given.graph, measures=given.centrality, groups=given.communities),
        {"weights_sha256": weights().sha256},
    ),
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
        parameters = {**question.parameters, **question.of_case(material)}
        held = None if fresh else findings.kept(case, question.name, revision, parameters, known.get(question.name))
        if held is not None:
            yield Answered(question, held, reused=True)
            continue
        starting(question)
        material.begin()
        answer = question.answer(material)
        made = findings.keep(case, question.name, revision, parameters, answer.headline(), answer.to_json())
        yield Answered(question, made, reused=False)
