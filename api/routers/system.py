"""How the installation is: for load balancers, for Prometheus and for people on call."""

import hmac
from importlib.metadata import version
from ipaddress import ip_address
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.backend import Backend
from api.errors import refusals
from api.metrics import Metrics
from api.schemas.base import ErrorDetail
from api.schemas.system import (
    GpuHealth,
    Health,
    NotReady,
    Parts,
    PartState,
    QueueHealth,
    Readiness,
)
from api.system_routes import Lookout, Work
from cliply.errors import ErrorCode, NotAuthenticated, NotFound

router = APIRouter(tags=["system"])

LATE_QUEUE_S = 600
METRICS_BEARER = HTTPBearer(auto_error=False, scheme_name="METRICS_TOKEN")
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def lookout_of(request: Request) -> Lookout:
    """The application's one, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "lookout"):
        state.lookout = Lookout(cast(Backend, state.backend))
    return cast(Lookout, state.lookout)


Looking = Annotated[Lookout, Depends(lookout_of)]


@router.get("/api/health", response_model=Health)
async def check_health() -> Health:
    """Tell that the process lives; asks nobody and waits for no thread."""
    return Health(version=version("cliply"))


@router.get(
    "/api/readyz",
    response_model=Readiness,
    responses={503: {"model": NotReady, "description": "Send requests elsewhere."}},
)
def check_readiness(request: Request, lookout: Looking) -> Response:
    """Tell whether requests can be answered: database and storage are tried out."""
    database, storage = lookout.database.outcome(), lookout.storage.outcome()
    work = lookout.work.outcome() if database else None
    parts = Parts(
        database="ok" if database else "failed",
        storage="ok" if storage else "failed",
        graph=work.graph if work else "failed",
        queue=_queue_state(work),
    )
    if parts.database == "failed" or parts.storage == "failed":
        return _as_json(NotReady(error=_not_ready(request, parts), parts=parts), 503)
    # A dead daemon or a long queue is no reason to take every replica out of service.
    is_ready = {parts.graph, parts.queue} <= {"ok", "not_used"}
    oldest_s = int(work.workload.oldest_waiting_s) if work else None
    status = Readiness(
        status="ready" if is_ready else "degraded", parts=parts, oldest_waiting_s=oldest_s
    )
    return _as_json(status, 200)


@router.get("/api/health/gpu", response_model=GpuHealth, responses=refusals())
def check_gpu_health(lookout: Looking) -> GpuHealth:
    """Tell how much work waits, and how many processes with a GPU take it."""
    board = lookout.board()
    return GpuHealth(
        workers=board.gpu_workers,
        queue_depth=lookout.workload().waiting + sum(one.waiting for one in board.queues),
        queues=[QueueHealth(**one.model_dump()) for one in board.queues],
    )


@router.get("/metrics", include_in_schema=False)
def read_metrics(
    request: Request,
    lookout: Looking,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(METRICS_BEARER)],
) -> Response:
    """Tell Prometheus of requests, connections, jobs and queues."""
    _check_reader(request, credentials)
    metrics = getattr(request.app.state, "metrics", None) or Metrics()
    work = lookout.work.outcome()
    return Response(metrics.render(work.workload if work else None), media_type=TEXT_FORMAT)


def _check_reader(request: Request, credentials: HTTPAuthorizationCredentials | None) -> None:
    """Raises NotFound or NotAuthenticated for who may not read metrics."""
    settings = cast(Backend, request.app.state.backend).settings
    if settings.metrics_token is None:
        is_near = settings.environment != "production" and _is_loopback(request.state.ip)
        if not is_near:
            raise NotFound("Metrics are read with METRICS_TOKEN.", ErrorCode.route_unknown)
        return
    given = "" if credentials is None else credentials.credentials
    if not hmac.compare_digest(given.encode(), settings.metrics_token.get_secret_value().encode()):
        raise NotAuthenticated("Send the METRICS_TOKEN as the bearer token.")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _queue_state(work: Work | None) -> PartState:
    if work is None:
        return "failed"
    return "ok" if work.workload.oldest_waiting_s <= LATE_QUEUE_S else "late"


def _not_ready(request: Request, parts: Parts) -> ErrorDetail:
    is_database = parts.database == "failed"
    code = ErrorCode.database_unavailable if is_database else ErrorCode.storage_unavailable
    what = "database" if is_database else "object storage"
    return ErrorDetail(
        code=code,
        message=f"The {what} does not answer; try again.",
        trace_id=request.state.request_id,
    )


def _as_json(answer: Readiness | NotReady, status: int) -> Response:
    headers = {"Retry-After": "5"} if status == 503 else {}
    return Response(answer.model_dump_json(), status, headers, media_type="application/json")
