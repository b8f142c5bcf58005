"""Endpoints about the explorer itself: where it stands, its jobs, and the pages it makes."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from linkgraph.errors import LockedError
from linkgraph.viz.page import Page
from linkgraph.web import messages as say
from linkgraph.web.explorer import Explorer, NotThereError, answer
from linkgraph.web.held import HeldCase
from linkgraph.web.jobs import Job, Report, Result

PAGES = 5
"""Pages that were made are kept so many; the oldest goes first."""


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api", tags=["explorer"])

    @router.get("/status", response_model=say.Status)
    def status() -> Response:
        """Say where the explorer stands."""
        newest = explorer.newest
        return answer(
            {
                "case": newest.case,
                "snapshot": newest.number,
                "read_only": explorer.read_only,
                "queries": explorer.server is not None,
                "jobs": [_state(job) for job in explorer.jobs.all()],
            }
        )

    @router.get("/jobs/{job}", response_model=say.JobState)
    def job(job: str) -> Response:
        """Say how far a job is."""
        found = explorer.jobs.get(job)
        if found is None:
            raise NotThereError("There is no such job.")
        return answer(_state(found))

    @router.post("/page", response_model=say.Begun)
    def page(asked: say.MakePage) -> Response:
        """Make the investigator's page, in a job whose result says the file to fetch."""
        if asked.show_victims:
            explorer.changing("log that victims are shown")
        if explorer.jobs.running("page"):
            raise LockedError("A page is being made already: wait until that is done.")
        return answer({"job": explorer.jobs.start("page", _page(explorer, asked)).id})

    @router.get("/files/{file}", response_class=FileResponse)
    def made(file: str) -> FileResponse:
        """Give a page that was made, as a file to keep: never to be opened at this address."""
        path = explorer.files.get(file)
        if path is None:
            raise NotThereError("There is no such file.")
        return FileResponse(path, media_type="text/html", filename="page.html")

    return router


def _page(explorer: Explorer, asked: say.MakePage) -> Callable[[Report], Result]:
    def work(report: Report) -> Result:
        report(0, 0, "Making the page.")
        if asked.show_victims and isinstance(explorer.case, HeldCase):
            explorer.case.log("render.victims", {"shown": True})
        page = explorer.case.render(asked.around, asked.hops, show_victims=asked.show_victims)
        content = page.content
        file = secrets.token_hex(8)
        path = explorer.folder / f"{file}.html"
        path.write_bytes(content)
        explorer.files[file] = path
        for old in list(explorer.files)[:-PAGES]:
            explorer.files.pop(old).unlink(missing_ok=True)
        report(1, 1, f"The page has {len(content) / 1e6:.1f} MB.{_logged(explorer, page)}")
        return {"file": file, "bytes": len(content), "digest": page.digest, "sha256": page.sha256}

    return work


def _logged(explorer: Explorer, page: Page) -> str:
    """Put a page into the audit log; say so where that cannot be."""
    if explorer.read_only or not isinstance(explorer.case, HeldCase):
        return " Nothing is logged here: note its SHA-256."
    try:
        explorer.case.log_page(page)
    except LockedError:
        return " The case was being changed, so the audit log does not have this page: note its SHA-256."
    return ""


def _state(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "what": job.what,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "sentence": job.sentence,
        "result": None if job.what == "identities" else job.result,
    }
