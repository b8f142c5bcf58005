"""Partner layers: beside the case, asked with it, proved with it, and taken out whole."""

from __future__ import annotations

import json
import shutil

import pytest
from sharing.test_bundles import sent

from linkgraph import sharing
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import layers
from linkgraph.joint import HANDED_ON_BY, Joint
from linkgraph.model import Role


@pytest.fixture
def joined(agencies, tmp_path):
    a, b = agencies
    received = sharing.receive(b.case, sent(a, b, tmp_path)[0], b.own, key_folder=b.keys)
    return a, b, Joint(b.case), received.layer


def test_the_merged_graph_has_both_and_says_who_has_what(joined):
    _a, b, joint, layer = joined
    graph = joint.graph()
    own, merged = set(b.case.graph().ids), set(graph.ids)
    assert own < merged
    with joint.reading() as store:
        said = store.attributes(sorted(merged))
    handed = {one for one, facts in said.items() if HANDED_ON_BY in {fact.name for fact in facts}}
    assert len(handed) == layer.entities
    assert merged - own <= handed
    assert handed & own
    assert {fact.value for one in handed for fact in said[one] if fact.name == HANDED_ON_BY} == {"Agency A"}


def test_the_overlap_is_the_known_one(joined, overlap):
    _a, b, joint, _ = joined
    kinds = {row["id"]: (row["kind"], row["value"]) for row in joint.graph().entities.to_pylist()}
    with joint.reading() as store:
        handed = {
            one
            for one, facts in store.attributes(sorted(kinds)).items()
            if HANDED_ON_BY in {fact.name for fact in facts}
        }
    both = {kinds[one] for one in handed & set(b.case.graph().ids)}
    known = {(kind, value) for kind, values in overlap.items() for value in values}
    victims = {value for kind, value in known if kind == "Account" and value in _victims(b.case)}
    assert {one for one in both if one[0] in overlap} == {one for one in known if one[1] not in victims}


def _victims(case):
    return {row["value"] for row in case.graph().entities.to_pylist() if row["role"] == Role.VICTIM}


def test_questions_are_asked_of_both(joined):
    _, b, joint, _ = joined
    assert len(joint.communities().communities) >= len(b.case.communities().communities)
    assert joint.crossborder().to_json() != b.case.crossborder().to_json()
    paid = joint.money().to_json()
    assert paid
    assert joint.counts().sources > b.case.counts().sources
    [found] = joint.find(next(iter(joint.graph().labels)))[:1]
    assert joint.detail(found.id).entity.id == found.id


def test_single_rows_are_ours_and_under_their_new_numbers(joined):
    _, b, joint, _ = joined
    with b.case.reading() as store:
        alone, ids, files = store.events(["CONTACTED"]), store.entities()["id"], store.sources()
    with joint.reading() as store:
        together, merged_ids, merged_files = store.events(["CONTACTED"]), store.entities()["id"], store.sources()
    assert together.num_rows == alone.num_rows
    for name in ("source", "target"):
        assert ids.take(alone[name]).to_pylist() == merged_ids.take(together[name]).to_pylist()
    shas = [
        [files[at].sha256 for at in alone["file"].to_pylist()],
        [merged_files[at].sha256 for at in together["file"].to_pylist()],
    ]
    assert shas[0] == shas[1]


def test_a_page_of_both_names_the_sources_of_both(joined):
    _, _, joint, _ = joined
    page = joint.render()
    model = __import__("linkgraph.viz.page", fromlist=["unpack"]).unpack(
        page.text.partition('id="model">')[2].partition("</script>")[0]
    )
    names = [one["name"] for one in model["sources"]]
    assert "accounts.csv" in names
    assert any(name.startswith("Agency A: ") for name in names)
    assert model["victims_hidden"] == 2


def test_a_layer_is_withdrawn_whole_and_the_log_keeps_that_it_was_there(joined):
    _, b, _joint, layer = joined
    with pytest.raises(UsageError, match="say why"):
        sharing.withdraw_partner(b.case, layer.id, " ")
    sharing.withdraw_partner(b.case, layer.id, "the sender called it back")
    assert sharing.partners(b.case) == []
    assert not (b.case.folder / layers.FOLDER / layer.id).exists()
    assert set(Joint(b.case).graph().ids) == set(b.case.graph().ids)
    with b.case.reading() as store:
        [went] = [json.loads(one.body) for one in store.audit_entries() if one.action == layers.WITHDRAWN]
    assert went == {"layer": layer.id, "why": "the sender called it back"}
    assert b.case.verify().whole
    with pytest.raises(UsageError, match="no partner layer"):
        sharing.withdraw_partner(b.case, layer.id, "again")


