"""What a job has come to."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db.session import workspace_session
from cliply.domain.candidates import CandidateList
from cliply.domain.clips import RenderedClip
from cliply.domain.ids import JobRef
from cliply.domain.ranking import Ranking
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.errors import NotFound
from cliply.storage.keys import artifact_key, slot_name
from cliply.storage.objects import ObjectStore

V = TypeVar("V", bound=BaseModel)


@dataclass(frozen=True)
class JobResult:
    """The artifacts of a finished job; clips are its present versions, by slot."""

    ref: JobRef
    source: SourceVideo
    transcript: Transcript
    candidates: CandidateList
    ranking: Ranking
    clips: tuple[RenderedClip, ...]


def read_result(engine: Engine, store: ObjectStore, ref: JobRef) -> JobResult:
    """Raises NotFound while the job is not finished, or when another version finished it."""
    with workspace_session(engine, ref.workspace_id) as session:
        slots = [row.slot for row in clip_rows.list_clips(session, ref.job_id)]

    return JobResult(
        ref=ref,
        source=_read(store, ref, "source_video", SourceVideo),
        transcript=_read(store, ref, "transcript", Transcript),
        candidates=_read(store, ref, "candidates", CandidateList),
        ranking=_read(store, ref, "ranking", Ranking),
        clips=tuple(read_clip(store, ref, slot) for slot in slots),
    )


def read_clip(store: ObjectStore, ref: JobRef, slot: int) -> RenderedClip:
    """The present version of one clip. Raises NotFound before its first."""
    return _read(store, ref, f"clip/{slot_name(slot)}", RenderedClip)


def read_transcript(store: ObjectStore, ref: JobRef) -> Transcript:
    """As the recogniser left it. Raises NotFound before there is one."""
    return _read(store, ref, "transcript", Transcript)


def _read(store: ObjectStore, ref: JobRef, name: str, kind: type[V]) -> V:
    content = store.get_bytes(artifact_key(ref, name, ".json"))
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise NotFound(
            f"{name} of job {ref.job_id} was made by another version of Cliply; make it again, "
            "`cliply clip --force` does."
        ) from error
