"""Endpoints that take evidence in: a file is sent, looked at, explained, imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from linkgraph.errors import LinkgraphError, LockedError, StorageError, UsageError
from linkgraph.ingest.mapping import Stated
from linkgraph.model import MARKINGS
from linkgraph.web import messages as say
from linkgraph.web import uploads
from linkgraph.web.explorer import Explorer, NotThereError, answer
from linkgraph.web.held import HeldCase
from linkgraph.web.jobs import Report, Result
from linkgraph.web.uploads import Upload

_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api/uploads", tags=["evidence"])

    def there(upload: str) -> tuple[HeldCase, Upload]:
        case = explorer.changing("import evidence")
        found = explorer.uploads.get(upload)
        if found is None:
            raise NotThereError("There is no such file any more: send it again.")
        return case, found

    @router.post("", response_model=say.Preview, openapi_extra=_BODY)
    async def send(request: Request, name: Annotated[str, Query(min_length=1, max_length=1000)]) -> Response:
        """Take a file, as it is, and say what it is; the case is not changed."""
        case = explorer.changing("import evidence")
        upload = explorer.uploads.begin(name)
        try:
            await _write(request, upload.path)
            await run_in_threadpool(uploads.look, case, upload)
        except BaseException:
            explorer.uploads.drop(upload)
            raise
        return answer((await run_in_threadpool(uploads.preview, upload)).model_dump())

    @router.post("/{upload}/look", response_model=say.Preview)
    def look(upload: str, asked: say.LookAgain) -> Response:
        """Say what a file is and how it would be read, with what is stated of it."""
        case, found = there(upload)
        stated = Stated(**asked.model_dump(exclude={"kind"}))
        uploads.look_again(case, found, asked.kind, stated)
        return answer(uploads.preview(found).model_dump())

    @router.post("/{upload}/ingest", response_model=say.Begun)
    def ingest(upload: str, asked: say.IngestAs) -> Response:
        """Import a file, in a job; the picture is then made anew."""
        case, found = there(upload)
        if found.taken:
            raise UsageError("The file is being imported.")
        if asked.marking is not None and asked.marking not in MARKINGS:
            raise UsageError(f"'{asked.marking}' is no TLP 2.0 marking; one of: {', '.join(MARKINGS)}.")
        uploads.check(found)
        if explorer.jobs.running("ingest"):
            raise LockedError("Another file is being imported: wait until that is done.")
        found.taken = True
        return answer({"job": explorer.jobs.start("ingest", _ingest(explorer, case, found, asked)).id})

    @router.delete("/{upload}", status_code=204)
    def let_go(upload: str) -> Response:
        """Delete a file that is not to be imported."""
        _, found = there(upload)
        if found.taken:
            raise UsageError("The file is being imported.")
        explorer.uploads.drop(found)
        return Response(status_code=204)

    return router


def _ingest(explorer: Explorer, case: HeldCase, upload: Upload, asked: say.IngestAs) -> Callable[[Report], Result]:
    def work(report: Report) -> Result:
        try:
            taken = list(uploads.take(case, upload, asked.marking, asked.keep_as, report))
        except BaseException:
            upload.taken = False
            raise
        finally:
            # What was committed before a fault is in the case all the same.
            if not explorer.jobs.stopping:
                explorer.renew()
        result = uploads.outcome(taken)
        faults = [one.fault for one in taken if one.fault is not None]
        if faults:
            upload.taken = False
            raise faults[0]
        explorer.uploads.drop(upload)
        report(1, 1, uploads.told(taken) + _pushed(explorer, case))
        return result

    return work


def _pushed(explorer: Explorer, case: HeldCase) -> str:
    """Bring the team's server level, where the case has one; a server that is gone does not undo an import."""
    if case.settings.neo4j is None:
        return ""
    if explorer.server is None:
        return " Neo4j was not loaded: set NEO4J_PASSWORD and run 'linkgraph push'."
    try:
        case.push(explorer.server)
    except LinkgraphError as fault:
        return f" Neo4j was not loaded: {fault}"
    return " Neo4j is level with the case."


async def _write(request: Request, path: Path) -> None:
    """Write a body to the disk as it comes."""
    try:
        with path.open("wb") as file:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
    except ClientDisconnect as gone:
        raise UsageError("The file did not come whole: send it again.") from gone
    except OSError as fault:
        raise StorageError(f"The file could not be kept: {fault.strerror or fault}; free some space.") from fault
