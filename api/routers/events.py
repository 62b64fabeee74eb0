"""The history of a job: read as a list, or watched live."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, WebSocket

from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.realtime.sockets import watch
from api.realtime.sse import MEDIA_TYPE, EventStream, wants_events
from api.realtime.watching import Wish
from api.schemas.base import Page
from api.schemas.jobs import EventAnswer
from api.work import Work, needs
from cliply.db import job_lists
from cliply.db import jobs as job_rows
from cliply.domain.access import Permission
from cliply.domain.ids import JobId

router = APIRouter(tags=["jobs"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.jobs_read)]
TheJob = Annotated[UUID, Path(description="The job's id.")]
LAST_ID = 2**63 - 1
LAST_EVENT = "Go on behind this event; for `Accept: text/event-stream` only."
EXAMPLE = (
    'event: state\ndata: {"status":"analyzing","is_paused":false,"progress":0.31,"steps":[]}\n\n'
    'id: 4711\nevent: step_started\ndata: {"id":4711,"kind":"step_started","payload":'
    '{"step":"transcript"},"created_at":"2026-11-21T20:15:00Z"}\n\n'
    'event: progress\ndata: {"step":"transcript","fraction":0.25,"job_progress":0.34}\n\n'
)
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of the history; with `Accept: text/event-stream` server-sent "
        "events: `state`, each event of the history with its id, `progress` of steps, `end`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
    }
}


@router.get(
    "/api/jobs/{job_id}/events",
    response_model=Page[EventAnswer],
    responses=STREAM | refusals(*MEMBERS),
)
def list_job_events(
    job_id: TheJob,
    work: Reading,
    paging: Paging,
    request: Request,
    sort: Literal["-created_at", "created_at"] = "created_at",
    last_event_id: Annotated[int, Query(ge=0, le=LAST_ID, description=LAST_EVENT)] = 0,
    last_event: Annotated[
        int | None,
        Header(
            alias="Last-Event-ID",
            ge=0,
            le=LAST_ID,
            description="The same; goes before `last_event_id`.",
        ),
    ] = None,
) -> Page[EventAnswer] | EventStream:
    """The history of a job, oldest first unless asked otherwise, or the job watched live."""
    job_rows.get_job(work.session, JobId(job_id))
    if wants_events(request.headers.get("accept", "")):
        after = last_event_id if last_event is None else last_event
        return EventStream(Wish.of(work, JobId(job_id), after))
    wish = replace(paging, is_descending=sort.startswith("-"))
    found = job_lists.list_event_page(work.session, JobId(job_id), wish)
    return Page[EventAnswer].of(
        [EventAnswer.of(event) for event in found.rows],
        total=job_lists.count_events(work.session, JobId(job_id)),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.websocket("/ws/jobs/{job_id}")
async def watch_job(socket: WebSocket, job_id: str) -> None:
    """The same messages over a WebSocket; `docs/how-to/watch-a-job.md` tells of both."""
    await watch(socket, job_id)
