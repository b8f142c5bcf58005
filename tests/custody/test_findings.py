"""Findings: kept with the case, known again while they hold, worked out anew when they do not."""

from __future__ import annotations

import json

import pytest
from custody.cases import ACCOUNTS, LOGINS, UTC, made

from linkgraph.analysis import QUESTIONS
from linkgraph.cli import main
from linkgraph.model import Role


@pytest.fixture
def case(tmp_path):
    return made(tmp_path, [("accounts", "accounts.csv", ACCOUNTS, None), ("ip-logs", "logins.csv", LOGINS, UTC)])


def analysed(case, **options):
    return {one.question.name: one for one in case.analyse(**options)}


def test_every_question_is_answered_and_kept_with_its_digest_in_the_log(case):
    answers = analysed(case)
    assert list(answers) == [question.name for question in QUESTIONS]
    entry = json.loads((case.folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert entry["action"] == "analyze"
    assert entry["body"]["findings"] == {name: one.finding.sha256 for name, one in answers.items()}
    assert all(one.finding.headline.endswith(".") for one in answers.values())
    assert case.verify().whole


def test_an_answer_that_holds_is_not_worked_out_again(case):
    first = analysed(case)
    asked = []
    again = analysed(case, starting=asked.append)
    assert asked == []
    assert all(one.reused for one in again.values())
    assert [one.finding.answer for one in again.values()] == [one.finding.answer for one in first.values()]


def test_asked_afresh_the_same_bytes_come_again(case):
    first = {name: one.finding.sha256 for name, one in analysed(case).items()}
    again = analysed(case, fresh=True)
    assert not any(one.reused for one in again.values())
    assert {name: one.finding.sha256 for name, one in again.items()} == first


def test_stopped_halfway_what_was_answered_is_kept(case):
    asking = case.analyse()
    first = next(asking)
    asking.close()
    again = analysed(case)
    assert [name for name, one in again.items() if one.reused] == [first.question.name]


def test_a_finding_that_somebody_changed_is_not_believed(case):
    path = analysed(case)["hubs"].finding.path
    path.write_bytes(path.read_bytes().replace(b'"degree":', b'"degree": '))
    again = analysed(case)
    assert [name for name, one in again.items() if not one.reused] == ["hubs"]


def test_after_a_change_all_is_worked_out_again(case, tmp_path):
    analysed(case)
    more = tmp_path / "more.csv"
    more.write_text(LOGINS.replace("amber", "green"), "utf-8")
    case.ingest("ip-logs", [more], stated=UTC)
    assert not any(one.reused for one in analysed(case).values())


def test_no_finding_goes_on_naming_a_victim(case):
    analysed(case)
    case.set_role("amber_fox", Role.VICTIM, "named in the referral")
    assert not list((case.folder / "findings").glob("*.json"))
    analysed(case)
    assert not any("amber_fox" in path.read_text("utf-8") for path in (case.folder / "findings").glob("*.json"))


def test_the_command_prints_what_was_found(case, capsys, monkeypatch):
    monkeypatch.setenv("LINKGRAPH_CASE", str(case.folder))
    assert main(["analyze", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [one["question"] for one in found] == [question.name for question in QUESTIONS]
    assert all((case.folder / one["file"]).is_file() for one in found)
    assert main(["analyze"]) == 0
    assert "Who holds the network together?" in capsys.readouterr().out
