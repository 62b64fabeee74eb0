"""The application keeps its contract under requests that nobody thought of."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, core, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
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

CONTRACT = Path(__file__).resolve().parents[2] / "openapi.json"
OPERATIONS = [
    (path, method)
    for path, operations in json.loads(CONTRACT.read_text())["paths"].items()
    for method in operations
]

pytestmark = pytest.mark.filterwarnings("ignore")


def asked(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples > 1,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def contract(app: FastAPI) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


def is_wrong_on_the_wire(case: Case) -> bool:
    """Whether path or body are what the contract forbids.

    Wrong headers are replaced by the person's, and an empty list in a query is not sent.
    """
    parts = case.meta.components if case.meta else {}
    return any(
        parts[place].mode.is_negative
        for place in (ParameterLocation.PATH, ParameterLocation.BODY)
        if place in parts
    )


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_every_operation_keeps_its_contract(
    contract: BaseSchema, person: Person, path: str, method: str, mode: GenerationMode
) -> None:
    """Requests that the contract allows, and those that it does not."""
    operation = contract[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @asked(EXAMPLES)
    def ask(case: Case) -> None:
        checks = CHECKS + [negative_data_rejection] * is_wrong_on_the_wire(case)
        case.call_and_validate(headers=person.headers, checks=checks, timeout=TIMEOUT_S)

    with suppress(Unsatisfiable):  # where nothing is asked for, nothing can be asked wrongly
        ask()


TIMEOUT_S = 60
"""The first search imports the index, which takes seconds on a busy machine."""

EXAMPLES = 40
"""Requests of each kind to each operation."""

WALKS = 40
"""Of thirty requests. Each is a run of its own: what it finds depends on what it made."""


def test_requests_that_build_on_each_other_keep_it_too(
    contract: BaseSchema, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids from answers go into the next requests: create, read, change, remove, read again."""

    class Flow(contract.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Case) -> dict[str, object]:
            return {"headers": person.headers, "timeout": TIMEOUT_S}

        def validate_response(self, response: object, case: Case, **_: object) -> None:
            case.validate_response(response, checks=CHECKS)

    for seed in range(WALKS):
        monkeypatch.setattr(core, "global_force_seed", seed)
        Flow.run(settings=settings(asked(1), stateful_step_count=30))
