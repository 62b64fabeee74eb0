"""Queries for lists of clips, each with what its present render has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Float, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cliply.db.fixed_lists import CountedPage, FixedList
from cliply.db.models import Clip, Render
from cliply.db.pages import PageWish
from cliply.db.renders import Shown
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId

Order = Literal["created_at", "score"]
KEYS: Mapping[str, InstrumentedAttribute[Any]] = {
    name: getattr(Clip, name) for name in get_args(Order)
}

LISTED: tuple[Any, ...] = (
    Clip.id, Clip.workspace_id, Clip.job_id, Clip.slot, Clip.status, Clip.version, Clip.title,
    Clip.description, Clip.hashtags, Clip.start_ms, Clip.end_ms, Clip.score, Clip.virality,
    Clip.coherence, Clip.created_at, Render.measured, Render.report,
)  # fmt: skip
"""What a list shows of a clip; edits and specs stay where they are."""

PRESENT = (Render.clip_id == Clip.id) & (Render.version == Clip.version)

NARROWING: Mapping[str, ColumnElement[bool]] = {
    "job_id": Clip.job_id == bindparam("job_id", type_=Clip.job_id.type),
    "min_score": Clip.score >= bindparam("min_score", type_=Float),
}
"""What narrows a list beside the status, by the names of `ClipsWanted`."""

CLIPS = FixedList(
    rows=select(Clip.id),
    listed=select(*LISTED).outerjoin(Render, PRESENT),
    identity=Clip.id,
    status=Clip.status,
    narrowing=NARROWING,
)


@dataclass(frozen=True)
class ClipsWanted:
    """Which clips of the workspace; what is None or empty does not narrow."""

    statuses: Collection[ClipStatus] = ()
    job_id: JobId | None = None
    min_score: float | None = None

    @property
    def given(self) -> dict[str, Any]:
        """By the names of `NARROWING`."""
        values = {name: getattr(self, name) for name in NARROWING}
        return {name: value for name, value in values.items() if value is not None}


def list_clip_page(
    place: Session | Connection, wanted: ClipsWanted, order: Order, wish: PageWish
) -> CountedPage:
    """Rows with all of `LISTED`; `measured` and `report` are None without a render."""
    return CLIPS.page(place, wanted.statuses, wanted.given, KEYS[order], wish)


def shown_of(row: Any) -> Shown | None:
    """What is known of the present render of a row of the list."""
    return None if row.measured is None else Shown(row.measured, row.report)