def test_a_layer_that_was_withdrawn_can_come_again(joined, tmp_path):
    _, b, _, layer = joined
    sharing.withdraw_partner(b.case, layer.id, "by mistake")
    again = sharing.receive(b.case, tmp_path / "for-b.lgb", b.own, key_folder=b.keys)
    assert again.layer.id == layer.id
    assert len(sharing.partners(b.case)) == 1


@pytest.mark.parametrize(
    "name", ["original", "layer.json", "entities.parquet", "links.parquet", "said.parquet", "sources.jsonl"]
)
def test_a_layer_that_was_changed_is_not_read_and_not_whole(joined, name):
    _, b, _, layer = joined
    path = b.case.folder / layers.FOLDER / layer.id / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    proof = b.case.verify()
    assert [check.fault for check in proof.checks if check.fault] == [
        f"the partner layer {layer.id} is not as it was when it came"
    ]
    with pytest.raises(IntegrityError):
        Joint(b.case).graph()


def test_a_layer_that_is_gone_is_told_and_can_be_withdrawn(joined):
    _, b, _, layer = joined
    shutil.rmtree(b.case.folder / layers.FOLDER / layer.id)
    assert "is gone" in next(check.fault for check in b.case.verify().checks if check.fault)
    with pytest.raises(IntegrityError, match="partners withdraw"):
        sharing.partners(b.case)
    assert sharing.withdraw_partner(b.case, layer.id, "lost with a disk") is None
    assert b.case.verify().whole


def test_files_that_the_log_does_not_know_are_no_layer(joined):
    _, b, _, layer = joined
    folder = b.case.folder / layers.FOLDER
    shutil.copytree(folder / layer.id, folder / ("0" * 16))
    assert [one.id for one in sharing.partners(b.case)] == [layer.id]


def test_what_partners_handed_on_is_in_no_bundle_of_ours(joined, tmp_path):
    _a, b, _, _ = joined
    found = sharing.preview(b.case, sharing.Asked("joint-team"))
    assert set(found.extract.entities["id"].to_pylist()) <= set(b.case.graph().ids)


def test_a_rebuild_leaves_the_layers_alone(joined):
    _, b, joint, layer = joined
    before = joint.digest()
    assert b.case.rebuild().replaced
    assert [one.id for one in sharing.partners(b.case)] == [layer.id]
    assert Joint(b.case).digest() == before


@pytest.mark.parametrize("form", ["jsonl", "graphml"])
def test_a_file_in_an_open_format_is_a_layer_too(agencies, tmp_path, form):
    a, b = agencies
    path = tmp_path / f"graph.{form}"
    a.case.export(form, path)
    layer, _ = sharing.import_partner(b.case, form, path, agency="Agency A", marking="TLP:RED", why="by courier, 2 Nov")
    assert (layer.form, layer.agency, layer.signed_by, layer.marking) == (form, "Agency A", "", "TLP:RED")
    exported = a.case.extract()
    files = layers.standing(_entries(b.case))[layer.id][0]
    extract = layers.read(b.case.folder, layer, files)
    assert extract.entities.drop_columns(["marking"]).equals(exported.entities.drop_columns(["marking"]))
    assert set(extract.links["marking"].to_pylist()) == {"TLP:RED"}
    assert b.case.verify().whole


def _entries(case):
    with case.reading() as store:
        return list(store.audit_entries())


def test_an_import_needs_to_say_who_and_why(agencies, tmp_path):
    a, b = agencies
    path = tmp_path / "graph.jsonl"
    a.case.export("jsonl", path)
    for facts, sentence in (
        ({"agency": " ", "marking": None, "why": "x"}, "--agency"),
        ({"agency": "A", "marking": None, "why": ""}, "--why"),
        ({"agency": "A", "marking": "TLP:WHITE", "why": "x"}, "no TLP 2.0 marking"),
    ):
        with pytest.raises(UsageError, match=sentence):
            sharing.import_partner(b.case, "jsonl", path, **facts)
    with pytest.raises(UsageError, match="no format that is read back"):
        sharing.import_partner(b.case, "xlsx", path, agency="A", marking=None, why="x")
    path.write_bytes(b"hello\n")
    with pytest.raises(IntegrityError):
        sharing.import_partner(b.case, "jsonl", path, agency="A", marking=None, why="x")
    assert not (b.case.folder / layers.FOLDER).exists()
