"""What all endpoints share: the case, the newest picture of it, the jobs, the files that wait."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from starlette.responses import Response

from linkgraph.errors import UsageError
from linkgraph.questions import Questions
from linkgraph.store.neo4j import Neo4jServer
from linkgraph.web.held import HeldCase, ReadOnlyError
from linkgraph.web.jobs import Job, Jobs, Report, Result
from linkgraph.web.snapshots import Snapshot, take
from linkgraph.web.uploads import Uploads


class NotThereError(UsageError):
    """What was asked for by id or number does not exist."""


class OutdatedError(Exception):
    """A request is about an older state of the case than the newest."""

    def __init__(self, newest: int) -> None:
        super().__init__(newest)
        self.newest = newest


@dataclass(eq=False)
class Explorer:
    """One run of the explorer."""

    case: HeldCase | Questions
    """A held case, or the case on a server."""
    server: Neo4jServer | None
    """Where named queries can be run."""
    folder: Path
    """Temporary; for uploads and pages."""
    jobs: Jobs = field(default_factory=Jobs)
    files: dict[str, Path] = field(default_factory=dict)
    """Pages that were made, by id."""
    _newest: Snapshot | None = None
    _waiting: Job | None = None
    _renewing: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Have a place for what is sent."""
        (self.folder / "uploads").mkdir()
        self.uploads = Uploads(self.folder / "uploads")

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed here."""
        return not isinstance(self.case, HeldCase) or self.case.read_only

    @property
    def newest(self) -> Snapshot:
        """The newest state of the case that has a picture."""
        if self._newest is None:
            raise UsageError("The first picture of the case is not ready yet.")
        return self._newest

    def at(self, number: int) -> Snapshot:
        """Give the state that a request is about.

        Raises:
            OutdatedError: it is not the newest.
        """
        newest = self.newest
        if number != newest.number:
            raise OutdatedError(newest.number)
        return newest

    def changing(self, what: str) -> HeldCase:
        """Give the case to one who will change it.

        Raises:
            ReadOnlyError: it is not to be changed here.
        """
        if not isinstance(self.case, HeldCase):
            raise ReadOnlyError(f"A case on a server is not changed here: to {what}, explore the case folder.")
        if self.case.read_only:
            raise ReadOnlyError(f"The explorer was started with --read-only: to {what}, start it without.")
        return self.case

    def look(self, report: Report) -> Result:
        """Make the picture of the case as it is now, and answer from it from then on."""
        number = self._newest.number + 1 if self._newest else 1
        made = take(self.case, number, report, read_only=self.read_only, queries=self.server is not None)
        self._newest = made
        return {"snapshot": number}

    def renew(self) -> Job:
        """Make the picture anew after a change; give the job whose picture will have the change in it."""
        with self._renewing:
            if self._waiting is not None:
                return self._waiting
            before = self.jobs.running("picture")

            def work(report: Report) -> Result:
                while before is not None and not before.ended.wait(0.2):
                    report(0, 0, "Waiting for the picture before this one.")
                with self._renewing:
                    # From here on the case is read, and what is changed now needs another picture.
                    self._waiting = None
                return self.look(report)

            self._waiting = self.jobs.start("picture", work)
            return self._waiting


def answer(content: object, status: int = 200) -> Response:
    """Give JSON in plain ASCII, whatever half characters the evidence has."""
    body = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(body, status, media_type="application/json")
