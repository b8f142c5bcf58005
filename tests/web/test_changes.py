"""What is changed: evidence comes in while requests are answered, roles, decisions, pages; and who may not change."""

from __future__ import annotations

import json
import threading

import pytest
from web.exploring import LOGINS, TOKEN, VICTIM, exploring

import linkgraph
from linkgraph.model import Decision, Role
from linkgraph.store import append
from linkgraph.web import messages

MORE = """account,service,ip,port,timestamp,event
new_newt,chat,193.0.6.150,4711,2026-02-05T10:00:00Z,login
amber_fox,chat,193.0.6.150,4712,2026-02-05T10:05:00Z,login
amber_fox,chat,010.0.0.1,4712,2026-02-05T10:06:00Z,login
"""
UNKNOWN = "wer;woher;wann\nnew_newt;193.0.6.150;05/02/2026 10:00\namber_fox;193.0.6.150;06/02/2026 10:05\n"
OCTETS = {"content-type": "application/octet-stream"}


def send(asking, name, text):
    """Send a file; give its preview."""
    content = text.encode() if isinstance(text, str) else text
    answered = asking.client.post("/api/uploads", params={"name": name}, content=content, headers=OCTETS)
    assert answered.status_code == 200, answered.text
    messages.Preview.model_validate(answered.json())
    return answered.json()


def post(asking, path, **said):
    """Give the answer of a POST that is about no state of the case."""
    answered = asking.client.post(f"/api/{path}", json=said)
    assert answered.status_code == 200, answered.text
    return answered.json()


def waiting(asking):
    """Give the files that wait outside the case."""
    return [path for path in (asking.explorer.folder / "uploads").rglob("*") if path.is_file()]


def test_a_file_is_looked_at_and_imported(explored):
    seen = send(explored, "logins of February.csv", MORE)
    assert (seen["verdict"], seen["kind"], seen["name"]) == ("take", "ip-logs", "logins of February.csv")
    assert seen["header"] == ["account", "service", "ip", "port", "timestamp", "event"]
    assert seen["rows"][0][:3] == ["new_newt", "chat", "193.0.6.150"]
    columns = {field["name"]: field["column"] for field in seen["fields"]}
    assert (columns["account"], columns["ip"], columns["time"]) == ("account", "ip", "timestamp")
    assert seen["typed"][0]["time"] == "2026-02-05T10:00:00Z"
    assert "refused" in seen["typed"][2]["ip"]
    assert seen["missing"] is None

    job = post(explored, f"uploads/{seen['id']}/ingest", marking="TLP:GREEN")["job"]
    done = explored.done(job)
    assert (done["state"], done["what"]) == ("done", "ingest")
    assert done["sentence"] == "3 rows read: 2 stored, 0 duplicates, 1 quarantined."
    [file] = done["result"]["files"]
    assert (file["name"], file["imported"]["quarantined"]) == ("logins of February.csv", 1)
    explored.settled()
    assert explored.get("status")["snapshot"] == 2
    assert explored.post("search", text="new_newt")["total"] == 1
    [source] = [one for one in explored.get("model")["sources"] if one["name"] == "logins of February.csv"]
    assert source["marking"] == "TLP:GREEN"
    assert waiting(explored) == []
    assert explored.refused(f"uploads/{seen['id']}/ingest")[0] == 404


def test_what_the_case_has_is_not_taken_again(explored):
    seen = send(explored, "again.csv", LOGINS)
    assert (seen["verdict"], "already imported" in seen["why"]) == ("left", True)
    code, sentence = explored.refused(f"uploads/{seen['id']}/ingest")
    assert (code, "already imported" in sentence) == (422, True)


