"""Endpoints that decide: who may be one person, and what part somebody plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from fastapi import APIRouter
from starlette.responses import Response

from linkgraph.algorithms.records import Record
from linkgraph.model import SameAs
from linkgraph.questions import Questions
from linkgraph.web import messages as say
from linkgraph.web.explorer import Explorer, NotThereError, answer
from linkgraph.web.jobs import Job, Report, Result

PATIENCE = 2.0
"""Seconds that a request for candidates waits for them; after that it is told which job makes them."""


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api", tags=["decisions"])
    worked_out: dict[int, Job] = {}

    @router.get("/identities", response_model=say.IdentitiesAnswer)
    def identities() -> Response:
        """Give the pairs that may be one person's, and what was decided."""
        number = explorer.newest.number
        job = worked_out.get(number)
        if job is None or job.state == "failed":
            worked_out.clear()
            job = worked_out[number] = explorer.jobs.start("identities", _candidates(explorer.case))
        job.ended.wait(PATIENCE)
        decided = _decided(explorer.case)
        candidates = None if job.result is None else _with_decisions(job.result["candidates"], decided)
        return answer(
            {
                "snapshot": number,
                "candidates": candidates,
                "decided": [{"a": one.a, "b": one.b} | one.to_json() for one in decided.values()],
                "job": job.id if candidates is None else None,
            }
        )

    @router.post("/same-as", response_model=say.Changed)
    def same_as(asked: say.DecideSame) -> Response:
        """Keep what was decided about two entities; nothing is merged."""
        case = explorer.changing("decide")
        for one in (asked.a, asked.b):
            _there(case, one)
        case.resolve(asked.a, asked.b, asked.decision, asked.why)
        return answer({"job": None, "snapshot": explorer.newest.number})

    @router.post("/role", response_model=say.Changed)
    def role(asked: say.SetRole) -> Response:
        """Say what part an entity plays; the picture is then made anew."""
        case = explorer.changing("set a role")
        _there(case, asked.id)
        case.set_role(asked.id, asked.role, asked.why, second=asked.second)
        return answer({"job": explorer.renew().id, "snapshot": explorer.newest.number})

    return router


def _there(case: Questions, entity: str) -> None:
    if entity not in {one.id for one in case.find(entity)}:
        raise NotThereError("There is no entity with this id.")


def _candidates(case: Questions) -> Callable[[Report], Result]:
    def work(report: Report) -> Result:
        report(0, 0, "Looking for accounts that may be one person's.")
        return {"candidates": case.identities().to_json()["candidates"]}

    return work


def _decided(case: Questions) -> dict[tuple[str, str], SameAs]:
    with case.reading() as store:
        return {(one.a, one.b): one for one in store.same_as()}


def _with_decisions(candidates: object, decided: Mapping[tuple[str, str], SameAs]) -> list[Record]:
    """Give candidates with what stands now, whenever they were found."""
    kept: list[Record] = []
    for one in cast("list[Record]", candidates):
        a, b = sorted((one["a"]["id"], one["b"]["id"]))
        stands = decided.get((a, b))
        kept.append(one | {"decision": stands.to_json() if stands else None})
    return kept
