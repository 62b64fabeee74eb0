"""What is logged, and what never is."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Scope

from api.logs import configure_logs, log_requests
from api.redaction import redacted, redacted_value

API_TOKEN = "cliply_" + "a1B2c3D4e5" * 4
JWT = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
WEBHOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PASSWORD = "correct horse battery"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """The log as JSON; logging is afterwards as it was."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs("json", stream)
    yield stream
    root.handlers = before
    root.setLevel(level)


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {API_TOKEN}", API_TOKEN),
        (f"the token {API_TOKEN} was refused", API_TOKEN),
        (f"token={JWT}", JWT),
        (f"got {JWT}.", JWT),
        (f"bearer {JWT}", "c2lnbmF0dXJl"),
        (f"secret {WEBHOOK} is wrong", WEBHOOK),
        (f"GET /api/transfers/x?expires=1&signature={SIGNATURE} HTTP/1.1", SIGNATURE),
        (f"https://b.s3.example/k?X-Amz-Signature={SIGNATURE}&X-Amz-Credential=AKIA", SIGNATURE),
        ("https://b.s3.example/k?X-Amz-Credential=AKIAEXAMPLE", "AKIAEXAMPLE"),
        ("postgresql://cliply_app:hunter2@db.example/cliply", "hunter2"),
        (f'{{"password": "{PASSWORD}"}}', PASSWORD),
        (f"{{'password': '{PASSWORD}'}}", PASSWORD),
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        (f"(IntegrityError) x\n[SQL: insert]\n[parameters: ('{PASSWORD}', 'b')]\n(more)", PASSWORD),
        ("DETAIL:  Key (lower(email))=(ann@example.com) already exists.", "ann@example.com"),
        ("Failing row contains (1, ann@example.com, 2026).", "ann@example.com"),
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "The role cliply_system sees no workspace.",
        "GET /api/jobs?status=completed&page=2",
        "module cliply_app.main",
        "The token has expired; get a new one.",
        "The signature of the link was changed.",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_name_that_means_a_secret_hides_its_value_at_any_depth() -> None:
    value = {"user": {"Password": PASSWORD, "name": "Ann"}, "list": [{"token": "x"}], "n": 3}

    shown = redacted_value(value)

    assert PASSWORD not in str(shown)
    assert shown["user"]["name"] == "Ann"
    assert shown["list"] == [{"token": "[redacted]"}]
    assert shown["n"] == 3


def scope_of(**state: Any) -> Scope:
    return {"method": "GET", "path": "/x", "state": {"request_id": "r1", "ip": "::1", **state}}


def test_a_request_is_one_line_with_who_and_what(output: io.StringIO) -> None:
    log_requests(scope_of(user_id="u1", workspace_id="w1"))(200, 0.0123)

    (line,) = lines(output)
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "api.requests",
        "request_id": "r1",
        "method": "GET",
        "route": "unknown",
        "status": 200,
        "ms": 12.3,
        "ip": "::1",
        "user_id": "u1",
        "workspace_id": "w1",
    }


def test_a_secret_in_a_request_id_or_a_method_is_not_in_the_line(output: io.StringIO) -> None:
    log_requests(scope_of(request_id=API_TOKEN) | {"method": f"X{API_TOKEN}"})(200, 0.1)
    log_requests(scope_of(failure=f"set {API_TOKEN}"))(200, 0.1)

    line, failed = lines(output)
    assert line["request_id"] == "cliply_[redacted]"
    assert failed["failure"] == "set cliply_[redacted]"
    assert API_TOKEN not in output.getvalue()


def test_a_line_of_a_request_is_one_line_whatever_is_in_it(output: io.StringIO) -> None:
    log_requests(scope_of() | {"method": 'A"\n{"event": "forged"}'})(200, 0.1)

    (line,) = lines(output)
    assert line["event"] == "request"


def test_an_unexpected_error_is_logged_once_with_its_trace_and_no_secret(
    output: io.StringIO,
) -> None:
    def fail() -> None:
        raise RuntimeError(f"could not use {API_TOKEN}")

    with pytest.raises(RuntimeError) as caught:
        fail()
    log_requests(scope_of(error=caught.value))(500, 0.1)

    (line,) = lines(output)
    assert line["level"] == "error"
    assert "in fail" in line["exception"]
    assert API_TOKEN not in output.getvalue()


def test_other_loggers_are_redacted_too(output: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("refused %s", API_TOKEN)
    try:
        raise ValueError(JWT)
    except ValueError:
        logging.getLogger("anything").exception("failed", extra={"password": PASSWORD})

    first, second = lines(output)
    assert first["logger"] == "uvicorn.error"
    assert "Traceback" in second["exception"]
    for secret in (API_TOKEN, JWT, PASSWORD):
        assert secret not in output.getvalue()


def test_uvicorns_own_access_log_is_silent(output: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /?signature=%s", SIGNATURE)

    assert output.getvalue() == ""


def test_text_is_for_terminals() -> None:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs("text", stream)
    logging.getLogger("x").warning("hello %s", API_TOKEN)
    log_requests(scope_of(request_id=API_TOKEN))(200, 0.0123)
    root.handlers = before
    root.setLevel(level)

    assert "hello cliply_[redacted]" in stream.getvalue()
    assert "ms=12.3" in stream.getvalue()
    assert API_TOKEN not in stream.getvalue()
