"""What Prometheus is told: of requests by all processes, of work by the database."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from starlette.types import Scope

from api.middleware import OnAnswer, route_of
from cliply.db.workload import Workload

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

IS_STREAM = "is_stream"
"""Set in the state of a request whose answer goes on."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other is counted as `other`: callers may invent them."""


class Metrics:
    """The meters of one process; with a folder, `render` tells of all that share it.

    The client library decides between the two when it is imported, by the variable
    `PROMETHEUS_MULTIPROC_DIR`, which `api.server` sets.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._own = CollectorRegistry()
        labels = ["method", "route", "status"]
        self._requests = Counter(
            "cliply_http_requests", "Requests answered.", labels, registry=self._own
        )
        self._seconds = Histogram(
            "cliply_http_request_seconds",
            "Time until a request was answered.",
            labels[:2],
            buckets=BUCKETS_S,
            registry=self._own,
        )
        self._in_flight = Gauge(
            "cliply_http_requests_in_flight",
            "Requests that are being answered.",
            registry=self._own,
            multiprocess_mode="livesum",
        )
        self._connections = Gauge(
            "cliply_database_connections_in_use",
            "Connections of the pool that a request holds.",
            ["role"],
            registry=self._own,
            multiprocess_mode="livesum",
        )
        self.open_streams = Gauge(
            "cliply_streams_open",
            "Jobs that are being watched.",
            ["transport"],
            registry=self._own,
            multiprocess_mode="livesum",
        )
        self.stream_messages = Counter(
            "cliply_stream_messages",
            "Messages sent to those who watch jobs.",
            ["transport"],
            registry=self._own,
        )

    def count_requests(self, scope: Scope) -> OnAnswer:
        """Count the request; for `create_app(on_request=…)`."""
        self._in_flight.inc()

        def ended(status: int, seconds: float) -> None:
            self._in_flight.dec()
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = route_of(scope)
            self._requests.labels(method, route, str(status)).inc()
            if not scope["state"].get(IS_STREAM):  # lasts as long as somebody watches
                self._seconds.labels(method, route).observe(seconds)

        return ended

    def watch_pool(self, engine: Engine) -> None:
        """Count the connections that are taken from the pool and given back."""
        used = self._connections.labels(engine.url.username or "unknown")

        @event.listens_for(engine, "checkout")
        def _taken(*_: "DBAPIConnection") -> None:
            used.inc()

        @event.listens_for(engine, "checkin")
        def _returned(*_: "DBAPIConnection") -> None:
            used.dec()

    def render(self, workload: Workload | None) -> bytes:
        """The text format of Prometheus."""
        registry = self._own
        if self._folder is not None:
            _forget_dead(self._folder)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        parts = [generate_latest(registry)]
        if workload is not None:
            shared = CollectorRegistry()
            shared.register(_OfWorkload(workload))
            parts.append(generate_latest(shared))
        return b"".join(parts)


class _OfWorkload(Collector):
    def __init__(self, workload: Workload) -> None:
        self._workload = workload

    def collect(self) -> Iterable[Metric]:
        jobs = GaugeMetricFamily("cliply_jobs", "Jobs by status.", labels=["status"])
        for status, count in sorted(self._workload.jobs.items()):
            jobs.add_metric([status], count)
        yield jobs
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        work = self._workload
        told = {
            "cliply_run_requests_waiting": ("Run requests that no run has.", work.waiting),
            "cliply_run_requests_oldest_seconds": (
                "How long the oldest of them has waited.",
                work.oldest_waiting_s,
            ),
            "cliply_webhook_deliveries_waiting": (
                "Webhook deliveries to be made or tried again.",
                work.deliveries_waiting,
            ),
        }
        for name, (help_text, value) in told.items():
            yield GaugeMetricFamily(name, help_text, value=value)


def _forget_dead(folder: Path) -> None:
    """Gauges of processes that were killed would stand for ever."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not _lives(int(pid)):
            path.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
