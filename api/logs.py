"""The API's log: one line for each request, JSON or text, without secrets."""

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import structlog
from starlette.types import Scope
from structlog.typing import Processor

from api.middleware import OnAnswer, route_of
from api.redaction import redacted, redacted_value

LogFormat = Literal["auto", "json", "text"]

QUIET = ("uvicorn.access", "uvicorn.sockets", "httpx", "httpcore", "botocore", "urllib3")
"""Ours tells of requests; the others tell of every call."""

LOGGER = "api.requests"
log = structlog.stdlib.get_logger(LOGGER)


def configure_logs(form: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Send all logs of this process, uvicorn's too, to the stream, through the redaction.

    `auto` is text on a terminal and JSON elsewhere.
    """
    is_text = form == "text" or (form == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _without_secrets,
        structlog.dev.ConsoleRenderer(colors=False)
        if is_text
        else structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    formatter = structlog.stdlib.ProcessorFormatter if is_text else _JsonFormatter
    output = logging.StreamHandler(stream)
    output.setFormatter(
        formatter(foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()], processors=last)
    )
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Line(dict[str, Any]):
    """What is logged of a request that was answered, as it will be written."""


class _JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes the lines of requests at once: the way of all others takes 0.2 ms."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, _Line):
            return json.dumps(record.msg, ensure_ascii=False)
        return super().format(record)


def log_requests(scope: Scope) -> OnAnswer:
    """Log how the request ended; what failed unexpectedly with its traceback, once."""

    def ended(status: int, seconds: float) -> None:
        state = scope["state"]
        line = {
            "request_id": redacted(state["request_id"]),
            "method": redacted(scope["method"]),
            "route": route_of(scope),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "ip": state["ip"],
            **{name: state[name] for name in OF_STATE if state.get(name) is not None},
        }
        error = state.get("error")
        if error is not None:
            log.error("request failed", **line, exc_info=error)
        elif status >= 500:
            log.error("request refused", **line)
        elif "failure" in line:
            log.info("request", **line)
        else:
            _log_answered(line)

    return ended


def _log_answered(line: dict[str, Any]) -> None:
    """What callers chose is redacted already, and all else is ours."""
    logger = logging.getLogger(LOGGER)
    if not logger.isEnabledFor(logging.INFO):
        return
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    whole = _Line(line, event="request", logger=LOGGER, level="info", timestamp=at)
    record = logger.makeRecord(LOGGER, logging.INFO, "", 0, whole, (), None)
    record._logger, record._name = log, "info"
    logger.handle(record)


REPEATED = frozenset({"color_message"})
"""Uvicorn's message once more, for terminals."""

OF_STATE = ("user_id", "workspace_id", "failure")
"""What routes leave behind for the log."""


def _without_secrets(
    _logger: Any, _name: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        name: redacted_value(value, name) for name, value in line.items() if name not in REPEATED
    }
