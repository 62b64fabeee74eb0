"""Every error as one envelope: `{"error": {"code", "message", "trace_id"}}`."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.schemas.base import ErrorAnswer
from cliply.errors import (
    Cancelled,
    CliplyError,
    Conflict,
    ErrorCode,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    SettingsError,
    Stale,
    TooMany,
    Unavailable,
)

STATUS: dict[type[CliplyError], int] = {
    NotAuthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Cancelled: 409,
    Stale: 412,
    InvalidInput: 422,
    TooMany: 429,
    SettingsError: 500,
    Unavailable: 503,
}
"""By class; a code of its own in `BY_CODE` goes before it."""

BY_CODE = {
    ErrorCode.body_too_large: 413,
    ErrorCode.upload_too_large: 413,
    ErrorCode.media_type_unsupported: 415,
    ErrorCode.upload_type_unsupported: 415,
    ErrorCode.range_invalid: 416,
    ErrorCode.json_malformed: 400,
}

OF_HTTP = {
    400: ErrorCode.request_invalid,
    404: ErrorCode.route_unknown,
    405: ErrorCode.method_not_allowed,
    413: ErrorCode.body_too_large,
    415: ErrorCode.media_type_unsupported,
}

EXAMPLES = {
    400: (ErrorCode.json_malformed, "The body is not JSON: Expecting value, at character 0."),
    401: (ErrorCode.not_authenticated, "Send `Authorization: Bearer` with a token."),
    403: (ErrorCode.not_allowed, "A viewer may not do this (jobs:write); ask an admin."),
    404: (ErrorCode.not_found, "There is no job 7f0c2d5e-0000-4000-8000-000000000000."),
    409: (ErrorCode.conflict, "The job is completed and can not be paused."),
    412: (ErrorCode.stale, "The clip has changed since you read it; read it again."),
    413: (ErrorCode.body_too_large, "The body has more than 1000000 bytes."),
    415: (ErrorCode.media_type_unsupported, "Send the body as application/json."),
    416: (ErrorCode.range_invalid, "The file has 1200 bytes."),
    422: (ErrorCode.request_invalid, "body.max_clips: Input should be less than 21."),
    429: (ErrorCode.rate_limited, "At most 100 requests are taken in 60 s; try again in 12 s."),
    503: (ErrorCode.database_unavailable, "The database did not answer; try again."),
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What else a route may answer, for its `responses`; every route has 400, 422, 429, 503."""
    wanted = sorted({*statuses, 400, 422, 429, 503})
    return {status: _documented(status) for status in wanted}


MEMBERS = (401, 403, 404)
"""What every route of members may refuse with: `responses=refusals(*MEMBERS)`."""


def _documented(status: int) -> dict[str, Any]:
    code, message = EXAMPLES[status]
    detail = {"code": code, "message": message, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
    return {
        "model": ErrorAnswer,
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"example": {"error": detail}}},
    }


def status_of(error: CliplyError) -> int:
    """The HTTP status that an error of ours is answered with."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def envelope(
    request: Request, status: int, code: str, message: str, fields: list[str] | None = None
) -> JSONResponse:
    """The answer to a request that failed."""
    detail: dict[str, Any] = {
        "code": code,
        "message": message,
        "trace_id": getattr(request.state, "request_id", ""),
    }
    if fields:
        detail["fields"] = fields
    return JSONResponse({"error": detail}, status)


def install_errors(app: FastAPI) -> None:
    """Make all errors look alike."""
    app.add_exception_handler(CliplyError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


def _of_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CliplyError)
    status = status_of(error)
    # What an operator has to mend is not told to tenants; the log has it.
    message = error.message
    if isinstance(error, SettingsError):
        message = "The installation is not set up for this; tell its operator the trace id."
        request.state.failure = error.message
    answer = envelope(request, status, error.code, message)
    if isinstance(error, NotAuthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after_s or 5)
    return answer


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    """Names the faulty fields and never repeats what was sent: it may be a secret."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        said = str(faults[0].get("ctx", {}).get("error", "it ends too early"))
        return envelope(request, 400, ErrorCode.json_malformed, f"The body is not JSON: {said}.")
    fields = [".".join(str(part) for part in fault["loc"]) for fault in faults]
    told = "; ".join(
        f"{name}: {fault['msg'].removeprefix('Value error, ')}"
        for name, fault in zip(fields, faults, strict=True)
    )
    return envelope(request, 422, ErrorCode.request_invalid, f"{told[:2000]}.", fields)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = OF_HTTP.get(error.status_code, ErrorCode.request_invalid)
    messages = {
        404: f"There is no route {request.url.path}; openapi.json lists all.",
        405: f"{request.url.path} does not take {request.method}.",
    }
    message = messages.get(error.status_code, str(error.detail))
    answer = envelope(request, error.status_code, code, message)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def as_json(detail: object) -> bytes:
    """An envelope for places without a Request."""
    return json.dumps(detail).encode()
