"""The application keeps its contract under requests that nobody thought of."""

import warnings

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckFunction
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.clients import Person

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""What has to hold for every answer."""

EXAMPLES = 25
"""Requests of each kind to each operation."""

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="session")
def contract(app: FastAPI) -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


schema = schemathesis.pytest.from_fixture("contract")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_every_operation_keeps_its_contract(case: Case, person: Person) -> None:
    case.call_and_validate(headers=person.headers, checks=CHECKS)


def test_requests_that_build_on_each_other_keep_it_too(
    contract: schemathesis.schemas.BaseSchema, person: Person
) -> None:
    """Ids from answers go into the next requests: create, read, change, remove, read again."""

    class Flow(contract.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Case) -> dict[str, object]:
            return {"headers": person.headers}

        def validate_response(self, response: object, case: Case, **_: object) -> None:
            case.validate_response(response, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Flow.run(
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            )
        )
