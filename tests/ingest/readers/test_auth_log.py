"""System logs of OpenSSH: who was let in, who tried, and which year it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, said

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.auth_log import OTHER_MESSAGES, OTHER_PROGRAMS, AuthLog

HEAD = b"Jan  5 10:00:00 web1 sshd[12]: "
READER = AuthLog(year=2026)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Accepted password for amber from 193.0.6.139 port 5 ssh2",
            {"account": "amber", "event": "accepted password"},
        ),
        (
            "Accepted publickey for amber from 193.0.6.139 port 5 ssh2: RSA SHA256:abc",
            {"account": "amber", "event": "accepted publickey"},
        ),
        (
            "Failed password for amber from 193.0.6.139 port 5 ssh2",
            {"tried_account": "amber", "event": "failed password"},
        ),
        (
            "Failed none for invalid user amber from 193.0.6.139 port 5 ssh2 [preauth]",
            {"tried_account": "amber", "event": "failed none, invalid user"},
        ),
        (
            "Failed keyboard-interactive/pam for amber from 193.0.6.139 port 5 ssh2",
            {"tried_account": "amber", "event": "failed keyboard-interactive/pam"},
        ),
        (
            "Postponed publickey for amber from 193.0.6.139 port 5 ssh2 [preauth]",
            {"tried_account": "amber", "event": "postponed publickey"},
        ),
        ("Invalid user amber from 193.0.6.139 port 5", {"tried_account": "amber", "event": "invalid user"}),
        ("Invalid user  from 193.0.6.139 port 5", {"event": "invalid user"}),
        ("Connection closed by 193.0.6.139 port 5 [preauth]", {"event": "connection closed"}),
        ("Connection closed by 193.0.6.139 port 5", {"event": "connection closed"}),
        (
            "Connection closed by authenticating user amber 193.0.6.139 port 5 [preauth]",
            {"tried_account": "amber", "event": "connection closed"},
        ),
        (
            "Connection reset by invalid user amber 193.0.6.139 port 5 [preauth]",
            {"tried_account": "amber", "event": "connection reset"},
        ),
        ('Connection from 193.0.6.139 port 5 on 10.0.0.1 port 22 rdomain ""', {"event": "connection"}),
        ("Disconnected from user amber 193.0.6.139 port 5", {"account": "amber", "event": "disconnected"}),
        (
            "Disconnected from authenticating user amber 193.0.6.139 port 5 [preauth]",
            {"tried_account": "amber", "event": "disconnected"},
        ),
        (
            "Disconnecting invalid user amber 193.0.6.139 port 5: Too many authentication failures [preauth]",
            {"tried_account": "amber", "event": "disconnecting"},
        ),
        ("Received disconnect from 193.0.6.139 port 5:11: Bye Bye [preauth]", {"event": "received disconnect"}),
        (
            "message repeated 3 times: [ Failed password for amber from 193.0.6.139 port 5 ssh2]",
            {"tried_account": "amber", "event": "failed password", "repeated": "3"},
        ),
        # A client chooses its name: only the last address is the server's word.
        (
            "Failed password for invalid user x from 9.9.9.9 port 1 ssh2 from 193.0.6.139 port 5 ssh2",
            {"tried_account": "x from 9.9.9.9 port 1 ssh2", "event": "failed password, invalid user"},
        ),
        (
            "Disconnected from invalid user x 9.9.9.9 port 1: y 193.0.6.139 port 5 [preauth]",
            {"tried_account": "x 9.9.9.9 port 1: y", "event": "disconnected"},
        ),
        (
            "Connection closed by invalid user user root 9.9.9.9 port 1 193.0.6.139 port 5 [preauth]",
            {"tried_account": "user root 9.9.9.9 port 1", "event": "connection closed"},
        ),
    ],
)
def test_messages(message, expected):
    whole = read(READER, HEAD + message.encode())
    assert whole.unreadable == []
    [row] = whole.rows
    common = {"ip": "193.0.6.139", "port": "5", "time": "2026-01-05T10:00:00", "host": "web1"}
    assert said(row) == common | expected


@pytest.mark.parametrize(
    ("head", "time"),
    [
        (b"<38>Jan  5 10:00:00 web1 sshd[12]: ", "2026-01-05T10:00:00"),
        (b"Jan 15 10:00:00 web1 sshd-session[12]: ", "2026-01-15T10:00:00"),
        (b"Jan 15 10:00:00 web1 sshd[12]: [ID 800047 auth.info] ", "2026-01-15T10:00:00"),
        (b"2026-01-05T10:00:00.123456+01:00 web1 sshd[12]: ", "2026-01-05T10:00:00.123456+01:00"),
        (b"2026-01-05T10:00:00Z web1 sshd[12]: ", "2026-01-05T10:00:00Z"),
        (b"2026-01-05 10:00:00 web1 sshd: ", "2026-01-05 10:00:00"),
        (b"<38>1 2026-01-05T10:00:00Z web1 sshd 12 - - ", "2026-01-05T10:00:00Z"),
        (b'<38>1 2026-01-05T10:00:00Z web1 sshd 12 ID47 [a@1 b="c"][d@1] \xef\xbb\xbf', "2026-01-05T10:00:00Z"),
    ],
)
def test_heads(head, time):
    whole = read(READER, head + b"Accepted password for amber from 2a00:1450::1 port 5 ssh2\r\n")
    assert [said(row) for row in whole.rows] == [
        {
            "time": time,
            "host": "web1",
            "event": "accepted password",
            "account": "amber",
            "ip": "2a00:1450::1",
            "port": "5",
        }
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"Jan  5 10:00:00 web1 CRON[1]: Accepted password for amber from 193.0.6.139 port 5 ssh2", OTHER_PROGRAMS),
        (b"Jan  5 10:00:00 web1 last message repeated 2 times", OTHER_PROGRAMS),
        (b"Jan  5 10:00:00 web1 sftp-server[1]: session opened", OTHER_PROGRAMS),
        (HEAD + b"Server listening on 0.0.0.0 port 22.", OTHER_MESSAGES),
        (HEAD + b"Connection closed by UNKNOWN port 65535 [preauth]", OTHER_MESSAGES),
        (HEAD, OTHER_MESSAGES),
    ],
)
def test_what_is_passed_over_is_counted(line, what):
    whole = read(READER, line)
    assert (whole.rows, whole.unreadable, dict(whole.passed_over)) == ([], [], {what: 1})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"rubbish", "auth-log-line"),
        (b"Foo  5 10:00:00 web1 sshd[1]: x", "auth-log-line"),
        (HEAD + b"Accepted password for amber", "auth-log-message"),
        (HEAD + b"Invalid user amber", "auth-log-message"),
        (HEAD + b"Accepted password for am\0ber from 193.0.6.139 port 5 ssh2", "nul-byte"),
        (HEAD + b"Accepted password for am\xffber from 193.0.6.139 port 5 ssh2", "invalid-utf-8"),
    ],
)
def test_lines_that_cannot_be_read_are_kept(line, code):
    good = HEAD + b"Accepted password for amber from 193.0.6.139 port 5 ssh2\n"
    whole = read(READER, good + line + b"\n" + good)
    assert whole.column("_line") == [1, 3]
    assert whole.faults == [(2, code)]


def test_remarks_of_journalctl_are_no_rows():
    whole = read(READER, b"-- Logs begin at Mon 2026-01-05 --\n-- Boot 1 --\n\n")
    assert whole.accounted == 0


def dated(*days: bytes) -> bytes:
    return b"".join(day + b" 10:00:00 web1 sshd[1]: Invalid user x from 193.0.6.139 port 5\n" for day in days)


@pytest.mark.parametrize(
    ("days", "years"),
    [
        ((b"Dec 31", b"Jan  1", b"Jan  2"), (2025, 2026, 2026)),
        ((b"Dec 31", b"Jan  1", b"Dec 31", b"Jan  1"), (2025, 2026, 2025, 2026)),
        ((b"Jan  1", b"Jul  1", b"Dec 31", b"Feb  1", b"Dec  1", b"Jan  1"), (2025, 2025, 2025, 2026, 2026, 2027)),
        # A clock that begins in January until it is set right.
        ((b"Jun  1", b"Jan  1", b"Jun  1"), (2025, 2025, 2025)),
        ((b"Jan  1", b"Dec 31"), (2025, 2025)),
        ((b"May  2", b"May  1"), (2025, 2025)),
        ((b"Jan  1", *[b"Dec 31", b"Jan  1"] * 3), (2025, 2025, 2026, 2025, 2026, 2025, 2026)),
    ],
)
@pytest.mark.parametrize("block_bytes", [1 << 20, 90])
def test_years_go_on(days, years, block_bytes):
    whole = read(AuthLog(year=2025, block_bytes=block_bytes), dated(*days))
    assert tuple(int(str(time)[:4]) for time in whole.column("time")) == years


def test_other_programs_carry_the_year_on():
    content = dated(b"Dec 31") + b"Jan  1 00:00:00 web1 CRON[1]: x\n" + dated(b"Aug  1")
    assert [str(time)[:4] for time in read(AuthLog(year=2025), content).column("time")] == ["2025", "2026"]


def test_a_year_is_asked_for():
    with pytest.raises(UsageError, match="--year"):
        read(AuthLog(), dated(b"Dec 31"))
    iso = b"2026-01-05T10:00:00Z web1 sshd[1]: Invalid user x from 193.0.6.139 port 5\n"
    whole = read(AuthLog(), iso + dated(b"Dec 31"))
    assert whole.column("_line") == [1]
    assert whole.faults == [(2, "auth-log-no-year")]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD + b"x\n", True),
        (b"Jan  5 10:00:00 web1 CRON[1]: x\n" * 3 + HEAD + b"x\n", True),
        (b"Jan  5 10:00:00 web1 CRON[1]: x\n", False),
        (b"rubbish\n" * 3 + HEAD + b"x\n", False),
        (b'193.0.6.139 - - [25/Oct/2015:04:11:25 +0100] "GET /sshd HTTP/1.1" 200 5\n', False),
        (b"time,host,message\n2026-01-05T10:00:00Z,web1,sshd[1]: x\n", False),
        (b"", False),
    ],
)
def test_recognition(head, expected):
    assert AuthLog().recognises(head) is expected


_pieces = st.sampled_from(
    [
        HEAD,
        b"Dec 31 10:00:00 web1 ",
        b"sshd[1]: ",
        b"Accepted password for x from 1.2.3.4 port 5 ssh2",
        b"Invalid user ",
        b"2026-01-05T10:00:00Z web1 ",
        b"-- ",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b" ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=25).map(b"".join), st.integers(1, 200), st.sampled_from([None, 2025]))
def test_every_line_is_accounted_for(content, block_bytes, year):
    import io

    try:
        whole = read(AuthLog(year=year), content)
    except LinkgraphError:
        return
    small = read(replace(AuthLog(year=year), block_bytes=block_bytes), content, batch_rows=3)
    assert (small.rows, small.unreadable, small.passed_over) == (whole.rows, whole.unreadable, whole.passed_over)
    due = [line for line in lines.iterate(io.BytesIO(content)) if line.raw]
    remarks = [line for line in due if line.raw.startswith(b"-- ") and lines.refused(line) is None]
    assert whole.accounted == len(due) - len(remarks)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content):
    read(READER, content)
    read(READER, HEAD + content)
