"""Rules that every route of the contract keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "openapi.json").read_text())
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
]

EFFECTLESS = {
    "login", "refresh", "logout", "verify_email", "forgot_password", "reset_password", "register",
    "search_workspace", "search_job", "confirm_upload", "sign_upload_parts", "renew_upload_link",
    "correct_transcript", "accept_invitation", "delete_clips",
}  # fmt: skip
"""POSTs without an Idempotency-Key: they create nothing, or a second one has no other effect."""


def test_the_contract_is_valid_openapi() -> None:
    validate(CONTRACT)
    assert CONTRACT["openapi"].startswith("3.1")


def test_operations_are_named_once() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_says_what_it_does_and_how_it_refuses(
    name: str, operation: dict[str, Any]
) -> None:
    assert operation.get("description") or operation.get("summary")
    refused = {status for status in operation["responses"] if status[0] in "45"}
    assert refused or name == "GET /api/health", f"{name} can not always succeed"
    for status in refused - {"503"}:
        content = operation["responses"][status].get("content", {})
        for kind in content.values():
            assert "schema" in kind


def test_every_post_that_creates_takes_an_idempotency_key() -> None:
    without = {
        operation["operationId"]
        for name, operation in OPERATIONS
        if name.startswith("POST")
        and "Idempotency-Key" not in {one["name"] for one in operation.get("parameters", [])}
    }
    assert without <= EFFECTLESS, "make them with `creates(…)` and `work.once(…)`"


def test_every_update_takes_if_match() -> None:
    patches = [(n, o) for n, o in OPERATIONS if n.startswith("PATCH")]
    assert patches
    for name, operation in patches:
        assert "If-Match" in {one["name"] for one in operation["parameters"]}, name
