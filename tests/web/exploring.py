"""A small case with a victim in it, explored: in process, and as a server on a port of this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

import linkgraph
from linkgraph.case import Case
from linkgraph.ingest.mapping import Stated
from linkgraph.web import serving
from linkgraph.web.app import application
from linkgraph.web.explorer import Explorer
from linkgraph.web.held import held

PORT, TOKEN = 8123, "a-token-for-tests"

ACCOUNTS = """account,service,email,phone,country,role
amber_fox,chat,amber@example.org,+44 7700 900123,GB,
blue_owl,chat,amber@example.org,,DE,
small_wren,chat,wren@example.org,+44 7700 900999,GB,victim
grey_hare,chat,hare@example.org,,NL,
"""
LOGINS = """account,service,ip,port,timestamp,event
amber_fox,chat,193.0.6.139,4711,2026-01-05 10:00:00,login
blue_owl,chat,193.0.6.139,4712,2026-01-05 10:05:00,login
grey_hare,chat,193.0.6.140,4713,2026-01-06 10:00:00,login
small_wren,chat,193.0.6.141,4714,2026-01-06 11:00:00,login
small_wren,chat,193.0.6.139,4714,2026-01-06 11:30:00,login
"""
MESSAGES = """sender,receiver,service,timestamp
amber_fox,small_wren,chat,2026-01-06T10:00:00Z
small_wren,grey_hare,chat,2026-01-06T10:30:00+01:00
amber_fox,blue_owl,chat,2026-01-06T11:00:00Z
amber_fox,blue_owl,chat,2026-01-07T11:00:00+01:00
"""
VICTIM = ("small_wren", "wren@example.org", "+447700900999", "193.0.6.141")
"""What names the victim: its own name, and what is its alone."""


def made(tmp_path: Path) -> Path:
    """Make the case; give its folder."""
    case = linkgraph.create(tmp_path / "op", agency="A", timezone="Europe/London")
    files = (
        ("accounts", "accounts.csv", ACCOUNTS, None),
        ("ip-logs", "logins.csv", LOGINS, "TLP:RED"),
        ("contacts", "messages.csv", MESSAGES, None),
    )
    for kind, name, text, marking in files:
        (tmp_path / name).write_text(text, "utf-8")
        case.ingest(kind, [tmp_path / name], stated=Stated(timezone="UTC"), marking=marking)
    return case.folder


@dataclass
class Asking:
    """An explored case and a client that may ask it."""

    explorer: Explorer
    client: TestClient

    def get(self, path: str) -> Any:
        """Give the answer of a GET."""
        answered = self.client.get(f"/api/{path}")
        assert answered.status_code == 200, answered.text
        return answered.json()

    def post(self, path: str, **said: object) -> Any:
        """Give the answer of a POST about the newest state of the case."""
        answered = self.client.post(f"/api/{path}", json={"snapshot": self.explorer.newest.number} | said)
        assert answered.status_code == 200, answered.text
        return answered.json()

    def refused(self, path: str, **said: object) -> tuple[int, str]:
        """Give status and sentence of a POST that is refused."""
        answered = self.client.post(f"/api/{path}", json=said)
        return answered.status_code, answered.json()["detail"]

    def done(self, job: str | None) -> dict[str, Any]:
        """Wait for a job; give how it ended."""
        assert job is not None
        found = self.explorer.jobs.get(job)
        assert found is not None
        assert found.ended.wait(60)
        return dict(self.get(f"jobs/{job}"))

    def settled(self) -> None:
        """Wait until no job is running."""
        until = time.monotonic() + 60
        while any(job.state == "running" for job in self.explorer.jobs.all()):
            assert time.monotonic() < until
            time.sleep(0.01)

    def node(self, label: str) -> int:
        """Give the number of an entity by its whole label."""
        [hit] = [hit for hit in self.post("search", text=label)["hits"] if hit["name"].split(" ")[0] == label]
        return int(hit["node"])

    def id(self, label: str) -> str:
        """Give the id of an entity by its whole label."""
        return str(self.post("entities", nodes=[self.node(label)])["entities"]["id"][0])


def nothing(_done: int, _total: int, _sentence: str) -> None:
    """Report to nobody."""


@contextmanager
def exploring(folder: Path, *, read_only: bool = False, upload_limit: int = 10_000_000) -> Iterator[Asking]:
    """Explore a case in process."""
    with (
        held(folder, f"http://127.0.0.1:{PORT}", read_only=read_only) as case,
        serving.explored(case, None) as explorer,
    ):
        explorer.look(nothing)
        app = application(explorer, port=PORT, token=TOKEN, upload_limit=upload_limit)
        client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"authorization": f"Bearer {TOKEN}"})
        asking = Asking(explorer, client)
        yield asking
        asking.settled()


@dataclass
class Served:
    """A running server."""

    address: serving.Address
    explorer: Explorer
    case: Case

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request as the page does, but for what is said otherwise; a header that is None is left out."""
        headers = {"authorization": f"Bearer {self.address.token}"} | more.pop("headers", {})
        kept = {name: value for name, value in headers.items() if value is not None}
        return httpx2.request(method, self.address.origin + path, headers=kept, timeout=30, **more)
