"""Spans, as a collector gets them."""

from http.server import BaseHTTPRequestHandler
from queue import SimpleQueue

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import Engine, create_engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.testclient import TestClient

from api.middleware import Frame
from api.telemetry import Tracing, open_tracing
from cliply.db.health import check_database
from tests.local_server import served

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


def collector(received: "SimpleQueue[Span]") -> type[BaseHTTPRequestHandler]:
    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            sent = ExportTraceServiceRequest.FromString(
                self.rfile.read(int(self.headers["Content-Length"]))
            )
            for of_resource in sent.resource_spans:
                for of_scope in of_resource.scope_spans:
                    for span in of_scope.spans:
                        received.put(span)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Collector


def attributes(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.fixture
def spans(engine: Engine) -> list[Span]:
    """Those of one request with a `traceparent` and one statement."""
    received: SimpleQueue[Span] = SimpleQueue()
    own = create_engine(engine.url)
    with served(collector(received)) as url:
        provider = open_tracing(url, "1")
        tracing = Tracing(provider.get_tracer("test"))
        tracing.trace_statements(own)

        def look(request: Request) -> PlainTextResponse:
            request.scope["route"] = Route("/api/things/{thing_id}", look)
            request.state.workspace_id = "w1"
            check_database(own)
            return PlainTextResponse("x")

        app = Frame(
            Router([Route("/api/things/{thing_id}", look)]), on_request=tracing.trace_requests
        )
        headers = {"traceparent": f"00-{PARENT}-00f067aa0ba902b7-01"}
        TestClient(app).get("/api/things/7?signature=secret", headers=headers)
        provider.shutdown()
    own.dispose()
    return [received.get_nowait() for _ in range(received.qsize())]


def test_a_request_goes_on_the_callers_trace_and_its_statements_below_it(
    spans: list[Span],
) -> None:
    (request,) = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    statements = [span for span in spans if span.kind == Span.SPAN_KIND_CLIENT]

    assert request.name == "GET /api/things/{thing_id}"
    assert request.trace_id.hex() == PARENT
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    assert attributes(request)["http.response.status_code"] == 200
    assert attributes(request)["cliply.workspace_id"] == "w1"
    assert attributes(request)["cliply.request_id"] == PARENT
    assert [span.name for span in statements if span.name == "SELECT"]
    assert {span.parent_span_id for span in statements} == {request.span_id}
    assert {span.trace_id.hex() for span in statements} == {PARENT}


def test_no_span_carries_the_query_of_a_request(spans: list[Span]) -> None:
    assert spans
    assert all(b"secret" not in span.SerializeToString() for span in spans)
