"""Conditional requests: `ETag`, `If-None-Match` and `If-Match`."""

import hashlib
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from cliply.errors import Stale

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of what you have read: if it has changed since, nothing is done.",
    ),
]


def tagged(request: Request, answer: BaseModel, status: int = 200) -> Response:
    """The answer with its `ETag`; 304 without a body for who has it already."""
    content = answer.model_dump_json().encode()
    tag = etag_of_json(content)
    known = request.headers.get("if-none-match", "")
    if status == 200 and request.method == "GET" and _names(known, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, status, {"ETag": tag}, media_type="application/json")


def check_match(wanted: str | None, present: BaseModel, what: str) -> None:
    """Raises Stale when the caller has read another state than the present one."""
    if wanted is not None and not _names(wanted, etag_of(present)):
        raise Stale(f"The {what} has changed since you read it; read it again and repeat.")


def _names(header: str, tag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in given or tag in given


def etag_of(answer: BaseModel) -> str:
    """A strong entity tag: the same for the same content."""
    return etag_of_json(answer.model_dump_json().encode())


def etag_of_json(content: bytes) -> str:
    """The same for an answer that is written already."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
