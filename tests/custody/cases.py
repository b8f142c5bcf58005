"""A small case with all that a log can hold, made through the public calls."""

from __future__ import annotations

import gzip

import linkgraph
from linkgraph.ingest.mapping import Stated
from linkgraph.model import Role

HEADER = "account,service,ip,port,timestamp,event\n"
LOGINS = HEADER + (
    "amber_fox,chat,193.0.6.139,4711,2026-01-05 10:00:00,login\n"
    "blue_owl,chat,193.0.6.139,4712,2026-01-05 10:05:00,login\n"
    "amber_fox,chat,010.0.0.1,4713,2026-01-05 10:06:00,login\n"
    "amber_fox,chat,193.0.6.139,4714,2026-01-05 11:00:00,logout\n"
    'blue_owl,chat,"193.0.6.139,4714,2026-01-05 11:30:00,logout\n'
)
MORE = HEADER + (
    "amber_fox,chat,193.0.6.139,4711,2026-01-05 10:00:00,login\n"
    "grey_hare,chat,193.0.6.140,4711,2026-01-05 12:00:00,login\n"
)
ACCOUNTS = """account,service,email,phone,country,created_at,role
amber_fox,chat,amber@example.org,+44 7700 900123,GB,2025-12-01T00:00:00Z,
blue_owl,chat,amber@example.org,,DE,2025-12-02T00:00:00Z,
small_wren,chat,,,GB,2025-12-03T00:00:00Z,victim
"""
PAYMENTS = "Payer;Payee;Betrag;Datum\nJ. Example;Mary Example;1.234,56;05.01.2026\nMary Example;shop;7,00;06.01.2026\n"
CLF = '193.0.6.139 - - [05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5\nno entry\n' + (
    '193.0.6.141 - amber [05/Jan/2026:10:00:01 +0000] "GET /b HTTP/1.1" 200 5\n'
)
UTC = Stated(timezone="UTC")


def made(folder, files):
    """Make a case and import files: (kind, name, content, stated)."""
    case = linkgraph.create(folder / "case", agency="A", timezone="UTC")
    for kind, name, content, stated in files:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        case.ingest(kind, [path], stated=stated)
    return case


def full(folder):
    """Give a case with several imports, a withdrawal, a re-import under another name, roles and a look."""
    case = made(
        folder,
        [
            ("ip-logs", "logins.csv", LOGINS, UTC),
            ("accounts", "accounts.csv", ACCOUNTS, None),
            ("ip-logs", "more.csv.gz", gzip.compress(MORE.encode(), mtime=0), UTC),
            ("ip-logs", "access.log", CLF, Stated(service="forum.example.org")),
            (
                "links",
                "chart utf16.csv",
                "source,target,source_kind\nJon Example,J. Exämple,Person\nx,y,Person\n".encode("utf-16"),
                Stated(aliases={"Jon Example": ["J. Exämple 2"]}),
            ),
        ],
    )
    case.withdraw("logins.csv", "wrong case")
    (folder / "Logins of Jon Example.csv").write_text(LOGINS, "utf-8")
    case.ingest("ip-logs", [folder / "Logins of Jon Example.csv"], stated=UTC, marking="TLP:RED")
    case.set_role("blue_owl", Role.SUSPECT, "identified")
    case.set_role("small_wren", None, "mistaken", second="DI Example")
    case.log("view.victim", {"entity": "0" * 32})
    return case
