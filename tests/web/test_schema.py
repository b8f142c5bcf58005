"""The OpenAPI description is exact, and no request that it allows or forbids makes the server fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from web.exploring import PORT, TOKEN, exploring

EXAMPLES = 15
HEADERS = {"authorization": f"Bearer {TOKEN}", "host": f"127.0.0.1:{PORT}"}
OPERATIONS = [
    ("GET", "/api/files/{file}"),
    ("GET", "/api/identities"),
    ("GET", "/api/jobs/{job}"),
    ("GET", "/api/model"),
    ("GET", "/api/queries"),
    ("GET", "/api/status"),
    ("POST", "/api/community"),
    ("POST", "/api/entities"),
    ("POST", "/api/expand"),
    ("POST", "/api/observations"),
    ("POST", "/api/overview"),
    ("POST", "/api/page"),
    ("POST", "/api/path"),
    ("POST", "/api/queries/{name}"),
    ("POST", "/api/role"),
    ("POST", "/api/same-as"),
    ("POST", "/api/search"),
    ("POST", "/api/uploads"),
    ("POST", "/api/uploads/{upload}/ingest"),
    ("POST", "/api/uploads/{upload}/look"),
    ("DELETE", "/api/uploads/{upload}"),
]


@pytest.fixture(scope="module")
def asking(original, tmp_path_factory):
    """A copy of the case that all requests are sent to."""
    with exploring(Path(shutil.copytree(original, tmp_path_factory.mktemp("schema") / "op"))) as found:
        found.waiting = found.client.post("/api/uploads", params={"name": "a.csv"}, content=b"a,b\n1,2\n").json()["id"]
        yield found


@pytest.fixture(scope="module")
def schema(asking):
    """The description as the server gives it."""
    return schemathesis.openapi.from_asgi("/api/openapi.json", asking.client.app, headers=HEADERS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_makes_it_fail(asking, schema, method, path, mode):
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        for upload in list(asking.explorer.uploads):
            if upload.id != asking.waiting:
                asking.explorer.uploads.drop(upload)
        if "upload" in case.path_parameters:
            # A random id is a 404 and no more; what is behind it is the point.
            case.path_parameters["upload"] = asking.waiting
        if isinstance(case.body, dict) and "snapshot" in case.body and mode is GenerationMode.POSITIVE:
            case.body["snapshot"] = asking.explorer.newest.number
        case.call_and_validate(
            headers=HEADERS,
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        # There is no wrong way to ask this.
        assert mode is GenerationMode.NEGATIVE
    asking.settled()


def test_every_endpoint_is_asked(asking):
    paths = asking.get("openapi.json")["paths"]
    assert sorted((method.upper(), path) for path, found in paths.items() for method in found) == sorted(OPERATIONS)
