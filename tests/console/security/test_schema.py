"""The API does what its OpenAPI document says, whatever is asked: no mistake of ours, every answer as it is described."""

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.console.desk import URL, routes
from tests.console.security.conftest import Bench
from tests.console.security.ground import STREAMS

EXAMPLES = 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LAST = ("/disconnect", "/logins/{login}")
"""What can be done once only is done after all else."""

OPERATIONS = sorted(
    [(path, method) for method, path in routes() if path.startswith("/api/") and path not in STREAMS],
    key=lambda one: (one[0].endswith(LAST) and one[1] == "POST", one),
)


@pytest.fixture(scope="module")
def schema(bench: Bench) -> BaseSchema:
    """The document, as anybody gets it."""
    answer = bench.run(bench.town.desk.visitor().get("/api/v1/openapi.json"))
    return openapi.from_dict(answer.json())


def asked(case: Case) -> httpx.Request:
    """A made-up case as a request."""
    made = requests.Request(**case.as_transport_kwargs(base_url=URL)).prepare()
    headers = [
        (name, value.encode(errors="replace") if isinstance(value, str) else value)
        for name, value in made.headers.items()
    ]
    body = made.body.encode() if isinstance(made.body, str) else made.body
    return httpx.Request(made.method or "", made.url or "", headers=headers, content=body)


@pytest.mark.parametrize("role", ["office", "operator"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_asked_is_answered_as_described(
    bench: Bench, schema: BaseSchema, path: str, method: str, role: str
) -> None:
    """With what the document allows and with what it does not; of what is there, and of what is not."""
    described = path.replace(":path}", "}")
    operation = schema[described][method]
    program = bench.town.desk.program(role=role)
    known = {name: value for name, value in bench.town.acme.ids.items() if f"{{{name}}}" in described}
    good, bad = (
        operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )
    tried = []

    @seed(9)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(good | bad)
    def ask(case: Case) -> None:
        if len(tried) % 3 and case.path_parameters is not None:  # most are of what is there
            case.path_parameters.update(known)
        request = asked(case)
        request.headers["authorization"] = program.headers["authorization"]
        answer = bench.run(program.send(request))
        tried.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    assert len(tried) >= EXAMPLES // 2 or not known


def test_every_operation_is_described(bench: Bench) -> None:
    """With its errors, in the form in which they really come."""
    document = bench.run(bench.town.desk.visitor().get("/api/v1/openapi.json")).json()
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert {(path.replace(":path}", "}"), method) for path, method in OPERATIONS} <= described
    assert "HTTPValidationError" not in document["components"]["schemas"], "ours are sentences"
