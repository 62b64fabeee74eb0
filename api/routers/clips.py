"""Clips: listed, read, described, decided on, edited, rendered again and deleted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator
from starlette.background import BackgroundTask

from api.clip_files import linker
from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.clips import (
    ClipAnswer,
    ClipChange,
    ClipState,
    ClipsToDelete,
    ClipSummary,
    DeletedClips,
    EditChanges,
    PosterChoice,
    VersionAnswer,
)
from api.work import Work, creates, needs
from cliply.db import renders
from cliply.db.clip_lists import ClipsWanted, Order, list_clip_page, shown_of
from cliply.db.clips import get_clip
from cliply.db.models import Clip, Render
from cliply.db.pages import count_all, page_of
from cliply.domain.access import Permission
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import ClipId, JobId
from cliply.services import clip_changes
from cliply.services.clip_changes import Slot
from cliply.services.clip_contents import cuts_of, read_clip_words, read_spec
from cliply.services.clip_objects import clear_slots

router = APIRouter(prefix="/api/clips", tags=["clips"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.clips_read)]
Writing = Annotated[Work, needs(Permission.clips_write)]
Creating = Annotated[Work, creates(Permission.clips_write)]
ClipPath = Annotated[UUID, Path(description="The clip's id.")]
Sorting = Literal["created_at", "-created_at", "score", "-score"]
Part = Literal["words", "crop_path", "cuts"]

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}


def parts_of(text: str) -> str:
    """Raises ValueError for what can not be included."""
    if set(text.split(",")) - {"words", "crop_path", "cuts"}:
        raise ValueError("give `words`, `crop_path` and `cuts`, with commas between")
    return text


Include = Annotated[
    str | None,
    Query(
        max_length=100,
        description="What else is wanted of the present render, commas between: `words`, "
        "`crop_path`, `cuts`.",
        examples=["words,cuts"],
    ),
    AfterValidator(lambda text: None if text is None else parts_of(text)),
]


@router.get("", response_model=Page[ClipSummary], responses=refusals(*MEMBERS))
def list_clips(
    work: Reading,
    paging: Paging,
    job_id: UUID | None = None,
    status: Annotated[list[ClipStatus] | None, Query(max_length=len(ClipStatus))] = None,
    min_score: Annotated[float | None, Query(ge=0, le=1)] = None,
    sort: Sorting = "-created_at",
) -> Page[ClipSummary]:
    """The clips of the workspace, newest first or as it is asked for."""
    wanted = ClipsWanted(
        tuple(sorted(set(status or ()))), None if job_id is None else JobId(job_id), min_score
    )
    order: Order = "score" if sort.endswith("score") else "created_at"
    wish = replace(paging, is_descending=sort.startswith("-"))
    found = list_clip_page(work.place, wanted, order, wish)
    link = linker(work.backend)
    return Page.of(
        [ClipSummary.of(clip, shown_of(clip), link) for clip in found.rows],
        total=found.total,
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.get("/{clip_id}", response_model=ClipAnswer, responses=UNCHANGED | refusals(*MEMBERS, 409))
def read_clip(
    clip_id: ClipPath, request: Request, work: Reading, include: Include = None
) -> Response:
    """A clip; its `ETag` stands for all but links and what is included."""
    clip = get_clip(work.session, ClipId(clip_id))
    if include is None:
        return _tagged(request, work, clip)
    return _tagged(request, work, clip, **_contents(work, clip, include.split(",")))


@router.patch("/{clip_id}", response_model=ClipAnswer, responses=refusals(*MEMBERS, 409, 412))
def update_clip(
    clip_id: ClipPath, wish: ClipChange, request: Request, work: Writing, if_match: IfMatch = None
) -> Response:
    """Describe a clip, decide on it or give it another edit, which asks for its render."""
    held = clip_changes.hold_clip(work.session, ClipId(clip_id))
    check_match(if_match, _state(work, held.clip), "clip")
    if wish.asks_for_render:
        work.limit("renders")
    clip = clip_changes.change_clip(work.session, held, wish.as_changes)
    work.record("clip.update", "clip", clip.id, fields=sorted(wish.model_fields_set))
    return _tagged(request, work, clip)


@router.delete("/{clip_id}", status_code=204, response_model=None, responses=refusals(*MEMBERS))
def delete_clip(clip_id: ClipPath, work: Writing) -> Response:
    """Delete a clip with all its versions; reject it instead to keep its moment from coming back.

    When the job is planned again, which happens only on demand, the slot is free.
    """
    slots = _delete(work, [ClipId(clip_id)])
    return Response(status_code=204, background=_clearing(work, slots))


@router.post(
    "/batch/delete", status_code=200, response_model=DeletedClips, responses=refusals(*MEMBERS, 409)
)
def delete_clips(wish: ClipsToDelete, work: Creating) -> Response:
    """Delete clips, all of them or none."""
    slots: list[Slot] = []

    def make() -> DeletedClips:
        ids = list(dict.fromkeys(ClipId(clip_id) for clip_id in wish.clip_ids))
        slots.extend(_delete(work, ids))
        return DeletedClips(deleted=list[UUID](ids))

    answer = work.once(make, body=wish, status=200)
    answer.background = _clearing(work, slots)
    return answer


@router.post(
    "/{clip_id}/rerender",
    status_code=202,
    response_model=ClipState,
    responses=refusals(*MEMBERS, 409),
)
def rerender_clip(clip_id: ClipPath, work: Creating) -> Response:
    """Ask for the clip's next version; it keeps the present one if that would be the same."""
    work.limit("renders")

    def make() -> ClipState:
        clip = clip_changes.render_again(work.session, ClipId(clip_id))
        return _asked(work, clip, "clip.rerender")

    return work.once(make, status=202)


