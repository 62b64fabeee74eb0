"""Log, metrics and spans of one process, put together as the settings say."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from api.logs import LogFormat, configure_logs, log_requests
from api.metrics import Metrics
from api.middleware import OnRequest, in_turn
from api.telemetry import Tracing, open_tracing


@dataclass(frozen=True)
class Observers:
    """What is told of every request, and what `/metrics` shows."""

    on_request: OnRequest
    metrics: Metrics


def open_observers(
    engines: tuple[Engine, ...],
    log_format: LogFormat,
    otlp_endpoint: str | None,
    metrics: Path | None,
) -> Observers:
    """`metrics` is the folder that the processes of the API share; None counts this one alone."""
    configure_logs(log_format)
    meters = Metrics(metrics)
    parts: list[OnRequest] = [log_requests, meters.count_requests]
    for engine in engines:
        meters.watch_pool(engine)
    if otlp_endpoint:
        provider = open_tracing(otlp_endpoint, version("cliply"))
        tracing = Tracing(provider.get_tracer("cliply.api"))
        for engine in engines:
            tracing.trace_statements(engine)
        parts.append(tracing.trace_requests)
    return Observers(in_turn(parts), meters)