def test_the_mapping_of_an_unknown_table_is_stated_step_by_step(explored):
    seen = send(explored, "tabelle.csv", UNKNOWN)
    assert (seen["verdict"], seen["kind"], seen["header"]) == ("unknown", None, ["wer", "woher", "wann"])
    look = f"uploads/{seen['id']}/look"

    asked = post(explored, look, kind="ip-logs")
    fields = {field["name"]: field for field in asked["fields"]}
    assert fields["ip"]["column"] == "woher"
    assert "fit" in fields["ip"]["why"]
    assert asked["missing"] is None
    assert fields["time"]["forms"] == ["dd/mm/yyyy hh:mm", "mm/dd/yyyy hh:mm"]
    assert "day or the month first" in asked["typed"][0]["time"]

    columns = {"account": "wer", "ip": "woher", "time": "wann"}
    asked = post(explored, look, kind="ip-logs", columns=columns, service="chat")
    assert asked["missing"] is None
    assert asked["verdict"] == "needs"

    # What was said stays.
    asked = post(explored, look, formats={"time": "dd/mm/yyyy hh:mm"})
    assert (asked["needs"], asked["kind"]) == (["timezone"], "ip-logs")
    assert next(field for field in asked["fields"] if field["name"] == "time")["forms"] == []
    asked = post(explored, look, timezone="Europe/Berlin")
    assert asked["verdict"] == "take"
    assert asked["typed"][0] == {"account": "new_newt", "ip": "193.0.6.150", "time": "2026-02-05T09:00:00Z"}

    done = explored.done(post(explored, f"uploads/{seen['id']}/ingest", keep_as="Berlin")["job"])
    assert done["state"] == "done", done
    explored.settled()
    assert explored.post("search", text="chat:new_newt")["total"] == 1
    # The same header is known from now on.
    later = send(explored, "tabelle2.csv", UNKNOWN.replace("new_newt", "old_newt"))
    assert (later["verdict"], later["mapping"]) == ("take", "berlin.toml")


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "nothing"},
        {"kind": "ip-logs", "columns": {"account": "nirgends"}},
        {"kind": "ip-logs", "columns": {"account": 7}},
        {"kind": "ip-logs", "columns": {"no field": "wer"}},
        {"kind": "ip-logs", "timezone": "Mars/Olympus"},
        {"encoding": "no-such"},
        {"year": 1},
        {"reader": "camt"},
    ],
)
def test_what_cannot_be_said_of_a_file_is_refused(explored, said):
    seen = send(explored, "tabelle.csv", UNKNOWN)
    code, sentence = explored.refused(f"uploads/{seen['id']}/look", **said)
    assert (code, sentence.endswith(".")) == (422, True)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.csv",
        "..\\..\\evil.csv",
        "/etc/passwd",
        "C:\\x\\nul",
        "con.csv",
        "a\0b.csv",
        "n\u202evsc.csv",
        "x" * 900 + ".csv",
        "..",
    ],
)
def test_no_name_leads_out_of_the_folder(explored, name):
    seen = send(explored, name, MORE)
    [path] = waiting(explored)
    assert path.parent.parent == explored.explorer.folder / "uploads"
    assert seen["verdict"] == "take"
    assert explored.client.delete(f"/api/uploads/{seen['id']}").status_code == 204
    assert waiting(explored) == []
    assert explored.client.delete(f"/api/uploads/{seen['id']}").status_code == 404


