"""OpenTelemetry spans of requests and of their statements; without a collector there are none."""

from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine, event
from starlette.types import Scope

from api.middleware import OnAnswer, route_of

W3C = TraceContextTextMapPropagator()


def open_tracing(endpoint: str, version: str) -> TracerProvider:
    """Spans go to the collector at `endpoint`, as in `http://127.0.0.1:4318`, in batches.

    A collector that does not answer costs spans, never a request.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": "cliply-api", "service.version": version}),
        shutdown_on_exit=True,
    )
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


@dataclass(frozen=True)
class Tracing:
    """Makes a span of each request, below the caller's if it sent a `traceparent`."""

    tracer: Tracer

    def trace_requests(self, scope: Scope) -> OnAnswer:
        """For `create_app(on_request=…)`. Statements in the request become its children."""
        state = scope["state"]
        sent = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name.lower() in (b"traceparent", b"tracestate")
        }
        span = self.tracer.start_span(
            scope["method"],
            context=W3C.extract(sent),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.scheme": scope.get("scheme", "http"),
                "cliply.request_id": state["request_id"],
            },
        )
        # Handlers run in threads with a copy of this context.
        token = attach(trace.set_span_in_context(span))

        def ended(status: int, _seconds: float) -> None:
            route = route_of(scope)
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes({"http.route": route, "http.response.status_code": status})
            if "workspace_id" in state:
                span.set_attribute("cliply.workspace_id", state["workspace_id"])
            if status >= 500 or status == 0:
                span.set_status(Status(StatusCode.ERROR))
            span.end()
            detach(token)

        return ended

    def trace_statements(self, engine: Engine) -> None:
        """A span for each statement: its text, which has no values in it."""

        @event.listens_for(engine, "before_cursor_execute")
        def _begins(
            connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
        ) -> None:
            operation = statement.lstrip()[:20].partition(" ")[0].upper()
            attributes = {"db.system.name": "postgresql", "db.query.text": statement[:2000]}
            span = self.tracer.start_span(
                operation or "SQL", kind=SpanKind.CLIENT, attributes=attributes
            )
            connection.info["cliply_span"] = span

        @event.listens_for(engine, "after_cursor_execute")
        def _ended(connection: Any, *_: Any) -> None:
            span = connection.info.pop("cliply_span", None)
            if span is not None:
                span.end()

        @event.listens_for(engine, "handle_error")
        def _failed(context: Any) -> None:
            connection = context.connection
            span = connection.info.pop("cliply_span", None) if connection is not None else None
            if span is not None:
                span.set_status(Status(StatusCode.ERROR))
                span.end()
