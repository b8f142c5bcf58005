"""What goes tells nothing of what stays: times, rows, markings, counts and pseudonyms."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from exchange.redaction.cases import SECRET, graph_of, redacted
from exchange.tables import FILE, NOON, REPORT, entity, extract, link, source

from linkgraph.exchange import bundle, keys
from linkgraph.exchange.bundle import Anchor, Sender, Terms
from linkgraph.exchange.redaction.choosing import Request
from linkgraph.exchange.redaction.profile import Scope, Times, Victims, named
from linkgraph.exchange.redaction.redact import VICTIMS_IN_CONTACT
from linkgraph.model import EntityKind, LinkKind, Role
from linkgraph.viz import page

DAY = timedelta(days=1)
FOX = entity(EntityKind.ACCOUNT, "chat:fox", first_seen=NOON - 5 * DAY, last_seen=NOON + 5 * DAY)
OWL = entity(EntityKind.ACCOUNT, "chat:owl", first_seen=NOON, last_seen=NOON)
CROW = entity(EntityKind.ACCOUNT, "chat:crow", first_seen=NOON - DAY, last_seen=NOON + DAY)
WREN = entity(EntityKind.ACCOUNT, "chat:small_wren", role=Role.VICTIM)
WITH_VICTIM = link(
    LinkKind.CONTACTED,
    FOX,
    WREN,
    first_seen=NOON - 5 * DAY,
    last_seen=NOON + 5 * DAY,
    evidence=[f"{FILE} 57"],
)
BETWEEN = link(LinkKind.CONTACTED, FOX, OWL, first_seen=NOON, last_seen=NOON, evidence=[f"{FILE} 2-3"])


def by_value(found):
    return {one["value"]: one for one in found.extract.entities.to_pylist()}


def test_the_times_of_who_met_a_victim_are_those_of_the_links_that_go():
    jay = entity(EntityKind.ACCOUNT, "chat:jay", first_seen=NOON, last_seen=NOON)
    links = [WITH_VICTIM, BETWEEN, link(LinkKind.CONTACTED, jay, WREN, first_seen=NOON, last_seen=NOON)]
    found = by_value(redacted(extract([FOX, OWL, CROW, WREN, jay], links), "joint-team"))
    assert (found["chat:fox"]["first_seen"], found["chat:fox"]["last_seen"]) == (NOON, NOON)
    assert (found["chat:jay"]["first_seen"], found["chat:jay"]["last_seen"]) == (None, None)
    assert (found["chat:crow"]["first_seen"], found["chat:crow"]["last_seen"]) == (NOON - DAY, NOON + DAY)


def test_a_victim_whom_only_a_stricter_source_knows_is_not_counted():
    for marking, expected in (("TLP:AMBER", ["1"]), ("TLP:RED", [])):
        said = redacted(extract([FOX, OWL, WREN | {"marking": marking}], [WITH_VICTIM, BETWEEN]), "joint-team").extract
        assert [one["value"] for one in said.said.to_pylist() if one["name"] == VICTIMS_IN_CONTACT] == expected


def test_corrected_rows_of_what_stays_stay():
    said = {"entity": FOX["id"], "name": "country", "value": "NL", "basis": "stated", "origin": FILE, "row": 30}
    whole = extract([FOX, OWL, WREN], [WITH_VICTIM, BETWEEN], [said])
    whole = dataclasses.replace(whole, corrected={FILE: ["c" * 64 + " 2,30,57", "d" * 64 + " 57"]})
    assert redacted(whole, "joint-team").extract.corrected == {FILE: ["c" * 64 + " 2,30"]}
    whole = dataclasses.replace(whole, corrected={FILE: ["d" * 64 + " 57"]})
    assert redacted(whole, "joint-team").extract.corrected == {}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (Times.EXACT, NOON),
        (Times.DAY, datetime(2026, 1, 1, tzinfo=UTC)),
        (Times.MONTH, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_when_a_source_was_imported_is_told_as_exactly_as_other_times(times, expected):
    profile = dataclasses.replace(named("joint-team"), times=times)
    [found] = redacted(extract([FOX, OWL], [BETWEEN]), profile).extract.sources
    assert found.imported_at == expected


def test_what_goes_to_nobody_in_particular_is_joined_with_no_other():
    whole = extract([FOX, OWL, WREN], [WITH_VICTIM, BETWEEN])
    profile = dataclasses.replace(named("court"), scope=Scope.RECIPIENT)

    def victim(export, *recipients):
        found = redacted(whole, profile, export=export, recipients=recipients)
        return next(one["id"] for one in found.extract.entities.to_pylist() if one["role"] == Role.VICTIM)

    assert victim("1") != victim("2")
    assert victim("1", "key") == victim("2", "key") != victim("1", "other key")


# -- the bundle ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own():
    return keys.generate("A", "Agency A")


def handed_on(whole, profile, own, tmp_path, **sender):
    """Make a bundle; give what is signed of it and what it says went and stayed."""
    profile = named(profile) if isinstance(profile, str) else profile
    kept = {}
    written = bundle._files

    def files(redacted_, profile_, folder):
        found = written(redacted_, profile_, folder)
        kept.update({name: one if isinstance(one, bytes) else one.read_bytes() for name, one in found.items()})
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_files", files)
        made = bundle.make(
            whole,
            graph_of(whole),
            profile,
            Request(export="0" * 16, recipients=("r",)),
            SECRET,
            terms=Terms("JIT 7/26", expires=date(2027, 1, 1)),
            own=own,
            recipients=[own.card],
            sender=Sender(Anchor(1, "0" * 64, "0" * 64), **sender),
            out=io.BytesIO(),
            work=tmp_path,
        )
    return made.predicate, kept


def committed(one):
    return {"source": one, "rows": 2, "root": "0" * 64}


def test_only_sources_that_go_have_their_commitment_with_them(own, tmp_path):
    whole = extract([FOX, OWL], [BETWEEN, link(LinkKind.LINKED, FOX, OWL, evidence=[f"{REPORT} 1"], marking="TLP:RED")])
    both = [committed(FILE), committed(REPORT)]
    assert handed_on(whole, "joint-team", own, tmp_path, commitments=both)[0]["rows"] == [committed(FILE)]
    green = extract(
        [one | {"marking": "TLP:GREEN"} for one in (FOX, OWL)],
        [BETWEEN | {"marking": "TLP:GREEN"}],
        sources=(source(FILE, "a.csv"),),
    )
    for profile in ("statistics", "training"):
        assert handed_on(green, profile, own, tmp_path, commitments=both)[0]["rows"] == []


def test_counts_are_marked_like_what_was_counted(own, tmp_path):
    many = [entity(EntityKind.ACCOUNT, f"chat:n{number}") for number in range(15)]
    predicate, files = handed_on(extract(many, []), "statistics", own, tmp_path)
    assert predicate["marking"] == "TLP:AMBER"
    assert set(files) == {"profile.toml", "statistics.json", "handed-on.json"}
    assert json.loads(files["handed-on.json"])["stayed"] == []


def test_where_only_counts_go_no_other_number_is_told(own, tmp_path):
    profile = dataclasses.replace(named("statistics"), victims=Victims.PSEUDONYM)
    few = [entity(EntityKind.PERSON, f"person {number}", country="MT") for number in range(3)]
    _, files = handed_on(extract(few, []), profile, own, tmp_path)
    assert json.loads(files["statistics.json"]) == []
    assert json.loads(files["handed-on.json"])["stayed"] == []
    # What is told of a court's bundle.
    _, files = handed_on(extract([FOX, OWL, WREN], [WITH_VICTIM, BETWEEN]), "court", own, tmp_path)
    assert json.loads(files["handed-on.json"])["limits"] != []


def test_the_page_is_marked_like_the_bundle(own, tmp_path):
    whole = extract(
        [FOX, OWL, CROW], [BETWEEN | {"marking": "TLP:GREEN"}], sources=(source(FILE, "a", marking="TLP:GREEN"),)
    )
    predicate, files = handed_on(whole, "joint-team", own, tmp_path)
    assert predicate["marking"] == "TLP:AMBER"
    model = page.unpack(re.search(r'id="model">(.*?)</script>', files["report.html"].decode())[1])
    assert model["marking"] == "TLP:AMBER"
