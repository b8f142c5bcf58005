"""The explorer's application: endpoints, what refuses, and how faults are told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from linkgraph import __version__
from linkgraph.errors import IntegrityError, LinkgraphError, LockedError, StorageError, UnavailableError, UsageError
from linkgraph.web import decisions, evidence, fragments, named_queries, overview, pages
from linkgraph.web.explorer import Explorer, NotThereError, OutdatedError, answer
from linkgraph.web.held import ReadOnlyError
from linkgraph.web.messages import Fault
from linkgraph.web.security import Guard
from linkgraph.web.shell import shell

UPLOAD_LIMIT = 20_000_000_000
"""Bytes of one file of evidence that are taken by default."""

_STATUS: tuple[tuple[type[LinkgraphError], HTTPStatus], ...] = (
    (NotThereError, HTTPStatus.NOT_FOUND),
    (ReadOnlyError, HTTPStatus.FORBIDDEN),
    (UsageError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (LockedError, HTTPStatus.LOCKED),
    # What the answer rests on is not there or not whole; the server itself has no fault.
    (IntegrityError, HTTPStatus.FAILED_DEPENDENCY),
    (UnavailableError, HTTPStatus.FAILED_DEPENDENCY),
    (StorageError, HTTPStatus.FAILED_DEPENDENCY),
)
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Fault} for status in (400, 401, 403, 404, 409, 413, 421, 422, 423, 424)
}


def application(explorer: Explorer, *, port: int, token: str, upload_limit: int = UPLOAD_LIMIT) -> ASGIApp:
    """Make the application of one run.

    Args:
        explorer: what it answers from.
        port: where it is listened to; a request that names another is refused.
        token: what every request must carry.
        upload_limit: bytes of one file of evidence that are taken.
    """
    api = FastAPI(
        title="linkgraph explore",
        version=str(__version__),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=_REFUSALS,
    )
    for part in (pages, overview, fragments, decisions, evidence, named_queries):
        api.include_router(part.routes(explorer))

    @api.get("/", include_in_schema=False)
    def page() -> Response:
        """Give the page without anything of the case."""
        return shell()

    @api.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        """Have no icon: browsers ask for one by themselves."""
        return Response(status_code=204)

    @api.exception_handler(LinkgraphError)
    def stopped(_: Request, fault: LinkgraphError) -> Response:
        status = next(status for kind, status in _STATUS if isinstance(fault, kind))
        return answer({"detail": str(fault)}, status)

    @api.exception_handler(OutdatedError)
    def outdated(_: Request, fault: OutdatedError) -> Response:
        return answer(
            {"detail": "The case has changed since: there is a newer picture of it.", "snapshot": fault.newest}, 409
        )

    @api.exception_handler(RequestValidationError)
    def unfit(_: Request, fault: RequestValidationError) -> Response:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return answer({"detail": f"{where or 'The request'}: {first['msg']}."}, 422)

    @api.exception_handler(HTTPException)
    def refused(_: Request, fault: HTTPException) -> Response:
        made = answer({"detail": str(fault.detail)}, fault.status_code)
        made.headers.update(fault.headers or {})
        return made

    return Guard(api, port=port, token=token, upload_limit=upload_limit)