@router.post(
    "/{clip_id}/edit", status_code=202, response_model=ClipState, responses=refusals(*MEMBERS, 409)
)
def edit_clip(clip_id: ClipPath, wish: EditChanges, work: Creating) -> Response:
    """Change some fields of the edit that holds for the clip, and ask for its render."""
    work.limit("renders")

    def make() -> ClipState:
        clip = clip_changes.amend_clip(work.session, ClipId(clip_id), wish.as_texts)
        return _asked(work, clip, "clip.edit", fields=sorted(wish.changes))

    return work.once(make, body=wish, status=202)


@router.post(
    "/{clip_id}/thumbnail",
    status_code=202,
    response_model=ClipState,
    responses=refusals(*MEMBERS, 409),
)
def choose_thumbnail(clip_id: ClipPath, wish: PosterChoice, work: Creating) -> Response:
    """Choose the frame that is the poster from the next version on, and ask for that."""
    work.limit("renders")

    def make() -> ClipState:
        clip = clip_changes.choose_poster(work.session, ClipId(clip_id), wish.at_ms)
        return _asked(work, clip, "clip.thumbnail", at_ms=wish.at_ms)

    return work.once(make, body=wish, status=202)


@router.get("/{clip_id}/versions", response_model=Page[VersionAnswer], responses=refusals(*MEMBERS))
def list_versions(clip_id: ClipPath, work: Reading, paging: Paging) -> Page[VersionAnswer]:
    """All renders of a clip, the latest first."""
    clip = get_clip(work.session, ClipId(clip_id))
    wanted = renders.renders_of(clip.id)
    found = page_of(work.session, wanted, Render, Render.created_at, paging)
    link = linker(work.backend)
    return Page.of(
        [VersionAnswer.of(row, clip, link) for row in found.rows],
        total=count_all(work.session, wanted),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


def _state(work: Work, clip: Clip) -> ClipState:
    return ClipState.of(clip, renders.list_measured(work.session, [clip.id]).get(clip.id))


def _tagged(request: Request, work: Work, clip: Clip, **contents: Any) -> Response:
    """The tag leaves links and contents out; with contents the answer is always given."""
    state = _state(work, clip)
    answer = tagged(request, state)
    if answer.status_code == 304 and not contents:
        return answer
    shown = ClipAnswer.with_files(state, clip, linker(work.backend), **contents)
    headers = {"ETag": answer.headers["ETag"]}
    return Response(shown.model_dump_json(), headers=headers, media_type="application/json")


def _contents(work: Work, clip: Clip, parts: Sequence[str]) -> dict[str, Any]:
    spec = read_spec(work.session, clip)
    found: dict[str, Any] = {}
    if "words" in parts:
        found["words"] = read_clip_words(work.session, work.backend.store, clip, spec)
    if "crop_path" in parts:
        found["crop_path"] = spec.framing.spans
    if "cuts" in parts:
        found["cuts"] = cuts_of(spec.timeline)
    return found


def _asked(work: Work, clip: Clip, action: str, **details: Any) -> ClipState:
    work.record(action, "clip", clip.id, **details)
    return _state(work, clip)


def _delete(work: Work, clip_ids: Sequence[ClipId]) -> list[Slot]:
    slots = clip_changes.delete_clips(work.session, clip_ids)
    for clip_id in clip_ids:
        work.record("clip.delete", "clip", clip_id)
    return slots


def _clearing(work: Work, slots: Sequence[Slot]) -> BackgroundTask:
    """Runs after the commit; what it misses is swept later."""
    return BackgroundTask(clear_slots, work.backend.engine, work.backend.store, slots)
