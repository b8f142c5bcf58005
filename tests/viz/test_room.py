"""A page of a large case keeps to its size, and says what it carries."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest
from viz import sample

from linkgraph import rankings
from linkgraph.model import Attribute, Basis, Evidence
from linkgraph.questions import Questions
from linkgraph.viz import page
from linkgraph.viz.columns import STATEMENTS_PER_ENTITY


class Asked(Questions):
    """Questions to a sample."""

    def __init__(self, made: sample.Sample) -> None:
        self.store = sample.Held(made, made.graph())

    @contextmanager
    def reading(self):
        """Give the sample as a store."""
        yield self.store


def model_of(made: page.Page):
    return page.unpack(re.search(r'id="model">(.*?)</script>', made.text)[1])


@pytest.fixture(scope="module")
def many():
    made = sample.large(24_000, 480)
    made.evidence = {
        link: tuple(Evidence(sample.LOGINS, 1 + (at * 7919 + step * 104729) % 9_999_991) for step in range(2))
        for at, link in enumerate(made.links)
    }
    return Asked(made)


@pytest.fixture(autouse=True)
def without_lists(monkeypatch):
    monkeypatch.setattr(rankings, "PAIRS", 0)


def test_a_large_case_fits_into_five_megabytes_and_says_what_is_carried(many):
    made = many.render()
    assert len(made.content) <= page.LARGEST == 5_000_000
    model = model_of(made)
    carried, links = len(model["entities"]["id"]), len(model["links"]["id"])
    assert model["totals"] == {"entities": 24_000, "links": many.store.graph.links.num_rows}
    assert 10_000 < carried < 24_000
    said = dict(model["facts"])["What this file carries"]
    assert said.startswith(f"{carried:,} of 24,000 entities and {links:,} of ")
    assert "linkgraph explore" in said
    assert all("linkgraph analyze" in one["headline"] for one in model["lists"])


def test_less_is_carried_until_it_fits_and_the_same_every_time(many, monkeypatch):
    monkeypatch.setattr(page, "LARGEST", 2_000_000)
    made = many.render()
    assert len(made.content) <= 2_000_000
    model = model_of(made)
    carried = len(model["entities"]["id"])
    assert 1000 < carried < 20_000
    assert f"{carried:,} of 24,000 entities" in dict(model["facts"])["What this file carries"]
    assert max(model["observations"]["link"], default=-1) < len(model["links"]["id"])
    assert many.render() == made


def test_of_much_that_is_said_of_one_entity_each_value_comes_first():
    made = sample.small()
    account = next(iter(made.entities))
    said = [Attribute("name", "same", Basis.STATED, sample.LOGINS, row) for row in range(1, 1001)]
    said += [Attribute("note", f"n{at}", Basis.STATED, sample.LOGINS, 1) for at in range(150)]
    made.attributes[account] = tuple(said)
    model = made.model()
    written = model["entities"]["statements"][model["entities"]["id"].index(account)]
    assert len(written) == STATEMENTS_PER_ENTITY + 1
    assert {value for name, value, *_ in written if name == "note"} == {f"n{at}" for at in range(150)}
    assert written[0] == ["name", "same", "stated", 0, 1]
    assert written[-1][:2] == ["further statements", "950"]
    assert json.dumps(model)