def test_pictures_are_never_taken(explored):
    seen = send(explored, "holiday.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(2000))
    assert seen["verdict"] == "left"
    assert "never taken" in seen["why"]


def test_an_archive_is_imported_file_by_file(explored, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "return.zip", "w") as archive:
        archive.writestr("logins.csv", MORE)
        archive.writestr("notes/readme.txt", "nothing\n")
    seen = send(explored, "return.zip", (tmp_path / "return.zip").read_bytes())
    assert seen["verdict"] == "take"
    assert [(one["name"], one["verdict"]) for one in seen["members"]] == [
        ("return.zip/logins.csv", "take"),
        ("return.zip/notes/readme.txt", "left"),
    ]
    done = explored.done(post(explored, f"uploads/{seen['id']}/ingest")["job"])
    assert done["state"] == "done"
    assert done["result"]["files"][0]["imported"]["read"] == 3


def test_it_answers_while_it_imports(explored, monkeypatch):
    """A read begins and ends while an import has rows committed and is not done; it sees the case as it was."""
    reached, go_on = threading.Event(), threading.Event()
    honest = append.finish

    def slow(store, key, actor):
        reached.set()
        assert go_on.wait(60)
        return honest(store, key, actor)

    monkeypatch.setattr(append, "finish", slow)
    seen = send(explored, "more.csv", MORE)
    job = post(explored, f"uploads/{seen['id']}/ingest")["job"]
    try:
        assert reached.wait(60)
        fox = explored.node("amber_fox")
        assert explored.post("expand", node=fox)["nodes"]
        assert explored.post("observations", node=fox)["total"] == 5
        assert explored.post("search", text="new_newt")["total"] == 0
        assert explored.post("overview", filters={"sources_off": [0]})["links"]
        # And whoever would write is told to wait.
        code, sentence = explored.refused("role", id=explored.id("blue_owl"), role="suspect", why="seen")
        assert (code, "wait" in sentence) == (423, True)
        assert explored.get(f"jobs/{job}")["state"] == "running"
    finally:
        go_on.set()
    assert explored.done(job)["state"] == "done"
    explored.settled()
    assert explored.post("search", text="new_newt")["total"] == 1


def test_an_import_that_fails_says_why(explored, monkeypatch):
    from linkgraph.errors import StorageError

    def full(*_):
        raise StorageError("The disk is full; free some space.")

    monkeypatch.setattr(append, "finish", full)
    seen = send(explored, "more.csv", MORE)
    done = explored.done(post(explored, f"uploads/{seen['id']}/ingest")["job"])
    assert (done["state"], done["sentence"]) == ("failed", "The disk is full; free some space.")
    monkeypatch.undo()
    # What was committed is in the next picture, and the file can be imported again.
    explored.settled()
    assert explored.post("search", text="new_newt")["total"] == 1
    done = explored.done(post(explored, f"uploads/{seen['id']}/ingest")["job"])
    assert done["state"] == "done"


def test_a_bug_in_a_job_tells_nothing_of_the_case(explored, monkeypatch):
    monkeypatch.setattr(append, "finish", lambda *_: 1 / 0)
    seen = send(explored, "more.csv", MORE)
    done = explored.done(post(explored, f"uploads/{seen['id']}/ingest")["job"])
    assert done["state"] == "failed"
    assert "division" not in done["sentence"]


def test_a_victim_is_gone_from_the_next_picture(explored):
    owl = explored.id("blue_owl")
    changed = post(explored, "role", id=owl, role="victim", why="named by a witness")
    messages.Changed.model_validate(changed)
    assert explored.done(changed["job"])["state"] == "done"
    assert explored.post("search", text="blue_owl")["total"] == 0
    assert explored.get("model")["victims_hidden"] == 2
    code, sentence = explored.refused("role", id=owl, role=None, why="mistaken")
    assert (code, "second person" in sentence) == (422, True)
    changed = post(explored, "role", id=owl, role=None, why="mistaken", second="DI Example")
    explored.done(changed["job"])
    explored.settled()
    assert explored.post("search", text="blue_owl")["total"] == 1
    case = explored.explorer.case
    with case.reading() as store:
        acts = [entry.action for entry in store.audit_entries()]
    assert acts[-2:] == ["role", "role"]


def test_changes_in_a_row_share_the_picture_that_has_them(explored, monkeypatch):
    go_on = threading.Event()
    honest = explored.explorer.look

    def slow(report):
        assert go_on.wait(60)
        return honest(report)

    monkeypatch.setattr(explored.explorer, "look", slow)
    first = explored.explorer.renew()
    while explored.explorer._waiting is not None:
        threading.Event().wait(0.01)
    second = explored.explorer.renew()
    assert second is not first
    assert explored.explorer.renew() is second
    go_on.set()
    assert explored.done(second.id)["result"] == {"snapshot": 3}
    assert first.result == {"snapshot": 2}


def test_decisions_are_kept_and_shown(explored):
    found = explored.get("identities")
    if found["job"]:
        explored.done(found["job"])
        found = explored.get("identities")
    messages.IdentitiesAnswer.model_validate(found)
    pair = {one["id"] for candidate in found["candidates"] for one in (candidate["a"], candidate["b"])}
    a, b = sorted((explored.id("amber_fox"), explored.id("blue_owl")))
    assert pair == {a, b}
    assert found["candidates"][0]["decision"] is None
    post(explored, "same-as", a=a, b=b, decision="accepted", why="one device")
    again = explored.get("identities")
    assert again["candidates"][0]["decision"]["decision"] == "accepted"
    assert [(one["a"], one["b"], one["why"]) for one in again["decided"]] == [(a, b, "one device")]
    post(explored, "same-as", a=a, b=b, decision=None, why="another one had it")
    assert explored.get("identities")["decided"] == []
    assert explored.refused("same-as", a=a, b=b, decision=None, why="again")[0] == 422
    assert explored.refused("same-as", a=a, b=a, decision="accepted", why="x")[0] == 422
    assert explored.refused("same-as", a=a, b="0" * 32, decision="accepted", why="x")[0] == 404
    assert explored.refused("role", id="amber_fox", role="suspect", why="x")[0] == 404
    assert explored.refused("role", id=a, role="suspect", why="")[0] == 422
    assert explored.refused("role", id=a, role="king", why="x")[0] == 422
    assert (Decision.ACCEPTED, Role.SUSPECT) == ("accepted", "suspect")


def test_a_page_is_made_and_fetched(explored, tmp_path):
    done = explored.done(post(explored, "page")["job"])
    assert done["state"] == "done", done
    made = explored.client.get(f"/api/files/{done['result']['file']}")
    assert made.status_code == 200
    assert made.headers["content-disposition"].startswith("attachment")
    assert made.text.startswith("<!doctype html>")
    assert len(made.content) == done["result"]["bytes"]
    path = tmp_path / "page.html"
    path.write_bytes(made.content)
    assert explored.explorer.case.verify_page(path).whole
    assert explored.client.get("/api/files/nothing").status_code == 404
    done = explored.done(post(explored, "page", around="nobody at all")["job"])
    assert (done["state"], "nobody at all" in done["sentence"]) == ("failed", True)


def test_a_page_that_shows_victims_is_logged(explored):
    done = explored.done(post(explored, "page", show_victims=True, around="amber_fox", hops=1)["job"])
    assert done["state"] == "done"
    with explored.explorer.case.reading() as store:
        victims, page = list(store.audit_entries())[-2:]
    assert (victims.action, page.action) == ("render.victims", "render")
    assert json.loads(page.body)["victims"] is True


def test_queries_need_a_server(explored):
    listed = explored.get("queries")
    assert {"hub-accounts", "shared-ip"} & {query["name"] for query in listed} or listed
    name = listed[0]["name"]
    code, sentence = explored.refused(f"queries/{name}", parameters={})
    assert (code, "--neo4j" in sentence) == (422, True)
    assert explored.refused("queries/nothing", parameters={})[0] == 404


def test_read_only_changes_nothing(folder):
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    with exploring(folder, read_only=True) as asking:
        assert asking.get("model")["explorer"]["read_only"] is True
        assert asking.get("status")["read_only"] is True
        fox = asking.id("amber_fox")
        owl = asking.id("blue_owl")
        refused = [
            asking.client.post("/api/uploads", params={"name": "a.csv"}, content=MORE, headers=OCTETS),
            asking.client.post("/api/uploads/0/look", json={}),
            asking.client.post("/api/uploads/0/ingest", json={}),
            asking.client.delete("/api/uploads/0"),
            asking.client.post("/api/role", json={"id": fox, "role": "suspect", "why": "x"}),
            asking.client.post("/api/same-as", json={"a": fox, "b": owl, "decision": "accepted", "why": "x"}),
            asking.client.post("/api/page", json={"show_victims": True}),
        ]
        assert [answered.status_code for answered in refused] == [403] * len(refused)
        assert all("--read-only" in answered.json()["detail"] for answered in refused)
        done = asking.done(post(asking, "page")["job"])
        assert (done["state"], "Nothing is logged here" in done["sentence"]) == ("done", True)
        # Another process may read it meanwhile, and so may this one.
        asking.post("observations", node=asking.node("amber_fox"))
    after = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    assert after == before


def test_what_was_sent_is_deleted_at_the_end(folder):
    with exploring(folder) as asking:
        send(asking, "more.csv", MORE)
        temporary = asking.explorer.folder
        assert waiting(asking)
        assert folder not in temporary.parents
    assert not temporary.exists()


def test_the_whole_case_still_proves_itself(explored):
    seen = send(explored, "more.csv", MORE)
    explored.done(post(explored, f"uploads/{seen['id']}/ingest")["job"])
    explored.settled()
    case = explored.explorer.case
    assert case.verify().whole
    assert [answered.question.name for answered in case.analyse()]
    folder = case.folder
    text = (folder / "audit.jsonl").read_text("utf-8")
    assert TOKEN not in text
    assert not any(name in text for name in VICTIM)
    assert isinstance(linkgraph.__version__, str)
